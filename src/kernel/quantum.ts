/** Answers that leave on a beat, so that the time taken tells nothing of what was found. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from './clock.js';

/**
 * Runs `work` and settles at the next multiple of `quantumMs` since it was begun, whatever came of it.
 *
 * A timer fires on whole milliseconds of the event loop's clock, and a pause of a fraction is cut: one pause would end a
 * millisecond earlier or later depending on when it was begun, which is what must not show. Rounded up and looked at
 * again, every answer leaves at the first whole millisecond after its beat.
 */
export async function onBeat<T>(quantumMs: number, clock: Clock, work: () => Promise<T>): Promise<T> {
  const begun = clock();
  const [outcome] = await Promise.allSettled([work()]);
  const beat = begun + (Math.floor((clock() - begun) / quantumMs) + 1) * quantumMs;
  for (let left = beat - clock(); left > 0; left = beat - clock()) await pause(Math.ceil(left));
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
