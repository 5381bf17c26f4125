/** Takes deliveries that are due, and sends them: a loop in every process that works the queue. */
import type { Database } from '../entities/database.js';
import { monotonicClock } from '../kernel/clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import { type Claimed, claimDeliveries } from './claim.js';
import { createHands } from './hands.js';
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

/** Nothing says that an event was written: the table is looked at this often, and at once after each delivery. */
const LOOK_EVERY_MS = 1_000;
/** Where there was something a moment ago there is more; and a delivery that turns slow gives its hand back unasked. */
const LOOK_WHILE_BUSY_MS = 100;
/** Milliseconds for which a process that has taken something is busy. */
const BUSY_MS = 5_000;

export function startDispatcher({ database, send, metrics, logger }: DispatcherDeps): Dispatcher {
  const underWay = new Set<Promise<void>>();
  const hands = createHands(monotonicClock);
  let busyUntil = 0;
  let isStopping = false;
  let wake = (): void => {};
  let isWoken = false;

  const wakeUp = (): void => {
    isWoken = true;
    wake();
  };

  async function deliver(claimed: Claimed): Promise<void> {
    const { endpointId, eventId, attempts } = claimed;
    const giveBack = hands.take(endpointId);
    const begun = monotonicClock();
    let isAnswered = false;
    try {
      const attempt = await send(claimed);
      isAnswered = attempt.statusCode !== null;
      const seconds = (monotonicClock() - begun) / 1000;
      const outcome = await settleDelivery(database, claimed, attempt);
      metrics.webhook(outcome, seconds);
      if (attempt.fault) logger.error({ err: attempt.fault.error, endpointId, eventId }, attempt.fault.words);
      if (outcome !== 'DELIVERED')
        logger.info({ endpointId, eventId, attempts, outcome, reason: attempt.failure }, 'webhook not delivered');
    } catch (error) {
      // Its lease runs out, and it is sent again with the same id.
      logger.warn({ err: error, endpointId, eventId }, 'what became of a webhook could not be written');
    } finally {
      giveBack(isAnswered);
    }
  }

  function take(claimed: Claimed): void {
    const delivery = deliver(claimed).finally(() => {
      underWay.delete(delivery);
      wakeUp();
    });
    underWay.add(delivery);
  }

  async function look(): Promise<boolean> {
    const free = hands.free();
    if (free === 0) return false;
    try {
      const claimed = await claimDeliveries(database.pool, free, hands.room());
      for (const each of claimed) take(each);
      if (claimed.length > 0) busyUntil = monotonicClock() + BUSY_MS;
      return claimed.length > 0;
    } catch (error) {
      logger.warn({ err: error }, 'webhooks could not be taken');
      return false;
    }
  }

  function rest(): Promise<void> {
    if (isWoken || isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, monotonicClock() < busyUntil ? LOOK_WHILE_BUSY_MS : LOOK_EVERY_MS);
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
      await Promise.all(underWay);
    },
  };
}
