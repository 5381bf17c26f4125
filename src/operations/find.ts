/** Published operations on request: read once, then kept in this process. */
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';
import { coalesce } from '../kernel/coalesce.js';
import { createLru } from '../kernel/lru.js';

/** How long a process may not know yet what another one has published. */
export const MISS_CACHE_MS = 2_000;
/** Characters of text that a process keeps. */
const TEXT_CAPACITY = 5_000_000;
const MISSES = 10_000;

export interface OperationFinder {
  /** The text that this workspace has published under a SHA-256, or undefined. */
  find(workspaceId: string, sha256: string): Promise<string | undefined>;
  /** Forgets what was not there: what is published here is found at once. */
  forgetMisses(): void;
}

interface Wanted {
  readonly workspaceId: string;
  readonly sha256: string;
}

const SELECT = prepared('select sha256, body from operation where workspace_id = $1 and sha256 = any($2::text[])');
const keyOf = ({ workspaceId, sha256 }: Wanted) => `${workspaceId}/${sha256}`;

/** A finder whose texts never change, because their id is their hash: only what is not there is read again. */
export function createOperationFinder(pool: Connection, clock: Clock): OperationFinder {
  const texts = createLru<string, string>({ capacity: TEXT_CAPACITY, weigh: (text) => text.length + 200 });
  const misses = createLru<string, number>({ capacity: MISSES });
  let generation = 0;

  // One call after the other: any number of unknown ids costs a statement at a time for each workspace.
  const read = coalesce(
    async (wanted: readonly Wanted[]) => {
      const found = new Map<string, string>();
      for (const [workspaceId, group] of Map.groupBy(wanted, (each) => each.workspaceId)) {
        const ids = [...new Set(group.map(({ sha256 }) => sha256))];
        const rows = await run<{ sha256: string; body: string }>(pool, SELECT, [workspaceId, ids]);
        for (const { sha256, body } of rows) found.set(keyOf({ workspaceId, sha256 }), body);
      }
      return wanted.map((each) => found.get(keyOf(each)));
    },
    { serial: true },
  );

  return {
    async find(workspaceId, sha256) {
      const wanted = { workspaceId, sha256 };
      const key = keyOf(wanted);
      const known = texts.get(key);
      if (known !== undefined) return known;
      if ((misses.get(key) ?? 0) > clock()) return undefined;
      // Taken before the row is read: what is published meanwhile must not be remembered as missing.
      const [until, asked] = [clock() + MISS_CACHE_MS, generation];
      const text = await read(wanted);
      if (text !== undefined) texts.set(key, text);
      else if (asked === generation) misses.set(key, until);
      return text;
    },
    forgetMisses() {
      generation += 1;
      misses.clear();
    },
  };
}
