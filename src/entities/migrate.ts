/** Bringing the database up to date, by one process at a time. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, poolOf, run } from './database.js';
import { migrations } from './migrations/index.js';
import { isPostgresUrl, type Orm } from './orm.js';

/**
 * For how long a migration may wait for a table. While it does, every request that wants that table queues behind it; and
 * it is to give up what it holds before a request looks for a deadlock (PostgreSQL's deadlock_timeout: a second) and
 * finds itself the victim.
 */
const LOCK_MS = 200;
/** Between two tries of a process: what has queued behind the one is answered before the next. */
const PAUSE_MS = 500;
/** A backup may hold every table for a while; a transaction that somebody forgot does for ever. */
const GIVE_UP_MS = 600_000;
/** Every transaction holds tables for a moment, which is not worth a word. */
const TELL_AFTER_MS = 5_000;

/**
 * Runs the migrations that are pending. Several processes may call it at once: the others wait, then find nothing.
 *
 * @param onWait called once, where it has been waiting for a table for a while
 */
export async function migrate(orm: Orm, location: string, onWait = () => {}): Promise<string[]> {
  // The embedded database has one process, and the migrator asks it things outside the transaction it is given.
  if (!isPostgresUrl(location)) return namesOf(await orm.migrator.up());
  const pool = orm.em.getKysely() as Connection;
  await run(pool, 'create table if not exists gateway_migration_lock (id int primary key)').catch(ignoreRace);
  const begun = performance.now();
  for (let isTold = false; ; ) {
    try {
      return await migrateAtOnce(orm);
    } catch (error) {
      const waited = performance.now() - begun;
      if (!isPassing(error) || waited >= GIVE_UP_MS) throw error;
      if (!isTold && waited >= TELL_AFTER_MS) {
        onWait();
        isTold = true;
      }
    }
    await pause(PAUSE_MS);
  }
}

/**
 * All of it or nothing, and nothing where somebody holds a table. The migrator sets savepoints, for which a transaction
 * has to be begun by hand; where PostgreSQL dies in it, such a one does not give its connection back, so that is not
 * left to it.
 */
const migrateAtOnce = (orm: Orm): Promise<string[]> =>
  poolOf(orm)
    .connection()
    .execute(async (connection) => {
      const transaction = await connection.startTransaction().execute();
      try {
        // The account's own, which is meant for the processes that serve: behind a pooler they cannot bring theirs.
        await run(transaction, 'set local statement_timeout = 0');
        await run(transaction, 'lock table gateway_migration_lock in exclusive mode');
        await run(transaction, `set local lock_timeout = ${LOCK_MS}`);
        const done = await orm.migrator.up({ transaction: transaction as never });
        await transaction.commit().execute();
        return namesOf(done);
      } catch (error) {
        // Where the connection has died this fails as well, and tells less.
        await transaction
          .rollback()
          .execute()
          .catch(() => {});
        throw error;
      }
    });

/** What to tell whoever waits for it. */
export const MIGRATION_WAITS =
  'a migration waits for a table that a transaction, a backup or a report holds; it tries for ten minutes, and pg_stat_activity shows whose it is';

/**
 * Held up by somebody who will be done: `lock_not_available`, or `deadlock_detected`, which PostgreSQL says at once, before
 * any wait is over, to whoever asks for more of a table that another waits for and holds in part.
 */
const isPassing = (error: unknown): boolean =>
  ['55P03', '40P01'].includes(String((error as { code?: unknown } | null)?.code));

const namesOf = (done: readonly { name: string }[]): string[] => done.map(({ name }) => name);

/** Names of migrations that have not run. */
export const pendingMigrations = async (orm: Orm): Promise<string[]> =>
  pendingBeside(await executedMigrations(orm.em.getKysely() as Connection));

/** Names of this program's migrations that are not among those that have run, which may be another build's. */
export function pendingBeside(executed: readonly string[]): string[] {
  return migrations.map(({ name }) => name).filter((name) => !executed.includes(name));
}

/** Names of migrations that have run, of later builds too. */
export async function executedMigrations(pool: Connection): Promise<string[]> {
  const table = await run<{ known: string | null }>(pool, `select to_regclass('gateway_migration')::text as known`);
  return table[0]?.known === null ? [] : namesOf(await run(pool, 'select name from gateway_migration'));
}

// Two processes that create one table at once: the second is told of a duplicate in the catalog.
function ignoreRace(error: unknown): void {
  if (!['23505', '42P07'].includes((error as { code?: string }).code ?? '')) throw error;
}
