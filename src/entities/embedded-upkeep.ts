/**
 * What background processes of PostgreSQL do and the embedded one has not: its write-ahead log is kept from the last
 * checkpoint on, and the space of dead rows until a vacuum, both without end. Neither can run in a transaction; on the
 * pool both wait until the one connection is out of any.
 */
import { setImmediate } from 'node:timers/promises';
import { type Connection, run, runOne } from './database.js';

/**
 * Bytes of log after which a checkpoint does not wait for its time. A page is whole in the log when it first changes, so
 * they bound what one checkpoint writes, and how long the process does nothing else.
 */
const LOG_BYTES = 16 * 1024 * 1024;
/** PostgreSQL's own `checkpoint_timeout`. */
const CHECKPOINT_MINUTES = 5;
/** The records of a checkpoint itself are fewer bytes: a database that nobody writes to has none again. */
const IDLE_LOG_BYTES = 1024;

/** Makes a checkpoint where one is due. Returns how many: one, or none. */
export async function checkpointEmbedded(pool: Connection): Promise<number> {
  const due = await runOne(
    pool,
    `select 1 from pg_control_checkpoint() cross join lateral
       (select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) as bytes) as log
     where bytes >= $1 or (bytes > $2 and checkpoint_time <= now() - make_interval(mins => $3))`,
    [LOG_BYTES, IDLE_LOG_BYTES, CHECKPOINT_MINUTES],
  );
  if (!due) return 0;
  await elsewhere();
  await run(pool, 'checkpoint');
  return 1;
}

/** Dead rows, beside a fifth of the living, with which a table does not wait for its turn. */
const DEAD_ROWS = 10_000;

/**
 * Vacuums one table: the one with the most dead rows where it has many, else the one whose turn it is, for counts of
 * dead rows do not outlive a process that is killed. Returns 1 where others may have many too, else 0.
 */
export async function vacuumEmbedded(pool: Connection): Promise<number> {
  // No parent of partitions: its vacuum is that of all of them, in one go.
  const table = await runOne<{ name: string; isUrgent: boolean }>(
    pool,
    `select format('%I.%I', schemaname, s.relname) as name, "isUrgent"
     from pg_stat_user_tables s join pg_class c on c.oid = s.relid
       cross join lateral (select n_dead_tup >= $1 + n_live_tup / 5 as "isUrgent") as need
     where c.relkind = 'r'
     order by "isUrgent" desc, case when "isUrgent" then -n_dead_tup end, last_vacuum nulls first, n_dead_tup desc
     limit 1`,
    [DEAD_ROWS],
  );
  if (!table) return 0;
  await elsewhere();
  await run(pool, `vacuum (parallel 0) ${table.name}`);
  return table.isUrgent ? 1 : 0;
}

/** Statements on the embedded database never come back to the event loop by themselves: requests would wait for all. */
const elsewhere = (): Promise<void> => setImmediate();
