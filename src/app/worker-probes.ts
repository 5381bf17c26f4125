/** Probes and metrics of a process that works the queue and serves nothing else. */
import fastify from 'fastify';
import { registerMetrics } from '../server/measure.js';
import { registerProbes } from '../server/probes.js';
import type { Foundation } from './foundation.js';
import { unreadiness } from './readiness.js';

/**
 * The port is closed once all is finished that `resources` take on between this and the opening, which are the jobs.
 * @returns opens the port, where one was given
 */
export function createWorkerProbes(
  { config, storage, metrics }: Foundation,
  resources: AsyncDisposableStack,
): () => Promise<void> {
  let draining = false;
  const app = fastify({ forceCloseConnections: true });
  registerProbes(app, { unready: async () => (draining ? 'stopping' : unreadiness(storage)) });
  registerMetrics(app, metrics);
  resources.defer(() => app.close());
  return async () => {
    if (config.workerPort === undefined) return;
    await app.listen({ host: config.host, port: config.workerPort });
    resources.defer(() => {
      draining = true;
    });
  };
}
