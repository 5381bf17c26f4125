/** Takes deliveries that are due, and sends them: a loop in every process that works the queue. */
import type { Database } from '../entities/database.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import { CLAIMED_OF_ONE, type Claimed, claimDeliveries } from './claim.js';
import type { WebhookSender } from './send-webhook.js';
import { settleDelivery } from './settle-delivery.js';

export interface DispatcherDeps {
  readonly database: Database;
  readonly send: WebhookSender;
  readonly metrics: Pick<Metrics, 'webhook'>;
  readonly logger: Logger;
}

export interface Dispatcher {
  /** Takes no more deliveries and waits for those under way. */
  stop(): Promise<void>;
}

/** Deliveries under way in one process at most. */
const WIDTH = 50;
/** Nothing says that an event was written: the table is looked at this often, and at once after each delivery. */
const LOOK_EVERY_MS = 1_000;

export function startDispatcher({ database, send, metrics, logger }: DispatcherDeps): Dispatcher {
  const underWay = new Map<Promise<void>, string>();
  let isStopping = false;
  let wake = (): void => {};
  let isWoken = false;

  const wakeUp = (): void => {
    isWoken = true;
    wake();
  };

  async function deliver(claimed: Claimed): Promise<void> {
    const { endpointId, eventId, attempts } = claimed;
    try {
      const attempt = await send(claimed);
      const outcome = await settleDelivery(database, claimed, attempt);
      metrics.webhook(outcome);
      if (outcome !== 'DELIVERED')
        logger.info({ endpointId, eventId, attempts, outcome, reason: attempt.failure }, 'webhook not delivered');
    } catch (error) {
      // Its lease runs out, and it is sent again with the same id.
      logger.warn({ err: error, endpointId, eventId }, 'what became of a webhook could not be written');
    }
  }

  function take(claimed: Claimed): void {
    const delivery = deliver(claimed).finally(() => {
      underWay.delete(delivery);
      wakeUp();
    });
    underWay.set(delivery, claimed.endpointId);
  }

  /** Those that have as many under way as are taken at once. */
  function busy(): string[] {
    const counts = Map.groupBy(underWay.values(), (endpointId) => endpointId);
    return [...counts].filter(([, all]) => all.length >= CLAIMED_OF_ONE).map(([endpointId]) => endpointId);
  }

  async function look(): Promise<boolean> {
    const free = WIDTH - underWay.size;
    if (free <= 0) return false;
    try {
      const claimed = await claimDeliveries(database.pool, free, busy());
      for (const each of claimed) take(each);
      return claimed.length > 0;
    } catch (error) {
      logger.warn({ err: error }, 'webhooks could not be taken');
      return false;
    }
  }

  function rest(): Promise<void> {
    if (isWoken || isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const loop = (async () => {
    while (!isStopping) {
      isWoken = false;
      if (!(await look())) await rest();
    }
  })();

  return {
    async stop() {
      isStopping = true;
      wakeUp();
      await loop;
      await Promise.all(underWay.keys());
    },
  };
}
