/** Takes jobs off the queue and hands them to the domain, which it does not know. */
import type { JobWithMetadata } from 'pg-boss';
import type { Logger } from '../telemetry/logger.js';
import { runInRequest } from '../telemetry/request-scope.js';
import { describeSpan, SpanKind, type TraceCarrier, traced } from '../telemetry/tracing.js';
import type { DeliveryJob, Outbox } from './outbox.js';
import { type Standing, standingOf } from './queues.js';

/** What became of one try. `RETRY` goes back to the queue, with a growing pause. */
export type TryOutcome = 'DONE' | 'RETRY';

export interface Try<Job> extends Standing {
  readonly job: Job;
  /** Another try went before this one. */
  readonly isRepeated: boolean;
  readonly signal: AbortSignal;
}

export type Handler<Job> = (attempt: Try<Job>) => Promise<TryOutcome>;
export type DeliveryHandler = Handler<DeliveryJob>;

export interface Worker {
  /** Takes no more jobs and waits for those under way. */
  stop(): Promise<void>;
}

/** Works one queue in batches; every job of a batch succeeds or fails by itself. */
export async function startWorker<Job extends { requestId: string } & TraceCarrier>(
  outbox: Outbox,
  queue: string,
  handle: Handler<Job>,
  logger: Logger,
): Promise<Worker> {
  const id = await outbox.boss.work(
    queue,
    {
      batchSize: 50,
      burstWhenBatchFull: true,
      localConcurrency: 2,
      // A notification wakes the worker for a new job, not for a retry that falls due, and one can be missed: without
      // these the queue looks again after 30 seconds, which is long in the life of a code.
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 1,
      includeMetadata: true,
      perJobResults: true,
    },
    (jobs: JobWithMetadata<Job>[]) =>
      Promise.all(
        jobs.map(async (job) => {
          const standing = standingOf(queue, job);
          const isRepeated = job.retryCount > 0;
          try {
            const outcome = await within(queue, job, () =>
              handle({ job: job.data, ...standing, isRepeated, signal: job.signal }),
            );
            return { id: job.id, status: outcome === 'DONE' ? ('completed' as const) : ('failed' as const) };
          } catch (error) {
            logger.error(
              { err: error, queue, requestId: job.data.requestId, job: { id: job.id, ...idsOf(job.data) } },
              'a job failed unexpectedly',
            );
            return { id: job.id, status: 'failed' as const };
          }
        }),
      ),
  );
  return {
    async stop() {
      await outbox.boss.offWork(queue, { id, wait: true });
    },
  };
}

const IDS: readonly string[] = [
  ...['workspaceId', 'mode', 'verificationId', 'stepIndex', 'send'],
  ...['noticeId', 'customerId', 'contactPointId'],
];

// Named one by one: a notice brings a contact along, and whatever a job will carry next is not for the log either.
const idsOf = (data: object): object => Object.fromEntries(Object.entries(data).filter(([name]) => IDS.includes(name)));

/** A try as a part of the request that caused it, which the log and the trace both tell. */
function within<Job extends { requestId: string } & TraceCarrier>(
  queue: string,
  { id, data, retryCount }: JobWithMetadata<Job>,
  work: () => Promise<TryOutcome>,
): Promise<TryOutcome> {
  const { requestId, traceparent } = data;
  const attributes = {
    'messaging.system': 'pg-boss',
    'messaging.operation.type': 'process',
    'messaging.destination.name': queue,
    'messaging.message.id': id,
    'gateway.request.id': requestId,
    'gateway.job.retries': retryCount,
  };
  const from = traceparent === undefined ? {} : { traceparent };
  return runInRequest(requestId, () =>
    traced(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes, from }, async () => {
      const outcome = await work();
      describeSpan({ 'gateway.outcome': outcome });
      return outcome;
    }),
  );
}
