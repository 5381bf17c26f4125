/** Bringing the database up to date, by one process at a time. */
import { type Connection, run } from './database.js';
import { migrations } from './migrations/index.js';
import { isPostgresUrl, type Orm } from './orm.js';

/** Runs the migrations that are pending. Several processes may call it at once: the others wait, then find nothing. */
export async function migrate(orm: Orm, location: string): Promise<string[]> {
  // The embedded database has one process, and the migrator asks it things outside the transaction it is given.
  if (!isPostgresUrl(location)) return namesOf(await orm.migrator.up());
  const pool = orm.em.getKysely() as Connection;
  await run(pool, 'create table if not exists gateway_migration_lock (id int primary key)').catch(ignoreRace);
  return orm.em.fork().transactional(async (em) => {
    const transaction = em.getTransactionContext();
    await em.getConnection().execute('lock table gateway_migration_lock in exclusive mode', [], 'run', transaction);
    return namesOf(await orm.migrator.up({ transaction: transaction as never }));
  });
}

const namesOf = (done: readonly { name: string }[]): string[] => done.map(({ name }) => name);

/** Names of migrations that have not run. */
export async function pendingMigrations(orm: Orm): Promise<string[]> {
  const pool = orm.em.getKysely() as Connection;
  const table = await run<{ known: string | null }>(pool, `select to_regclass('gateway_migration')::text as known`);
  if (table[0]?.known === null) return migrations.map(({ name }) => name);
  const done = new Set(
    (await run<{ name: string }>(pool, 'select name from gateway_migration')).map(({ name }) => name),
  );
  return migrations.map(({ name }) => name).filter((name) => !done.has(name));
}

// Two processes that create one table at once: the second is told of a duplicate in the catalog.
function ignoreRace(error: unknown): void {
  if (!['23505', '42P07'].includes((error as { code?: string }).code ?? '')) throw error;
}
