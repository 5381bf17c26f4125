import { runOne } from '../entities/database.js';
import { pendingMigrations } from '../entities/migrate.js';
import type { Storage } from '../entities/storage.js';

/** Why this process could not do its work, or undefined while it could. */
export async function unreadiness({ orm, database }: Storage): Promise<string | undefined> {
  try {
    await runOne(database.pool, 'select 1');
    return (await pendingMigrations(orm)).length > 0 ? 'migrations are pending: run gateway migrate' : undefined;
  } catch {
    return 'the database cannot be reached';
  }
}
