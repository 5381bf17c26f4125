/** Commands that change workspaces and keys, wherever the database is. */

import { directoryOwner } from '../entities/data-directory.js';
import { MIGRATION_WAITS, pendingMigrations } from '../entities/migrate.js';
import { openStorage } from '../entities/storage.js';
import { type Config, loadConfig } from '../kernel/config.js';
import { type Administration, administer } from './administration.js';
import { callOwner } from './owner-socket.js';
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
  if (config.databaseUrl === undefined && directoryOwner(config.dataDirectory) !== undefined) {
    return work(callOwner(config.dataDirectory));
  }
  await using storage = await openStorage({ ...config, onMigrationWait: () => tell(MIGRATION_WAITS) });
  // What only looks can look at what is there.
  const isBehind = settings.migrate !== false && (await pendingMigrations(storage.orm)).length > 0;
  if (isBehind) throw new Error('The database is not up to date: run `gateway migrate`.');
  return await work(administer(storage.database));
}
