/** The composition root: every dependency is built here, once, and handed down. */
import type { CredentialReaders } from './access/authenticate.js';
import { createKeyReader } from './access/key-reader.js';
import { createLimitLedger } from './access/limit-ledger.js';
import { createRateLimiter } from './access/rate-limiter.js';
import { methodKeysOf } from './customers/saved-methods/instruments.js';
import { rotateMethodKeys } from './customers/saved-methods/rotate.js';
import { bindCustomers } from './customers/use-cases.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, openOutbox } from './delivery/outbox.js';
import { startWorker } from './delivery/worker.js';
import { generatedSecret } from './entities/data-directory.js';
import { runOne } from './entities/database.js';
import { pendingMigrations } from './entities/migrate.js';
import type { Storage } from './entities/storage.js';
import { monotonicClock } from './kernel/clock.js';
import type { Config } from './kernel/config.js';
import { deriveKeyRing, type KeyRing } from './kernel/key-ring.js';
import { buildProviders } from './providers/build.js';
import type { Gateway } from './resolvers/context.js';
import { buildGatewaySchema, printGatewaySchema } from './resolvers/schema.js';
import { createApollo } from './server/apollo.js';
import { createHttp } from './server/http.js';
import { createInboxTickets, type InboxTickets } from './server/inbox-session.js';
import type { Logger } from './telemetry/logger.js';
import { createCancelUpstream } from './verification/cancel-upstream.js';
import { createDeliverStep } from './verification/deliver-step.js';
import { purgeIdempotencyKeys } from './verification/idempotency.js';
import { purgeGrants } from './verification/upstream-grant.js';
import { bindVerification } from './verification/use-cases.js';

export interface AppOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly storage: Storage;
  readonly serve: boolean;
  readonly work: boolean;
}

export interface App extends AsyncDisposable {
  /** Where it listens; undefined for a process that only works the queue. */
  readonly address: string | undefined;
  /** Forgets cached keys, after one was made or revoked in this process. */
  forgetKeys(): void;
  /** The path of a link that opens a workspace's inbox, once. */
  inboxLink(workspaceId: string): string;
}

const UPKEEP_EVERY_MS = 60_000;

/** Starts a process: serving, working the queue, or both. Disposing of it drains requests, then the queue. */
export async function startApp({ config, logger, storage, serve, work }: AppOptions): Promise<App> {
  const { orm, database, location } = storage;
  const resources = new AsyncDisposableStack();
  try {
    if (!config.migrate && (await pendingMigrations(orm)).length > 0) {
      throw new Error('The database is not up to date: run `gateway migrate`, or set GATEWAY_MIGRATE=auto.');
    }
    const secrets = config.secrets.length > 0 ? config.secrets : [generatedSecret(config.dataDirectory)];
    const codeKeys = deriveKeyRing(secrets, 'code');
    const userTokenKeys = deriveKeyRing(secrets, 'user-token');
    const methodKeys = methodKeysOf(secrets);
    const providers = await buildProviders(config);
    resources.defer(() => providers.close());
    const outbox = await openOutbox({ orm, location, logger, migrate: config.migrate, work });
    resources.defer(() => outbox.close());
    const ledger = createLimitLedger(database.pool, deriveKeyRing(secrets, 'limit').current.key, monotonicClock);
    if (work) {
      const working = { database, outbox, codeKeys, userTokenKeys, providers, logger };
      const workers = [
        await startWorker(outbox, DELIVERY_QUEUE, createDeliverStep(working), logger),
        await startWorker(outbox, CANCEL_QUEUE, createCancelUpstream(working), logger),
      ];
      resources.defer(async () => void (await Promise.all(workers.map((worker) => worker.stop()))));
      const upkeep = () =>
        Promise.all([
          ledger.purge(),
          purgeIdempotencyKeys(database.pool),
          purgeGrants(database.pool),
          rotateMethodKeys(database.pool, methodKeys),
        ]).catch((error) => logger.warn({ err: error }, 'upkeep failed'));
      const timer = setInterval(upkeep, UPKEEP_EVERY_MS).unref();
      resources.defer(() => clearInterval(timer));
    }
    const keys = createKeyReader(database.pool, monotonicClock);
    const tickets = createInboxTickets(monotonicClock);
    let address: string | undefined;
    if (serve) {
      const umaDomain = new URL(config.publicUrl).hostname;
      const gateway: Gateway = {
        ...bindVerification({ database, outbox, codeKeys, userTokenKeys, providers }),
        ...bindCustomers({ orm, database, umaDomain, methodKeys }),
      };
      const limiter = createRateLimiter(ledger, config.limitScale);
      address = await listen({
        config,
        logger,
        storage,
        gateway,
        limiter,
        credentials: { keys, tokens: [] },
        inbox: {
          codeKeys,
          cookieSecrets: [deriveKeyRing(secrets, 'inbox').current.key.toString('base64url')],
          tickets,
        },
        resources,
      });
    }
    const closing = resources.move();
    return {
      address,
      forgetKeys: keys.forget,
      inboxLink: (workspaceId) => `/inbox?ticket=${tickets.issue(workspaceId)}`,
      [Symbol.asyncDispose]: () => closing.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

interface Listening extends Pick<AppOptions, 'config' | 'logger' | 'storage'> {
  gateway: Gateway;
  limiter: ReturnType<typeof createRateLimiter>;
  credentials: CredentialReaders;
  inbox: { codeKeys: KeyRing; cookieSecrets: readonly string[]; tickets: InboxTickets };
  resources: AsyncDisposableStack;
}

/** In production a balancer needs one probe interval to see that the process is leaving. */
const LEAVE_AFTER_MS = 5_000;

async function listen(deps: Listening): Promise<string> {
  const { config, logger, storage, gateway, limiter, credentials, inbox, resources } = deps;
  const schema = buildGatewaySchema();
  const apollo = createApollo(schema, logger, config.production);
  await apollo.start();
  resources.defer(() => apollo.stop());
  let draining = false;
  const probes = {
    async unready() {
      if (draining) return 'stopping';
      try {
        await runOne(storage.database.pool, 'select 1');
        return (await pendingMigrations(storage.orm)).length > 0
          ? 'migrations are pending: run gateway migrate'
          : undefined;
      } catch {
        return 'the database cannot be reached';
      }
    },
  };
  const http = await createHttp({
    config,
    apollo,
    credentials,
    limiter,
    gateway,
    probes,
    inbox: {
      ...inbox,
      pool: storage.database.pool,
      credentials,
      isSecure: config.publicUrl.startsWith('https:'),
    },
    sdl: printGatewaySchema(schema),
    logger,
  });
  resources.defer(async () => {
    draining = true;
    if (config.production) await new Promise((resolve) => setTimeout(resolve, LEAVE_AFTER_MS));
    await http.close();
  });
  return http.listen({ host: config.host, port: config.port });
}
