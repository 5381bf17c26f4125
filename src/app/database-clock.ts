/** Ids of this process follow the database's clock, and somebody is told where this host's differs from it. */
import type { Connection } from '../entities/database.js';
import { DRIFT_MS, makeIdsAhead, readDatabaseClock } from '../entities/database-clock.js';
import { monotonicClock, wallClock } from '../kernel/clock.js';
import type { Logger } from '../telemetry/logger.js';

// A host that slept has lost so much of the database's time until the next look.
const LOOK_EVERY_MS = 10_000;

/**
 * Looks now and every ten seconds, until `resources` end.
 * @returns the seconds by which the database's clock is ahead of this host's; undefined where it was never seen
 */
export async function followDatabaseClock(
  pool: Connection,
  logger: Logger,
  resources: AsyncDisposableStack,
): Promise<() => number | undefined> {
  let aheadMs: number | undefined;
  let isTold = false;
  const driftMs = () => (aheadMs === undefined ? undefined : monotonicClock() + aheadMs - wallClock());

  async function look(): Promise<void> {
    const found = await readDatabaseClock(pool, monotonicClock);
    // What the way there and back may account for is no difference of clocks.
    if (aheadMs === undefined || Math.abs(found.aheadMs - aheadMs) > found.uncertaintyMs) {
      aheadMs = found.aheadMs;
      makeIdsAhead(aheadMs);
    }
    tell(driftMs() ?? 0);
  }

  function tell(drift: number): void {
    const isOff = Math.abs(drift) > DRIFT_MS;
    const fields = { aheadSeconds: Math.round(drift) / 1000 };
    if (isOff && !isTold) logger.warn(fields, "the database's clock is not this host's: set both by NTP");
    if (!isOff && isTold) logger.info(fields, 'the clocks of the database and of this host agree again');
    isTold = isOff;
  }

  const tryLook = () => look().catch((error: unknown) => logger.debug({ err: error }, 'the clock was not told'));
  await tryLook();
  const timer = setInterval(() => void tryLook(), LOOK_EVERY_MS).unref();
  resources.defer(() => clearInterval(timer));
  return () => {
    const drift = driftMs();
    return drift === undefined ? undefined : drift / 1000;
  };
}
