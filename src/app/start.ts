/** The composition root: every dependency is built in this folder, once, and handed down. */
import { pendingMigrations } from '../entities/migrate.js';
import { type FoundationOptions, layFoundation } from './foundation.js';
import { type Served, serve } from './serve.js';
import { createWorkerProbes } from './worker-probes.js';
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
  const foundation = await layFoundation(options, resources);
  const openProbes = options.serve ? undefined : createWorkerProbes(foundation, resources);
  if (options.work) await startWorkers(foundation, resources);
  await openProbes?.();
  const served = options.serve ? await serve(foundation, resources) : undefined;
  const closing = resources.move();
  return { served, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}
