/** How the clocks of this host and of the database differ. */
import { monotonicClock, wallClock } from '../kernel/clock.js';
import { setIdClock } from '../kernel/ids.js';
import { type Connection, runOne } from './database.js';

export interface ClockReading {
  /** Milliseconds that the database's clock is ahead of the other; negative: behind. */
  readonly aheadMs: number;
  /** By how much that may be wrong: half of the way there and back. */
  readonly uncertaintyMs: number;
}

/** Milliseconds of difference from which something has to be done about it. */
export const DRIFT_MS = 5_000;

/** @param clock what the database's is compared with */
export async function readDatabaseClock(connection: Connection, clock = wallClock): Promise<ClockReading> {
  const asked = clock();
  const row = await runOne<{ ms: number }>(
    connection,
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
  );
  const answered = clock();
  // Half way, so that a distant database is not taken for a wrong clock.
  return { aheadMs: (row?.ms ?? 0) - (asked + answered) / 2, uncertaintyMs: Math.abs(answered - asked) / 2 };
}

/**
 * Has ids made by the database's time from now on. Not by this host's clock and what the two differ by: that clock can be
 * set at any moment, and ids of the moments after it would be of neither.
 * @param aheadMs what the database's clock was found ahead of `monotonicClock`
 */
export const makeIdsAhead = (aheadMs: number): void => setIdClock(() => monotonicClock() + aheadMs);
