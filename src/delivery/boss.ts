/** pg-boss on either kind of database. */
import { type ConstructorOptions, fromPglite, PgBoss } from 'pg-boss';
import { isPostgresUrl, type Orm } from '../entities/orm.js';
import { sessionAt } from '../entities/server-session.js';
import type { Connections } from './connections.js';

/**
 * Milliseconds that a statement of the queue's own has, upkeep of the whole queue included: against a server that went
 * away without a word, as in `entities/storage`. pg-boss asks by its pool, which closes a connection whose statement
 * failed.
 */
const QUEUE_STATEMENT_MS = 60_000;

/** By default ended jobs are removed once a day: a day's rows, all read by each round that monitors, in one statement. */
const INTERVALS = { superviseIntervalSeconds: 10, monitorIntervalSeconds: 10, maintenanceIntervalSeconds: 60 };

/** Where the queue is. */
export interface QueuePlace {
  readonly orm: Orm;
  readonly location: string;
  /** Whether a connection keeps its session between transactions. */
  readonly prepared: boolean;
}

interface BossSettings extends Required<Pick<ConstructorOptions, 'migrate' | 'supervise' | 'useListenNotify'>> {
  /** What connections to a server are made over; absent: the driver's own. */
  readonly connections?: Connections;
}

/** Not started yet. */
export async function createBoss(
  { orm, location, prepared }: QueuePlace,
  { connections, ...settings }: BossSettings,
): Promise<PgBoss> {
  const shared = { ...settings, schedule: false, ...INTERVALS };
  // Migrations take as long as they take. So does what supervises: it rebuilds indexes beside the traffic, which waits for
  // the oldest transaction, such as that of a backup, and leaves an index that is written and never read where it is ended.
  const deadlineMs = settings.migrate || settings.supervise ? undefined : QUEUE_STATEMENT_MS;
  return isPostgresUrl(location)
    ? new PgBoss({
        ...shared,
        application_name: 'identity-gateway-queue',
        ...sessionAt(location, { prepared, deadlineMs }),
        max: 3,
        ...(connections && { stream: connections.stream }),
        ...(!settings.migrate && { query_timeout: QUEUE_STATEMENT_MS }),
      })
    : new PgBoss({ ...shared, backend: 'pglite', db: fromPglite(await nativeClient(orm)) });
}

type PgliteClient = Parameters<typeof fromPglite>[0];

async function nativeClient(orm: Orm): Promise<PgliteClient> {
  const connection = orm.em.getConnection() as unknown as { getNativeClient(): Promise<PgliteClient> };
  return connection.getNativeClient();
}
