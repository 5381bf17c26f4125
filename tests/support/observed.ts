/** What a gateway's main thread did, and what its memory holds, seen from within. */
import type { Running } from './processes.js';
import { waitFor } from './wait-for.js';

export interface Observation {
  /** Milliseconds of the longest stretch between two turns of the event loop, by the clock. */
  readonly block: number;
  /** Milliseconds that the main thread worked in one such stretch, at most: what the machine did meanwhile is left out. */
  readonly work: number;
  /** Bytes of resident memory, right after all garbage was collected. */
  readonly resident: number;
  /** Bytes of that which live objects take, and what they hold outside the heap. */
  readonly heap: number;
  readonly external: number;
  /** Bytes of resident memory at most since the process started, garbage included. */
  readonly highest: number;
}

/** The environment of a process that can be observed. */
export const OBSERVED = { NODE_OPTIONS: `--expose-gc --import ${new URL('./observing.mjs', import.meta.url).href}` };

/** What the process did since it was observed before, or since it started. */
export async function observe(process_: Pick<Running, 'pid' | 'stdout'>): Promise<Observation> {
  const found = () => [...process_.stdout().matchAll(/^observed (.+)$/gm)].map(([, text = '']) => text);
  const known = found().length;
  process.kill(process_.pid, 'SIGUSR2');
  const text = await waitFor('the process tells what it did', () => found()[known], 60_000);
  return JSON.parse(text) as Observation;
}
