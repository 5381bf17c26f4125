/** `gateway migrate`. */
import { migrateOutbox } from '../delivery/outbox.js';
import { MIGRATION_WAITS, migrate, pendingBeside, pendingMigrations } from '../entities/migrate.js';
import { migrations } from '../entities/migrations/index.js';
import { missingDatabase } from '../entities/storage.js';
import { loadConfig } from '../kernel/config.js';
import { openUnlessOwned } from './administer.js';
import { callOwner, ownedByAnother } from './owner-socket.js';
import { tell } from './say.js';

export interface MigrationReport {
  /** Names of migrations that ran, or with `check` that would run. */
  readonly migrations: readonly string[];
  readonly upToDate: boolean;
  /** Why all are pending, where there is no database to look at. */
  readonly reason?: string;
}

/**
 * Beside the process that owns the embedded database, it is asked.
 * @param check only look, and make nothing: not even a database where there is none
 * @throws {DirectoryInUseError} where that process would have to end first
 */
export async function migrateDatabase(check: boolean): Promise<MigrationReport> {
  const config = loadConfig(process.env);
  const reason = check ? await missingDatabase(config) : undefined;
  if (reason !== undefined) return { migrations: migrations.map(({ name }) => name), upToDate: false, reason };
  await using storage = await openUnlessOwned({ ...config, migrate: false });
  if (storage && !check) {
    const done = await migrate(storage.orm, storage.location, () => tell(MIGRATION_WAITS));
    await migrateOutbox(storage);
    return { migrations: done, upToDate: true };
  }
  const pending = storage ? await pendingMigrations(storage.orm) : await pendingAtOwner(config.dataDirectory);
  const upToDate = pending.length === 0;
  if (!check && !upToDate) throw await ownedByAnother(config.dataDirectory);
  return { migrations: pending, upToDate };
}

const pendingAtOwner = async (directory: string): Promise<string[]> =>
  pendingBeside(await callOwner(directory).listExecutedMigrations({}));
