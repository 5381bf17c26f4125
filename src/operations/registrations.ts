/**
 * Automatic persisted queries, as Apollo Client speaks them: texts that callers registered while running them. Kept
 * by this process only and apart from what is published, so that no number of them pushes out a published one.
 */
import type { World } from '../access/principal.js';
import { createLru, type Lru } from '../kernel/lru.js';

/** Bytes of a text that is registered, at most; a longer one runs and is not kept. */
export const MAX_REGISTERED_BYTES = 10_000;
/** Texts that one world keeps: it pushes out its own, not another's. */
const TEXTS_OF_A_WORLD = 100;
const WORLDS = 200;

export interface Registrations {
  register(world: World, sha256: string, text: string): void;
  find(world: World, sha256: string): string | undefined;
}

export function createRegistrations(): Registrations {
  const worlds = createLru<string, Lru<string, string>>({ capacity: WORLDS });
  const nameOf = ({ workspaceId, mode }: World) => `${workspaceId}/${mode}`;
  return {
    register(world, sha256, text) {
      if (Buffer.byteLength(text) > MAX_REGISTERED_BYTES) return;
      const name = nameOf(world);
      const texts = worlds.get(name) ?? createLru<string, string>({ capacity: TEXTS_OF_A_WORLD });
      texts.set(sha256, text);
      worlds.set(name, texts);
    },
    find: (world, sha256) => worlds.get(nameOf(world))?.get(sha256),
  };
}
