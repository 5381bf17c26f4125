/** `gateway migrate`. */

import { migrateOutbox } from '../delivery/outbox.js';
import { MIGRATION_WAITS, migrate, pendingMigrations } from '../entities/migrate.js';
import { openStorage } from '../entities/storage.js';
import { loadConfig } from '../kernel/config.js';
import { tell } from './say.js';

export interface MigrationReport {
  /** Names of migrations that ran, or with `check` that would run. */
  readonly migrations: readonly string[];
  readonly upToDate: boolean;
}

/** @param check only look */
export async function migrateDatabase(check: boolean): Promise<MigrationReport> {
  const config = loadConfig(process.env);
  await using storage = await openStorage({ ...config, migrate: false });
  if (check) {
    const pending = await pendingMigrations(storage.orm);
    return { migrations: pending, upToDate: pending.length === 0 };
  }
  const done = await migrate(storage.orm, storage.location, () => tell(MIGRATION_WAITS));
  await migrateOutbox(storage);
  return { migrations: done, upToDate: true };
}
