/** Waits for a condition instead of for a time: as fast as the machine, and no slower machine breaks it. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until the answer is neither undefined nor false.
 * @throws {Error} naming what did not happen in time
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await pause(20);
  }
}
