/** What stands before several processes: it hands out the address of one that says it is ready. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Running } from './processes.js';
import { waitFor } from './wait-for.js';

/** How often a process is asked; an operator's balancer asks less often, and the gateway waits five seconds for it. */
const EVERY_MS = 250;

export interface Balancer extends AsyncDisposable {
  /** Requests go there too, once it is ready. */
  add(process: Running): Promise<void>;
  /** Where the next request goes. */
  next(): string;
}

export function startBalancer(): Balancer {
  const ready = new Map<Running, boolean>();
  let turn = 0;
  let isOver = false;
  const isReady = async ({ url }: Running) =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const asking = (async () => {
    while (!isOver) {
      for (const process of ready.keys()) {
        if (process.hasEnded()) ready.delete(process);
        else ready.set(process, await isReady(process));
      }
      await pause(EVERY_MS);
    }
  })();
  return {
    async add(process) {
      ready.set(process, false);
      await waitFor('the balancer finds it ready', () => ready.get(process));
    },
    next() {
      const able = [...ready].filter(([, isAble]) => isAble).map(([{ url }]) => url);
      turn += 1;
      const url = able[turn % able.length];
      if (url === undefined) throw new Error('no process is ready');
      return url;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await asking;
    },
  };
}
