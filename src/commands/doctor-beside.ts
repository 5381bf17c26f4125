/** What stands beside the database: where it fails, the database does its work, so only a look tells that it does. */
import { poolOf } from '../entities/database.js';
import { openOrm } from '../entities/orm.js';
import { FollowsNobodyError, readLag } from '../entities/replica-lag.js';
import type { Config } from '../kernel/config.js';
import { openRedis } from '../redis/connection.js';
import type { Refusal } from '../redis/probe.js';
import { createLogger } from '../telemetry/logger.js';
import { type Finding, failed, passed, unusable } from './finding.js';

const LOGIN = 'answers and refuses the login: look at the user and the password of REDIS_URL';

/** What Redis says when it answers and will not do what is asked, and what to do. */
const REFUSED: Readonly<Record<Refusal, string>> = {
  READONLY: 'answers and cannot be written: it is a replica; name its primary in REDIS_URL',
  OOM: 'answers and cannot be written: its memory is full; raise maxmemory, or set maxmemory-policy volatile-ttl',
  MISCONF: 'answers and cannot be written: it cannot save to its disk; mend the disk, or turn saving off',
  NOREPLICAS: 'answers and cannot be written: it has fewer replicas than min-replicas-to-write asks for',
  NOPERM:
    'answers and cannot be written: the user of REDIS_URL lacks a command or key; grant what docs/operators.md lists under Redis',
  NOAUTH: LOGIN,
  WRONGPASS: LOGIN,
};

/** Asks by a script that writes and leaves nothing. */
export async function examineRedis({ redis: settings }: Config): Promise<Finding[]> {
  if (settings === undefined) return [];
  const kind = settings.isCluster ? 'a cluster' : 'one server';
  try {
    await using redis = await openRedis(settings, createLogger('silent'));
    if (redis.isUp()) return [passed('redis', `${kind}, answers and can be written`)];
    const refusal = redis.refusal();
    return [failed('redis', `${kind}, ${refusal === undefined ? 'does not answer or refuses' : REFUSED[refusal]}`)];
  } catch (error) {
    return [failed('redis', (error as Error).message)];
  }
}

const REPLICA_MS = 5_000;
/** Seconds behind which lists are of no use to anybody who watches them. */
const LAG_SECONDS = 60;

export async function examineReplica({
  databaseUrl,
  databaseReplicaUrl,
  databasePrepared,
}: Config): Promise<Finding[]> {
  if (databaseReplicaUrl === undefined) return [];
  if (databaseUrl === undefined) return [failed('replica', 'the embedded database has none: set DATABASE_URL too')];
  try {
    await using resources = new AsyncDisposableStack();
    const open = async (at: string) => {
      const orm = await openOrm({ location: at, prepared: databasePrepared, deadlineMs: REPLICA_MS });
      resources.defer(() => orm.close(true));
      return poolOf(orm);
    };
    const lag = (await readLag(await open(databaseUrl), await open(databaseReplicaUrl))) ?? 0;
    const detail = `${Math.round(lag)} s behind`;
    return [lag > LAG_SECONDS ? failed('replica', detail) : passed('replica', detail)];
  } catch (error) {
    if (error instanceof FollowsNobodyError)
      return [failed('replica', 'is a database of its own: it follows no other')];
    return [unusable('replica', error)];
  }
}
