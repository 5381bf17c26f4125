/** What stands beside the database: where it fails, the database does its work, so only a look tells that it does. */
import { poolOf, runOne } from '../entities/database.js';
import { openOrm } from '../entities/orm.js';
import type { Config } from '../kernel/config.js';
import { openRedis } from '../redis/connection.js';
import { createLogger, describeError } from '../telemetry/logger.js';
import { type Finding, failed, passed } from './finding.js';

export async function examineRedis({ redis: settings }: Config): Promise<Finding[]> {
  if (settings === undefined) return [];
  const kind = settings.isCluster ? 'a cluster' : 'one server';
  try {
    await using redis = await openRedis(settings, createLogger('silent'));
    return [
      redis.isUp() ? passed('redis', `${kind}, answers`) : failed('redis', `${kind}, does not answer or refuses`),
    ];
  } catch (error) {
    return [failed('redis', (error as Error).message)];
  }
}

const REPLICA_MS = 5_000;
/** Seconds behind which lists are of no use to anybody who watches them. */
const LAG_SECONDS = 60;

// A primary that nobody writes to has nothing to replay: what was received and replayed is what counts then.
const STATE = `
  select pg_is_in_recovery() as "isReplica",
    case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
         else extract(epoch from now() - pg_last_xact_replay_timestamp()) end::float8 as lag`;

export async function examineReplica({ databaseReplicaUrl, databasePrepared }: Config): Promise<Finding[]> {
  if (databaseReplicaUrl === undefined) return [];
  try {
    const location = databaseReplicaUrl;
    const orm = await openOrm({ location, prepared: databasePrepared, deadlineMs: REPLICA_MS });
    try {
      const row = await runOne<{ isReplica: boolean; lag: number | null }>(poolOf(orm), STATE);
      if (!row?.isReplica) return [failed('replica', 'is a database of its own: it follows no other')];
      const detail = `${Math.round(row.lag ?? 0)} s behind`;
      return [(row.lag ?? 0) > LAG_SECONDS ? failed('replica', detail) : passed('replica', detail)];
    } finally {
      await orm.close(true);
    }
  } catch (error) {
    const { code } = error as { code?: unknown };
    return [failed('replica', `cannot be used (${typeof code === 'string' ? code : describeError(error)['type']})`)];
  }
}
