/** Probes and metrics of a process that works the queue and serves nothing else. */
import fastify from 'fastify';
import { registerMetrics } from '../server/measure.js';
import { registerProbes } from '../server/probes.js';
import type { Foundation } from './foundation.js';
import { unreadiness } from './readiness.js';

/** Listens only where a port was given for it. */
export async function serveWorkerProbes(foundation: Foundation, resources: AsyncDisposableStack): Promise<void> {
  const { config, storage, metrics } = foundation;
  if (config.workerPort === undefined) return;
  const app = fastify({ forceCloseConnections: true });
  registerProbes(app, { unready: () => unreadiness(storage) });
  registerMetrics(app, metrics);
  resources.defer(() => app.close());
  await app.listen({ host: config.host, port: config.workerPort });
}
