/** What serving and working the queue both stand on. */
import { createLimitLedger, type LimitLedger } from '../access/limit-ledger.js';
import type { Reservations, Reserve } from '../access/limit-reservations.js';
import { reservationsInRedis } from '../access/redis-limits.js';
import { methodKeysOf } from '../customers/saved-methods/instruments.js';
import { type Outbox, openOutbox } from '../delivery/outbox.js';
import { readQueues } from '../delivery/queue-state.js';
import { generatedSecret } from '../entities/data-directory.js';
import type { Storage } from '../entities/storage.js';
import { readBacklog } from '../events/backlog.js';
import { monotonicClock } from '../kernel/clock.js';
import type { Config } from '../kernel/config.js';
import { deriveKeyRing, type KeyRing } from '../kernel/key-ring.js';
import { buildProviders } from '../providers/build.js';
import { createOutside, type Outside } from '../providers/outside.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { openRedis, type Redis } from '../redis/connection.js';
import { TOLD_GATES } from '../sessions/connect-gates.js';
import type { Logger } from '../telemetry/logger.js';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';
import type { MessageDeps } from '../verification/deliver-step.js';
import { SEND_CAPS } from '../verification/send-cap-counters.js';
import { createSendCaps, type SendCaps } from '../verification/send-caps.js';
import { followDatabaseClock } from './database-clock.js';
import { measureProvider, measureReplica } from './measured.js';
import { traceProvider } from './traced.js';

export interface FoundationOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly storage: Storage;
  /** Whether this process works the queue. */
  readonly work: boolean;
}

export interface Foundation extends Omit<FoundationOptions, 'work'> {
  /** Newest first. */
  readonly secrets: readonly string[];
  readonly messages: MessageDeps;
  /** What seals the tokens of users that are lent to vendors. */
  readonly userTokenKeys: KeyRing;
  readonly methodKeys: ReturnType<typeof methodKeysOf>;
  /** What seals the secrets of endpoints. */
  readonly webhookKeys: KeyRing;
  /** The way to URLs that callers named. */
  readonly outside: Outside;
  /** What seals the contacts of notices. */
  readonly noticeKeys: KeyRing;
  readonly providers: ProviderRegistry;
  readonly outbox: Outbox;
  readonly ledger: LimitLedger;
  /** Counts the limits of fields: in Redis where there is one, in the ledger otherwise. */
  readonly reserve: Reserve;
  readonly redis: Redis | undefined;
  readonly sendCaps: SendCaps;
  readonly metrics: Metrics;
}

/** @param resources what is opened is closed with it */
export async function layFoundation(
  { config, logger, storage, work }: FoundationOptions,
  resources: AsyncDisposableStack,
): Promise<Foundation> {
  const { orm, database, location, prepared } = storage;
  const secrets = config.secrets.length > 0 ? config.secrets : [generatedSecret(config.dataDirectory)];
  const metrics = createMetrics();
  const providers = await buildProviders(config, (provider) => measureProvider(traceProvider(provider), metrics));
  metrics.watchBreakers(providers.states);
  metrics.fromZero({ caps: Object.keys(SEND_CAPS), gates: TOLD_GATES });
  resources.defer(() => providers.close());
  const noticeKeys = deriveKeyRing(secrets, 'notice');
  const outbox = await openOutbox({ orm, location, prepared, logger, noticeKeys, migrate: config.migrate, work });
  resources.defer(() => outbox.close());
  const limitKey = deriveKeyRing(secrets, 'limit').current.key;
  const ledger = createLimitLedger(database.pool, limitKey, monotonicClock);
  const redis = config.redis && resources.use(await openRedis(config.redis, logger));
  if (redis) metrics.watchRedis(redis.isUp);
  const { pool } = database;
  metrics.watchClock(await followDatabaseClock(pool, logger, resources));
  const limits = redis ? reservationsInRedis(redis, pool, limitKey, monotonicClock) : ledger;
  resources.defer(() => giveBackLimits([...new Set([ledger, limits])], logger));
  metrics.watchQueues(() => readQueues(pool));
  metrics.watchWebhooks(() => readBacklog(pool));
  if (storage.replica) measureReplica(storage.replica, metrics, logger);
  return {
    config,
    logger,
    storage,
    secrets,
    messages: {
      codeKeys: deriveKeyRing(secrets, 'code'),
      linkKeys: deriveKeyRing(secrets, 'link'),
      publicUrl: config.publicUrl,
    },
    userTokenKeys: deriveKeyRing(secrets, 'user-token'),
    methodKeys: methodKeysOf(secrets),
    webhookKeys: deriveKeyRing(secrets, 'webhook'),
    outside: createOutside(config.production),
    noticeKeys,
    providers,
    outbox,
    ledger,
    reserve: limits.reserve,
    redis,
    sendCaps: createSendCaps(ledger, config.limitScale, metrics.capReached),
    metrics,
  };
}

/** A restart would else hold back up to a hundredth of every generous limit until its window is over. */
async function giveBackLimits(all: readonly Reservations[], logger: Logger): Promise<void> {
  for (const result of await Promise.allSettled(all.map((each) => each.giveBack()))) {
    if (result.status === 'rejected') logger.info({ err: result.reason }, 'Unspent hits of limits stay counted');
  }
}
