/** When keys were last used: noted in memory, and written behind the requests, all keys in one statement. */
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { Principal, World } from './principal.js';

export interface KeyUsage {
  /** Notes that a key is used. Costs the request nothing. */
  note(principal: Principal): void;
  /** Writes what is noted. */
  close(): Promise<void>;
}

/** Each key is written once in this time at most, by all processes together. */
const EVERY_MS = 60_000;
/** What is noted within this time is written together. */
const GATHER_MS = 1_000;
const REMEMBERED = 10_000;

// A key that is being changed is passed over: it is not worth waiting for.
const WRITE = prepared(`
  with due as (
    select k.workspace_id, k.mode, k.id from api_key k
    join unnest($1::uuid[], $2::text[], $3::uuid[]) as used (workspace_id, mode, id)
      on used.workspace_id = k.workspace_id and used.mode = k.mode and used.id = k.id
    where k.last_used_at is null or k.last_used_at <= now() - make_interval(secs => $4)
    for no key update of k skip locked
  )
  update api_key k set last_used_at = now() from due
  where k.workspace_id = due.workspace_id and k.mode = due.mode and k.id = due.id`);

export function createKeyUsage(pool: Connection, clock: Clock, logger: Logger): KeyUsage {
  const noted = new Map<string, number>();
  let waiting = new Map<string, World>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    timer = undefined;
    const keys = [...waiting];
    waiting = new Map();
    const columns = [keys.map(([, { workspaceId }]) => workspaceId), keys.map(([, { mode }]) => mode)];
    await run(pool, WRITE, [...columns, keys.map(([id]) => id), EVERY_MS / 1_000]).catch((error: unknown) =>
      logger.warn({ err: error }, 'the use of keys was not written'),
    );
  }

  return {
    note({ workspaceId, mode, keyId }) {
      if (keyId === undefined) return;
      const now = clock();
      if (now - (noted.get(keyId) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
      if (noted.size >= REMEMBERED) noted.clear();
      noted.set(keyId, now);
      waiting.set(keyId, { workspaceId, mode });
      timer ??= setTimeout(() => {
        writing = write();
      }, GATHER_MS).unref();
    },
    async close() {
      clearTimeout(timer);
      await writing;
      if (waiting.size > 0) await write();
    },
  };
}
