/** `gateway serve` and `gateway work`: one process until it is told to stop. */
import { startApp } from '../app/start.js';
import { MIGRATION_WAITS } from '../entities/migrate.js';
import { openStorage, STATEMENT_MS } from '../entities/storage.js';
import { createLogger } from '../telemetry/logger.js';
import { administer } from './administration.js';
import { defaultWorkspace } from './default-workspace.js';
import { describeDemo, describePages, fragmentOf, seedDemo } from './demo.js';
import { serveOwner } from './owner-socket.js';
import { loadProcessConfig } from './process-config.js';
import { say } from './say.js';

export interface ServeOptions {
  readonly serve: boolean;
  readonly work: boolean;
  readonly json: boolean;
}

export async function serve(options: ServeOptions): Promise<void> {
  const config = await loadProcessConfig(process.env);
  const logger = createLogger(config.logLevel);
  await using resources = new AsyncDisposableStack();
  const onMigrationWait = () => logger.warn(MIGRATION_WAITS);
  const storage = resources.use(await openStorage({ ...config, deadlineMs: STATEMENT_MS, onMigrationWait }));
  const { serve, work } = options;
  const { served } = resources.use(await startApp({ config, logger, storage, serve, work }));
  // Before it says that it is ready: who waits for that may stop it in the same moment, with requests under way.
  const stopped = stopSignal();
  if (config.databaseUrl === undefined) {
    const changed = { keys: () => served?.forgetKeys(), operations: () => served?.forgetMissingOperations() };
    resources.use(await serveOwner(config.dataDirectory, administer(storage.database, changed)));
    if (config.production) logger.warn('the embedded database serves one process; set DATABASE_URL in production');
  }
  if (config.limitScale !== 1) logger.warn({ scale: config.limitScale }, 'GATEWAY_LIMIT_SCALE multiplies every limit');

  // Last: a start that failed after it, on a port that is taken, would leave keys that nobody was shown.
  const demo =
    served && config.migrate && !config.production
      ? await seedDemo(storage, new URL(config.publicUrl).hostname)
      : undefined;
  const url = served?.address ?? config.publicUrl;
  if (options.json) say({ address: served?.address ?? null, ...(demo && { demo }) });
  else if (!served) say('Working the queue. Stop with Ctrl-C.');
  else {
    const hasInbox = config.inbox && !config.production;
    const workspaceId = hasInbox ? await defaultWorkspace(storage.database.pool) : undefined;
    const pages = describePages(url, {
      playground: config.playground ? `/playground${demo ? fragmentOf(demo) : ''}` : undefined,
      inbox: config.inbox ? (workspaceId ? served.inboxLink(workspaceId) : '/inbox') : undefined,
    });
    say(`${demo ? describeDemo(demo, url) : ''}\n${pages}GraphQL at ${url}/graphql. Stop with Ctrl-C.`);
  }

  const signal = await stopped;
  logger.info({ signal }, 'stopping: requests first, then the queue, then the database');
}

/** Resolves at the first signal; a second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}
