/** Answers that somebody waits for no longer than so long. */
import { setTimeout as pause } from 'node:timers/promises';

/** What `work` comes to, or `late` where that takes longer; the work goes on, and nobody hears what becomes of it. */
export function inTime<T, Late>(milliseconds: number, work: Promise<T>, late: Late): Promise<T | Late> {
  return Promise.race([work, pause(milliseconds, late, { ref: false })]);
}

/**
 * What `work` comes to, or a rejection with the signal's reason once it is aborted; the work goes on where it does not
 * hear the signal by itself.
 */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
