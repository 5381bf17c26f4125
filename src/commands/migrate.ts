/** `gateway migrate`. */
import { migrateOutbox } from '../delivery/outbox.js';
import { MIGRATION_WAITS, migrate, pendingMigrations } from '../entities/migrate.js';
import { migrations } from '../entities/migrations/index.js';
import { missingDatabase, openStorage } from '../entities/storage.js';
import { loadConfig } from '../kernel/config.js';
import { tell } from './say.js';

export interface MigrationReport {
  /** Names of migrations that ran, or with `check` that would run. */
  readonly migrations: readonly string[];
  readonly upToDate: boolean;
  /** Why all are pending, where there is no database to look at. */
  readonly reason?: string;
}

/** @param check only look, and make nothing: not even a database where there is none */
export async function migrateDatabase(check: boolean): Promise<MigrationReport> {
  const config = loadConfig(process.env);
  const reason = check ? await missingDatabase(config) : undefined;
  if (reason !== undefined) return { migrations: migrations.map(({ name }) => name), upToDate: false, reason };
  await using storage = await openStorage({ ...config, migrate: false });
  if (check) {
    const pending = await pendingMigrations(storage.orm);
    return { migrations: pending, upToDate: pending.length === 0 };
  }
  const done = await migrate(storage.orm, storage.location, () => tell(MIGRATION_WAITS));
  await migrateOutbox(storage);
  return { migrations: done, upToDate: true };
}
