/**
 * Jobs written in the caller's transaction, so that a row and its message are accepted together or not at all.
 * pg-boss keeps them on PostgreSQL and on the embedded database alike. A job names rows; it never holds a code, a
 * token or a contact, because jobs rest in tables and in dead letters. A notice holds one sealed: its row may be gone.
 */
import { fromKysely, type PgBoss } from 'pg-boss';
import type { Transaction } from '../entities/database.js';
import { isPostgresUrl } from '../entities/orm.js';
import { prepared as named } from '../entities/prepared.js';
import { inTime } from '../kernel/in-time.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { Mode } from '../kernel/world.js';
import type { Logger } from '../telemetry/logger.js';
import { SpanKind, type TraceCarrier, traceCarrier, traced } from '../telemetry/tracing.js';
import { createBoss, type QueuePlace } from './boss.js';
import { createConnections } from './connections.js';
import { type Notice, type NoticeJob, noticeJob } from './notice-job.js';
import { CANCEL_QUEUE, createQueues, DELIVERY_QUEUE, NOTICE_QUEUE, pausesOf } from './queues.js';

const INSERTING = {
  kind: SpanKind.PRODUCER,
  attributes: { 'messaging.system': 'pg-boss', 'messaging.operation.type': 'send' },
};
/** Milliseconds that the queue has to stop in, and then to let go of what was cut. */
const STOP_MS = 5_000;
const LET_GO_MS = 1_000;
const NO_JOB = '00000000-0000-0000-0000-000000000000';

export interface DeliveryJob extends TraceCarrier {
  workspaceId: string;
  mode: Mode;
  verificationId: string;
  stepIndex: number;
  /** Which message of the step, from 1. */
  send: number;
  /** The request that asked for it, for the log. */
  requestId: string;
}

export interface CancelJob extends TraceCarrier {
  workspaceId: string;
  mode: Mode;
  verificationId: string;
  /** The request that canceled it, for the log. */
  requestId: string;
}

type Job = DeliveryJob | CancelJob | NoticeJob;

export interface Outbox {
  readonly boss: PgBoss;
  /** Accepts deliveries together with whatever else the transaction commits. */
  enqueue(transaction: Transaction, jobs: readonly DeliveryJob[]): Promise<void>;
  /** Accepts one notice together with the change that it tells of. */
  enqueueNotice(transaction: Transaction, notice: Notice): Promise<void>;
  /** Accepts the news of canceled verifications together with their end. */
  enqueueCancel(transaction: Transaction, jobs: readonly CancelJob[]): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxOptions extends QueuePlace {
  readonly logger: Logger;
  /** What the contacts of notices are sealed with. */
  readonly noticeKeys: KeyRing;
  /** Create or upgrade the queue's tables. */
  readonly migrate: boolean;
  /** Whether this process also works the queue: maintenance and notifications run only then. */
  readonly work: boolean;
}

/**
 * Starts the queue, and creates or upgrades its tables first where `migrate` says so.
 * @throws {Error} where the database is not reached, or has no tables of the queue in the version of this program
 */
export async function openOutbox({ logger, noticeKeys, migrate, work, ...where }: OutboxOptions): Promise<Outbox> {
  const isServer = isPostgresUrl(where.location);
  // By connections of their own, whose statements have no deadline.
  if (migrate && isServer) await migrateOutbox(where);
  // To be notified needs a session of one's own. Without, jobs are found by looking every second.
  const connections = createConnections();
  const boss = await createBoss(where, {
    migrate: migrate && !isServer,
    supervise: work,
    useListenNotify: work && where.prepared,
    connections,
  });
  boss.on('error', (error) => logger.error({ err: error }, 'queue error'));
  boss.on('warning', (warning) => logger.debug({ warning: warning.message }, 'queue warning'));
  await boss.start();
  if (migrate && !isServer) await createQueues(boss);
  // Fills the queue's cache, which looking for a job does and `getQueue` does not: a cold one would be read on the
  // pool from inside a transaction, which on the embedded database waits for itself.
  for (const queue of [DELIVERY_QUEUE, NOTICE_QUEUE, CANCEL_QUEUE])
    if (await boss.getQueue(queue)) await boss.getJobById(queue, NO_JOB);
  const insert = async (transaction: Transaction, queue: string, jobs: readonly Job[]): Promise<void> => {
    const connection = fromKysely(transaction);
    // pg-boss writes the same text every time: it is worth planning once.
    const db = { executeSql: (text: string, values?: unknown[]) => connection.executeSql(named(text), values) };
    const carrier = traceCarrier();
    // Jobs that were accepted together are of different requests, and say so themselves.
    const carried = jobs.map((data) => ({ data: { ...carrier, ...data }, ...pausesOf(queue, data.mode) }));
    await traced(`send ${queue}`, INSERTING, () => boss.insert(queue, carried, { db }));
  };
  return {
    boss,
    enqueue: (transaction, jobs) => insert(transaction, DELIVERY_QUEUE, jobs),
    enqueueNotice: (transaction, notice) => insert(transaction, NOTICE_QUEUE, [noticeJob(noticeKeys, notice)]),
    enqueueCancel: (transaction, jobs) => insert(transaction, CANCEL_QUEUE, jobs),
    async close() {
      const stopped = boss.stop({ graceful: true, close: true, timeout: STOP_MS });
      // pg-boss waits for its upkeep, and that for the locks of others: longer than an orchestrator waits for the process.
      if ((await inTime(STOP_MS, stopped, 'LATE')) !== 'LATE') return;
      connections.cut();
      await inTime(LET_GO_MS, stopped, 'LATE').catch((error: unknown) =>
        logger.warn({ err: error }, 'queue was cut off'),
      );
    },
  };
}

/** Creates or upgrades the queue's tables, and nothing else. */
export async function migrateOutbox(place: QueuePlace): Promise<void> {
  const boss = await createBoss(place, { migrate: true, supervise: false, useListenNotify: false });
  // What fails here rejects the call under way as well.
  boss.on('error', () => {});
  try {
    await boss.start();
    await createQueues(boss);
  } finally {
    await boss.stop({ graceful: false, close: true });
  }
}
