/** What a process that works does by the clock: it tells of ends that nobody reports, and keeps the tables small. */
import { COUNTER_SWEEP_LIMIT } from '../access/limit-ledger.js';
import { createMethodReseal } from '../customers/saved-methods/reseal.js';
import { checkpointEmbedded, vacuumEmbedded } from '../entities/embedded-upkeep.js';
import { isPostgresUrl } from '../entities/orm.js';
import { RESEAL_BATCH, type ResealReport } from '../entities/reseal.js';
import { createSecretReseal } from '../events/reseal-secrets.js';
import { EVENT_SWEEP_LIMIT, sweepEvents } from '../events/retention.js';
import { monotonicClock } from '../kernel/clock.js';
import {
  CONNECT_ATTEMPT_SWEEP_LIMIT,
  SESSION_SWEEP_LIMIT,
  sweepConnectAttempts,
  sweepSessions,
} from '../sessions/sweep.js';
import { DEADLINE_SWEEP_LIMIT, sweepDeadlines } from '../verification/deadlines.js';
import { IDEMPOTENCY_KEY_SWEEP_LIMIT, sweepIdempotencyKeys } from '../verification/idempotency.js';
import { sweepVerifications, VERIFICATION_SWEEP_LIMIT } from '../verification/retention.js';
import { GRANT_SWEEP_LIMIT, sweepGrants } from '../verification/upstream-grant.js';
import type { Foundation } from './foundation.js';
import { createUpkeep, type Sweep } from './upkeep.js';

/** Ends a part of the work: nothing new is begun, and what is under way is finished. */
export type Stop = () => Promise<void>;

const UPKEEP_EVERY_MS = 60_000;
/** An end that nobody reports is told this much later than it is sure, at most. */
const DEADLINES_EVERY_MS = 2_000;

export function startDeadlines({ storage, logger }: Foundation): Stop {
  let sweeping: Promise<void> | undefined;
  let isStopping = false;
  const sweep = async () => {
    while (!isStopping && (await sweepDeadlines(storage.database)) === DEADLINE_SWEEP_LIMIT);
  };
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error) => logger.warn({ err: error }, 'deadlines could not be looked at'))
      .finally(() => {
        sweeping = undefined;
      });
  }, DEADLINES_EVERY_MS).unref();
  return async () => {
    isStopping = true;
    clearInterval(timer);
    await sweeping;
  };
}

export function startUpkeep(foundation: Foundation): Stop {
  const stopping = new AbortController();
  const { logger } = foundation;
  const round = createUpkeep(sweepsOf(foundation), { clock: monotonicClock, logger, signal: stopping.signal });
  let underWay: Promise<void> | undefined;
  const timer = setInterval(() => {
    underWay ??= round().finally(() => {
      underWay = undefined;
    });
  }, UPKEEP_EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await underWay;
  };
}

function sweepsOf({ config, storage, ledger, methodKeys, webhookKeys, logger }: Foundation): Sweep[] {
  const { pool } = storage.database;
  const { retentionDays } = config;
  const telling = (batch: () => Promise<ResealReport<unknown>>, field: string, what: string) => {
    return async () => {
      const { found, unopened } = await batch();
      if (unopened.length > 0)
        logger.warn({ [field]: unopened, count: unopened.length }, `${what} did not open and stay as they are`);
      return found;
    };
  };
  const secrets = telling(createSecretReseal(pool, webhookKeys), 'endpoints', 'webhook secrets');
  const instruments = telling(createMethodReseal(pool, methodKeys), 'methods', 'saved methods');
  const embedded = [
    { name: 'dead rows', limit: 1, batch: () => vacuumEmbedded(pool) },
    { name: 'checkpoint', limit: 1, batch: () => checkpointEmbedded(pool) },
  ];
  return [
    { name: 'limit counters', limit: COUNTER_SWEEP_LIMIT, batch: () => ledger.sweep() },
    { name: 'idempotency keys', limit: IDEMPOTENCY_KEY_SWEEP_LIMIT, batch: () => sweepIdempotencyKeys(pool) },
    { name: 'lent tokens', limit: GRANT_SWEEP_LIMIT, batch: () => sweepGrants(pool) },
    { name: 'sessions', limit: SESSION_SWEEP_LIMIT, batch: () => sweepSessions(pool) },
    { name: 'requests for connect codes', limit: CONNECT_ATTEMPT_SWEEP_LIMIT, batch: () => sweepConnectAttempts(pool) },
    { name: 'verifications', limit: VERIFICATION_SWEEP_LIMIT, batch: () => sweepVerifications(pool, retentionDays) },
    { name: 'events', limit: EVENT_SWEEP_LIMIT, batch: () => sweepEvents(pool, retentionDays) },
    { name: 'saved methods', limit: RESEAL_BATCH, batch: instruments },
    { name: 'webhook secrets', limit: RESEAL_BATCH, batch: secrets },
    ...(isPostgresUrl(storage.location) ? [] : embedded),
  ];
}
