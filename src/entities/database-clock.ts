/** How the clocks of this host and of the database differ. */
import { wallClock } from '../kernel/clock.js';
import { type Connection, runOne } from './database.js';

export interface ClockReading {
  /** Milliseconds that the database's clock is ahead of this host's; negative: behind. */
  readonly aheadMs: number;
  /** By how much that may be wrong: half of the way there and back. */
  readonly uncertaintyMs: number;
}

/** Milliseconds of difference from which something has to be done about it. */
export const DRIFT_MS = 5_000;

/** @param clock this host's, in milliseconds since 1970 */
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
