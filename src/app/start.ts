/** The composition root: every dependency is built in this folder, once, and handed down. */
import { pendingMigrations } from '../entities/migrate.js';
import { type FoundationOptions, layFoundation } from './foundation.js';
import { holdPort } from './held-port.js';
import { type Served, serve } from './serve.js';
import { openWorkerProbes } from './worker-probes.js';
import { startWorkers } from './workers.js';

export interface AppOptions extends FoundationOptions {
  readonly serve: boolean;
}

export interface App extends AsyncDisposable {
  /** What answers requests; undefined for a process that only works the queue. */
  readonly served: Served | undefined;
}

/** Starts a process: serving, working the queue, or both. Disposing of it drains requests, then the queue. */
export async function startApp(options: AppOptions): Promise<App> {
  await using resources = new AsyncDisposableStack();
  if (!options.config.migrate && (await pendingMigrations(options.storage.orm)).length > 0) {
    throw new Error('The database is not up to date: run `gateway migrate`, or set GATEWAY_MIGRATE=auto.');
  }
  const { config, release } = await holdPort(options.config, options.serve, resources);
  const foundation = await layFoundation({ ...options, config }, resources);
  // The port before the work: one that is taken is told at once, by a process that has begun nothing.
  await using serving = new AsyncDisposableStack();
  const served = options.serve ? await serve(foundation, release, serving) : undefined;
  const probes = options.serve ? undefined : await openWorkerProbes(foundation, resources);
  if (options.work) await startWorkers(foundation, resources);
  probes?.begin();
  resources.use(serving.move());
  const closing = resources.move();
  return { served, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}
