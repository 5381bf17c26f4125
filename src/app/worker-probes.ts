/** Probes and metrics of a process that works the queue and serves nothing else. */
import fastify from 'fastify';
import { registerMetrics } from '../server/measure.js';
import { registerProbes } from '../server/probes.js';
import type { Foundation } from './foundation.js';
import { listenAt } from './listen-at.js';
import { unreadiness } from './readiness.js';

export interface WorkerProbes {
  /** Says that the work has begun; once what the process holds ends, the probes say that it stops. */
  begin(): void;
}

/**
 * Opens the port, where one was given, and is not ready yet. It is closed once all is finished that `resources` take on
 * afterwards, which are the jobs.
 */
export async function openWorkerProbes(
  { config, storage, metrics }: Foundation,
  resources: AsyncDisposableStack,
): Promise<WorkerProbes> {
  let state: string | undefined = 'starting';
  const app = fastify({ forceCloseConnections: true });
  resources.defer(() => app.close());
  registerProbes(app, { unready: async () => state ?? unreadiness(storage) });
  registerMetrics(app, metrics);
  if (config.workerPort !== undefined) await listenAt(app, config.workerPort, config.host, 'GATEWAY_WORKER_PORT');
  return {
    begin() {
      state = undefined;
      resources.defer(() => {
        state = 'stopping';
      });
    },
  };
}
