/** Ids of this process follow the database's clock, and somebody is told where this host's differs from it. */
import type { Connection } from '../entities/database.js';
import { DRIFT_MS, readDatabaseClock } from '../entities/database-clock.js';
import { setIdsAhead } from '../kernel/ids.js';
import type { Logger } from '../telemetry/logger.js';

const LOOK_EVERY_MS = 60_000;

/**
 * Looks now and every minute, until `resources` end.
 * @returns the seconds by which the database's clock was last found ahead of this host's
 */
export async function followDatabaseClock(
  pool: Connection,
  logger: Logger,
  resources: AsyncDisposableStack,
): Promise<() => number> {
  let aheadMs = 0;
  let isTold = false;

  async function look(): Promise<void> {
    const found = await readDatabaseClock(pool);
    // What the way there and back may account for is no difference of clocks.
    if (Math.abs(found.aheadMs - aheadMs) <= found.uncertaintyMs) return;
    aheadMs = found.aheadMs;
    setIdsAhead(aheadMs);
    const isOff = Math.abs(aheadMs) > DRIFT_MS;
    const fields = { aheadSeconds: aheadMs / 1000 };
    if (isOff && !isTold) logger.warn(fields, "the database's clock is not this host's: set both by NTP");
    if (!isOff && isTold) logger.info(fields, 'the clocks of the database and of this host agree again');
    isTold = isOff;
  }

  const tryLook = () => look().catch((error: unknown) => logger.debug({ err: error }, 'the clock was not told'));
  await tryLook();
  const timer = setInterval(() => void tryLook(), LOOK_EVERY_MS).unref();
  resources.defer(() => clearInterval(timer));
  return () => aheadMs / 1000;
}
