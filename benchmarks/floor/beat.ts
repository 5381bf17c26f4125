/** Answers that leave at multiples of 50 ms since they were begun, so that the time taken tells nothing of what was found. */
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 50;

/** The outcome of `work`, at the next beat. */
export async function onBeat<T>(work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const [outcome] = await Promise.allSettled([work()]);
  const beat = begun + (Math.floor((performance.now() - begun) / BEAT_MS) + 1) * BEAT_MS;
  for (let left = beat - performance.now(); left > 0; left = beat - performance.now()) await sleep(Math.ceil(left));
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
