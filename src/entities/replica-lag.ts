/** How far a replica is behind. */
import { type Connection, runOne } from './database.js';

/** What is to be a replica follows no other database. */
export class FollowsNobodyError extends Error {
  override readonly name = 'FollowsNobodyError';
}

const WRITTEN = 'select pg_current_wal_lsn()::text as position';

// Where it has replayed all that there was, it is not behind, however long ago that was written. What it has received
// says nothing: a replica that is cut off has replayed all of that.
const BEHIND = `
  select pg_is_in_recovery() as "isReplica",
    case when pg_last_wal_replay_lsn() >= $1::pg_lsn then 0
         else greatest(0, extract(epoch from now() - pg_last_xact_replay_timestamp())) end::float8 as seconds`;

/**
 * Seconds that a replica is behind: the age, by its clock, of the last change that it has, or 0 where it has all.
 * Undefined where it has seen no change since it started.
 * @throws {FollowsNobodyError} where the one is a database of its own
 * @throws {Error} where one of the two cannot be read
 */
export async function readLag(primary: Connection, replica: Connection): Promise<number | undefined> {
  const written = await runOne<{ position: string }>(primary, WRITTEN);
  const values = [written?.position ?? null];
  const row = await runOne<{ isReplica: boolean; seconds: number | null }>(replica, BEHIND, values);
  if (!row?.isReplica) throw new FollowsNobodyError('It is a database of its own');
  return row.seconds ?? undefined;
}
