/** Answers that somebody waits for no longer than so long. */
import { setTimeout as pause } from 'node:timers/promises';

/** What `work` comes to, or `late` where that takes longer; the work goes on, and nobody hears what becomes of it. */
export function inTime<T, Late>(milliseconds: number, work: Promise<T>, late: Late): Promise<T | Late> {
  return Promise.race([work, pause(milliseconds, late, { ref: false })]);
}
