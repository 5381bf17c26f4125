/**
 * How long an answer is waited for, in turns of this process: a busy process has an answer lying in its socket unread,
 * and must not take its own delay for the other side's.
 */

/** Milliseconds of a turn. */
const TURN_MS = 25;

interface Waiting {
  readonly since: number;
  reject(error: Error): void;
}

/** Nothing came in time. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

/** Resolves and rejects as the work does, or rejects once the work or any that was begun before it is late. */
export type Patience = <T>(work: Promise<T>) => Promise<T>;

/** @param milliseconds that it may take where the process has time; more where it has not */
export function createPatience(milliseconds: number): Patience {
  const turns = milliseconds / TURN_MS;
  // In the order in which they were begun: the first is the oldest.
  const waiting = new Set<Waiting>();
  let turn = 0;
  let isTicking = false;

  function tick(): void {
    turn += 1;
    const [oldest] = waiting;
    if (oldest && turn - oldest.since >= turns) {
      for (const { reject } of waiting) reject(new LateError('There was no answer in time'));
      waiting.clear();
    }
    isTicking = waiting.size > 0;
    if (isTicking) setTimeout(tick, TURN_MS);
  }

  return (work) =>
    new Promise((resolve, reject) => {
      const entry = { since: turn, reject };
      waiting.add(entry);
      if (!isTicking) setTimeout(tick, TURN_MS);
      isTicking = true;
      work.then(resolve, reject).finally(() => waiting.delete(entry));
    });
}
