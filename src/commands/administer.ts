/** Commands that change workspaces and keys, wherever the database is. */
import { makeIdsAhead, readDatabaseClock } from '../entities/database-clock.js';
import { DirectoryInUseError } from '../entities/directory-lock.js';
import { MIGRATION_WAITS, pendingMigrations } from '../entities/migrate.js';
import { openStorage, type Storage } from '../entities/storage.js';
import { monotonicClock } from '../kernel/clock.js';
import { type Config, loadConfig } from '../kernel/config.js';
import { type Administration, administer } from './administration.js';
import { callOwner, isOwnerReached } from './owner-socket.js';
import { tell } from './say.js';

/**
 * Runs one command: on the database, or through the process that owns the embedded one.
 * @param settings of the process; `migrate` false where the command only looks
 */
export async function withAdministration<T>(
  work: (administration: Administration) => Promise<T>,
  settings: Partial<Pick<Config, 'migrate'>> = {},
): Promise<T> {
  const config: Config = { ...loadConfig(process.env), ...settings };
  await using storage = await openUnlessOwned(config);
  if (!storage) return await work(callOwner(config.dataDirectory));
  // What only looks can look at what is there.
  const isBehind = settings.migrate !== false && (await pendingMigrations(storage.orm)).length > 0;
  if (isBehind) throw new Error('The database is not up to date: run `gateway migrate`.');
  makeIdsAhead((await readDatabaseClock(storage.database.pool, monotonicClock)).aheadMs);
  return await work(administer(storage.database));
}

/** Undefined where another process has the embedded database and takes commands. */
export async function openUnlessOwned(config: Config): Promise<Storage | undefined> {
  for (let tries = 1; ; tries += 1) {
    if (config.databaseUrl === undefined && (await isOwnerReached(config.dataDirectory))) return undefined;
    try {
      return await openStorage({ ...config, onMigrationWait: () => tell(MIGRATION_WAITS) });
    } catch (error) {
      // Two commands at once: the other one was a moment quicker.
      if (!(error instanceof DirectoryInUseError) || tries === 3) throw error;
    }
  }
}
