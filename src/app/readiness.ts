/** What `/readyz` asks of the database. */
import { runOne } from '../entities/database.js';
import { pendingMigrations } from '../entities/migrate.js';
import type { Storage } from '../entities/storage.js';
import { inTime } from '../kernel/in-time.js';

/** Milliseconds that the database has: a probe that waits is taken for a process that is gone. */
const PROBE_MS = 2_000;

/** Why this process could not do its work, or undefined while it could. Answers in time, whatever the database does. */
export function unreadiness(storage: Storage): Promise<string | undefined> {
  return inTime(PROBE_MS, asked(storage), 'the database does not answer');
}

async function asked({ orm, database }: Storage): Promise<string | undefined> {
  try {
    await runOne(database.pool, 'select 1');
    return (await pendingMigrations(orm)).length > 0 ? 'migrations are pending: run gateway migrate' : undefined;
  } catch {
    return 'the database cannot be reached';
  }
}
