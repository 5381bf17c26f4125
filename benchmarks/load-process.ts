/** The parent's end of the load generator. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadReport } from './load.ts';

/** A load generator that waits for orders. */
export interface LoadProcess {
  run(order: LoadOrder): Promise<LoadReport>;
  stop(): void;
}

/** Starts the process; it ends with its parent or when stopped. */
export function startLoad(): LoadProcess {
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), { serialization: 'advanced' });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The load generator ended with code ${code}`);
  });
  ended.catch(() => {});
  return {
    async run(order) {
      child.send(order);
      const [report] = await Promise.race([once(child, 'message'), ended]);
      return report as LoadReport;
    },
    stop: () => {
      if (child.connected) child.disconnect();
    },
  };
}
