/** What has to be asked for at a scrape. Prometheus gives one up after ten seconds, and with it all that it would tell. */
import type { Clock } from '../kernel/clock.js';
import { inTime } from '../kernel/in-time.js';

const READ_EVERY_MS = 5_000;
/** Milliseconds that a reading has, as a probe does. */
const READ_MS = 2_000;

/** The last reading while it is fresh; scrapes that come meanwhile share it. Undefined where it failed or is late. */
export function readInTime<T>(clock: Clock, read: () => Promise<T>): () => Promise<T | undefined> {
  let begun = Number.NEGATIVE_INFINITY;
  let isUnderWay = false;
  let told: Promise<T | undefined> = Promise.resolve(undefined);

  async function reading(): Promise<T | undefined> {
    isUnderWay = true;
    try {
      return await read();
    } catch {
      // Its samples are left out. A database that does not answer fails requests and jobs as well, of which
      // `GatewayErrors` and the log tell; of a replica `GatewayReplicaAway` tells.
      return undefined;
    } finally {
      isUnderWay = false;
    }
  }

  return () => {
    // In a database that went silent each question holds a connection for a minute: scrapes would take the whole pool.
    if (!isUnderWay && clock() - begun >= READ_EVERY_MS) {
      begun = clock();
      told = inTime(READ_MS, reading(), undefined);
    }
    return told;
  };
}
