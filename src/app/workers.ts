/** The half of a process that works the queue and keeps the tables small. */
import { createDeliverNotice } from '../customers/deliver-notice.js';
import { rotateMethodKeys } from '../customers/saved-methods/rotate.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, NOTICE_QUEUE } from '../delivery/outbox.js';
import { startWorker } from '../delivery/worker.js';
import { startDispatcher } from '../events/dispatcher.js';
import { sweepEvents } from '../events/retention.js';
import { resealSecrets } from '../events/rotate-secret.js';
import { createWebhookSender } from '../events/send-webhook.js';
import { purgeSessions } from '../sessions/purge.js';
import { createCancelUpstream } from '../verification/cancel-upstream.js';
import { DEADLINE_LIMIT, sweepDeadlines } from '../verification/deadlines.js';
import { createDeliverStep } from '../verification/deliver-step.js';
import { purgeIdempotencyKeys } from '../verification/idempotency.js';
import { sweepVerifications } from '../verification/retention.js';
import { purgeGrants } from '../verification/upstream-grant.js';
import type { Foundation } from './foundation.js';

const UPKEEP_EVERY_MS = 60_000;

/** @param resources disposing of it finishes the jobs under way */
export async function startWorkers(foundation: Foundation, resources: AsyncDisposableStack): Promise<void> {
  const { storage, outbox, messages, userTokenKeys, noticeKeys, providers, sendCaps, logger } = foundation;
  const { database } = storage;
  const working = { database, outbox, ...messages, userTokenKeys, providers, sendCaps, logger };
  const deliverNotice = createDeliverNotice({ database, noticeKeys, providers, logger });
  const delivery = await startWorker(outbox, DELIVERY_QUEUE, createDeliverStep(working), logger);
  resources.defer(() => delivery.stop());
  const notices = await startWorker(outbox, NOTICE_QUEUE, deliverNotice, logger);
  resources.defer(() => notices.stop());
  const cancellations = await startWorker(outbox, CANCEL_QUEUE, createCancelUpstream(working), logger);
  resources.defer(() => cancellations.stop());
  const send = createWebhookSender(foundation);
  const dispatcher = startDispatcher({ database, send, metrics: foundation.metrics, logger });
  resources.defer(() => dispatcher.stop());
  startDeadlines(foundation, resources);
  startUpkeep(foundation, resources);
}

/** An end that nobody reports is told this much later than it is sure, at most. */
const DEADLINES_EVERY_MS = 2_000;

function startDeadlines({ storage, logger }: Foundation, resources: AsyncDisposableStack): void {
  let sweeping: Promise<void> | undefined;
  const sweep = async () => {
    while ((await sweepDeadlines(storage.database)) === DEADLINE_LIMIT);
  };
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error) => logger.warn({ err: error }, 'deadlines could not be looked at'))
      .finally(() => {
        sweeping = undefined;
      });
  }, DEADLINES_EVERY_MS).unref();
  resources.defer(async () => {
    clearInterval(timer);
    await sweeping;
  });
}

function startUpkeep(
  { config, storage, ledger, methodKeys, webhookKeys, logger }: Foundation,
  resources: AsyncDisposableStack,
): void {
  const { pool } = storage.database;
  const upkeep = () =>
    Promise.all([
      ledger.purge(),
      purgeIdempotencyKeys(pool),
      purgeGrants(pool),
      purgeSessions(pool),
      sweepVerifications(pool, config.retentionDays),
      sweepEvents(pool, config.retentionDays),
      rotateMethodKeys(pool, methodKeys),
      resealSecrets(pool, webhookKeys),
    ]).catch((error) => logger.warn({ err: error }, 'upkeep failed'));
  const timer = setInterval(upkeep, UPKEEP_EVERY_MS).unref();
  resources.defer(() => clearInterval(timer));
}
