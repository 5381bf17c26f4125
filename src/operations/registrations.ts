/**
 * Automatic persisted queries, as Apollo Client speaks them: texts that callers registered while running them. Kept
 * apart from what is published, so that no number of them pushes out a published one: by this process, and in Redis
 * for the others where there is one.
 */
import { heapBytes } from '../kernel/heap-bytes.js';
import { createLru, type Lru } from '../kernel/lru.js';
import { nameOfWorld, type World } from '../kernel/world.js';
import type { Redis } from '../redis/connection.js';
import { shareRegistrations, TEXTS_OF_A_WORLD } from './shared-registrations.js';

/** Bytes of a text that is registered, at most; a longer one runs and is not kept. */
export const MAX_REGISTERED_BYTES = 10_000;
// By what they hold in memory, where one letter that is not Latin doubles a text: a hundred of the longest in each of
// many worlds are what a process has.
const REGISTERED_BYTES = 32 * 2 ** 20;
/** Of these one world has so many at most, so that the two of a workspace push out nobody else's. */
const BYTES_OF_A_WORLD = 2 ** 20;
const ENTRY = 500;
const createTexts = () =>
  createLru<string, string>({
    capacity: BYTES_OF_A_WORLD,
    most: TEXTS_OF_A_WORLD,
    weigh: (text) => ENTRY + heapBytes(text),
  });

export interface Registrations {
  register(world: World, sha256: string, text: string): void;
  find(world: World, sha256: string): Promise<string | undefined>;
}

export function createRegistrations(redis?: Redis): Registrations {
  const shared = redis && shareRegistrations(redis);
  const worlds = createLru<string, Lru<string, string>>({
    capacity: REGISTERED_BYTES,
    weigh: (texts) => ENTRY + texts.weight,
  });
  function keep(world: World, sha256: string, text: string): void {
    const name = nameOfWorld(world);
    const texts = worlds.get(name) ?? createTexts();
    texts.set(sha256, text);
    worlds.set(name, texts);
  }
  return {
    register(world, sha256, text) {
      if (Buffer.byteLength(text) > MAX_REGISTERED_BYTES) return;
      keep(world, sha256, text);
      shared?.register(world, sha256, text);
    },
    async find(world, sha256) {
      const own = worlds.get(nameOfWorld(world))?.get(sha256);
      if (own !== undefined || !shared) return own;
      const text = await shared.find(world, sha256);
      if (text !== undefined) keep(world, sha256, text);
      return text;
    },
  };
}
