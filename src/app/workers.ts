/** The half of a process that works the queue and keeps the tables small. */
import { createDeliverNotice } from '../customers/deliver-notice.js';
import { rotateMethodKeys } from '../customers/saved-methods/rotate.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, NOTICE_QUEUE } from '../delivery/outbox.js';
import { startWorker } from '../delivery/worker.js';
import { purgeSessions } from '../sessions/purge.js';
import { createCancelUpstream } from '../verification/cancel-upstream.js';
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
  startUpkeep(foundation, resources);
}

function startUpkeep(
  { config, storage, ledger, methodKeys, logger }: Foundation,
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
      rotateMethodKeys(pool, methodKeys),
    ]).catch((error) => logger.warn({ err: error }, 'upkeep failed'));
  const timer = setInterval(upkeep, UPKEEP_EVERY_MS).unref();
  resources.defer(() => clearInterval(timer));
}
