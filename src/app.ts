/** The composition root: every dependency is built here, once, and handed down. */
import type { CredentialReaders } from './access/authenticate.js';
import { createKeyReader } from './access/key-reader.js';
import { createLimitLedger } from './access/limit-ledger.js';
import { createRateLimiter } from './access/rate-limiter.js';
import { bindCustomers } from './customers/use-cases.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, openOutbox } from './delivery/outbox.js';
import { startWorker } from './delivery/worker.js';
import { generatedSecret } from './entities/data-directory.js';
import { runOne } from './entities/database.js';
import { pendingMigrations } from './entities/migrate.js';
import type { Storage } from './entities/storage.js';
import { monotonicClock } from './kernel/clock.js';
import type { Config } from './kernel/config.js';
import { deriveKeyRing } from './kernel/key-ring.js';
import { buildProviders } from './providers/build.js';
import type { Gateway } from './resolvers/context.js';
import { buildGatewaySchema, printGatewaySchema } from './resolvers/schema.js';
import { createApollo } from './server/apollo.js';
import { createHttp } from './server/http.js';
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
}

const PURGE_EVERY_MS = 60_000;

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
      const purge = () =>
        Promise.all([ledger.purge(), purgeIdempotencyKeys(database.pool), purgeGrants(database.pool)]).catch((error) =>
          logger.warn({ err: error }, 'purge failed'),
        );
      const timer = setInterval(purge, PURGE_EVERY_MS).unref();
      resources.defer(() => clearInterval(timer));
    }
    const keys = createKeyReader(database.pool, monotonicClock);
    let address: string | undefined;
    if (serve) {
      const umaDomain = new URL(config.publicUrl).hostname;
      const gateway: Gateway = {
        ...bindVerification({ database, outbox, codeKeys, userTokenKeys, providers }),
        ...bindCustomers({ orm, database, umaDomain }),
      };
      const limiter = createRateLimiter(ledger, config.limitScale);
      address = await listen({
        config,
        logger,
        storage,
        gateway,
        limiter,
        credentials: { keys, tokens: [] },
        resources,
      });
    }
    const closing = resources.move();
    return { address, forgetKeys: keys.forget, [Symbol.asyncDispose]: () => closing.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

interface Listening extends Pick<AppOptions, 'config' | 'logger' | 'storage'> {
  gateway: Gateway;
  limiter: ReturnType<typeof createRateLimiter>;
  credentials: CredentialReaders;
  resources: AsyncDisposableStack;
}

/** In production a balancer needs one probe interval to see that the process is leaving. */
const LEAVE_AFTER_MS = 5_000;

async function listen(deps: Listening): Promise<string> {
  const { config, logger, storage, gateway, limiter, credentials, resources } = deps;
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
