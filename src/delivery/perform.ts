/** One try of a job: handed to the domain as a part of the request that caused it, and never thrown. */
import type { JobWithMetadata } from 'pg-boss';
import type { Logger } from '../telemetry/logger.js';
import { runInRequest } from '../telemetry/request-scope.js';
import { describeSpan, SpanKind, type TraceCarrier, traced } from '../telemetry/tracing.js';
import type { DeliveryJob } from './outbox.js';
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
/** Carries the message of a step. */
export type DeliveryHandler = Handler<DeliveryJob>;

/** What every job carries. */
export type JobData = { requestId: string } & TraceCarrier;

/** What the queue is told of a job; one whose handler threw has failed, and the log says why. */
export async function perform<Job extends JobData>(
  queue: string,
  job: JobWithMetadata<Job>,
  handle: Handler<Job>,
  logger: Logger,
): Promise<{ id: string; status: 'completed' | 'failed' }> {
  const { id, data, signal, retryCount } = job;
  try {
    const outcome = await within(queue, job, () =>
      handle({ job: data, ...standingOf(queue, job), isRepeated: retryCount > 0, signal }),
    );
    return { id, status: outcome === 'DONE' ? 'completed' : 'failed' };
  } catch (error) {
    const { requestId } = data;
    logger.error({ err: error, queue, requestId, job: { id, ...idsOf(data) } }, 'a job failed unexpectedly');
    return { id, status: 'failed' };
  }
}

const IDS: readonly string[] = [
  ...['workspaceId', 'mode', 'verificationId', 'stepIndex', 'send'],
  ...['noticeId', 'customerId', 'contactPointId'],
];

// Named one by one: a notice brings a contact along, and whatever a job will carry next is not for the log either.
const idsOf = (data: object): object => Object.fromEntries(Object.entries(data).filter(([name]) => IDS.includes(name)));

/** A try as a part of the request that caused it, which the log and the trace both tell. */
function within<Job extends JobData>(
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
