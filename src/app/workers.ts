/** The half of a process that works the queue and keeps the tables small. */
import { createDeliverNotice } from '../customers/deliver-notice.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, NOTICE_QUEUE } from '../delivery/queues.js';
import { startWorker } from '../delivery/worker.js';
import { startDispatcher } from '../events/dispatcher.js';
import { createWebhookSender } from '../events/send-webhook.js';
import { createCancelUpstream } from '../verification/cancel-upstream.js';
import { createDeliverStep } from '../verification/deliver-step.js';
import type { Foundation } from './foundation.js';
import { type Stop, startDeadlines, startUpkeep } from './sweeps.js';

/** @param resources disposing of it finishes the jobs under way */
export async function startWorkers(foundation: Foundation, resources: AsyncDisposableStack): Promise<void> {
  const { config, storage, outbox, messages, userTokenKeys, noticeKeys, providers, ledger, sendCaps, logger } =
    foundation;
  const { database } = storage;
  const working = { database, outbox, ...messages, userTokenKeys, providers, sendCaps, logger };
  const { limitScale } = config;
  const deliverNotice = createDeliverNotice({ database, noticeKeys, providers, ledger, limitScale, logger });
  // What waits for its turn with a provider would add its wait to the end of the process.
  const stops: Stop[] = [async () => providers.endWaiting()];
  resources.defer(() => stopAll(stops));
  const delivery = await startWorker(outbox, DELIVERY_QUEUE, createDeliverStep(working), logger);
  stops.push(() => delivery.stop());
  const notices = await startWorker(outbox, NOTICE_QUEUE, deliverNotice, logger);
  stops.push(() => notices.stop());
  const cancellations = await startWorker(outbox, CANCEL_QUEUE, createCancelUpstream(working), logger);
  stops.push(() => cancellations.stop());
  const send = createWebhookSender(foundation);
  const dispatcher = startDispatcher({ database, send, metrics: foundation.metrics, logger });
  stops.push(() => dispatcher.stop(), startDeadlines(foundation), startUpkeep(foundation));
}

/**
 * Ends them at once: one that waits for a slow endpoint must not leave the others taking jobs, nor may their times add
 * up to more than an orchestrator waits for.
 */
async function stopAll(stops: readonly Stop[]): Promise<void> {
  const ends = await Promise.allSettled(stops.map((stop) => stop()));
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'A part of the work did not end');
}
