/** Probes and metrics of a process that works the queue and serves nothing else. */
import fastify from 'fastify';
import { registerMetrics } from '../server/measure.js';
import { registerProbes } from '../server/probes.js';
import type { Foundation } from './foundation.js';
import { listenAt } from './listen-at.js';
import { unreadiness } from './readiness.js';

/**
 * Opens the port, where one was given, and is not ready yet. It is closed once all is finished that `resources` take on
 * afterwards, which are the jobs.
 * @returns says that the work has begun; once `resources` end, that it stops
 */
export async function openWorkerProbes(
  { config, storage, metrics }: Foundation,
  resources: AsyncDisposableStack,
): Promise<() => void> {
  let state: string | undefined = 'starting';
  const app = fastify({ forceCloseConnections: true });
  resources.defer(() => app.close());
  registerProbes(app, { unready: async () => state ?? unreadiness(storage) });
  registerMetrics(app, metrics);
  if (config.workerPort !== undefined) await listenAt(app, config.workerPort, config.host, 'GATEWAY_WORKER_PORT');
  return () => {
    state = undefined;
    resources.defer(() => {
      state = 'stopping';
    });
  };
}
