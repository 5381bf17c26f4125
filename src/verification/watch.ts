/**
 * Who waits for a verification to change, and the one poller of the process that tells them. It asks the database
 * while anybody watches, so it works behind a pooler, beside other processes and on divided tables alike; there is
 * nothing to miss, because a state is read and not announced (ADR 30).
 */
import { scaledLimit } from '../access/limit-scale.js';
import type { Principal } from '../access/principal.js';
import type { Connection } from '../entities/database.js';
import { coalesce } from '../kernel/coalesce.js';
import { GatewayError } from '../kernel/errors.js';
import { nameOfWorld } from '../kernel/world.js';
import type { Logger } from '../telemetry/logger.js';
import type { VerificationRecord } from './record.js';
import { type Reading, readWatched, type Watched } from './watched.js';

/** Milliseconds from the end of one reading to the next. */
export const WATCH_EVERY_MS = 500;
/**
 * Verifications watched at once. A customer watches their own; a key may watch for all of a backend's. All of a
 * workspace and mode together get a fifth of the process: keys and customers are made at will, the others' room is not.
 */
export const WATCH_CAPS = { customer: 20, key: 1_000, world: 1_000, process: 5_000 } as const;
const RETRY_AFTER_SECONDS = 10;

export interface VerificationWatch {
  /**
   * The state of a verification now, and every later one that is found; one nobody waited for is left out, because the
   * newest is all that counts. Ends after a finished one. Undefined, and then the end, where there is none (any more).
   * @param signal frees everything once it is aborted; the sequence ends then
   * @throws {GatewayError} RATE_LIMITED where the caller or its world watches too many, SERVICE_UNAVAILABLE where the process does
   */
  open(
    caller: Principal,
    verificationId: string,
    signal: AbortSignal,
  ): AsyncGenerator<VerificationRecord | undefined, void>;
  /** How many are open. */
  count(): number;
  /** Stops asking the database. */
  close(): void;
}

export interface WatchDeps {
  readonly pool: Connection;
  readonly logger: Logger;
  /** Multiplies every cap; for load tests. */
  readonly limitScale: number;
}

interface Watcher extends Watched {
  /** Whom it is counted for: the caller, and its world. */
  readonly owners: readonly string[];
  /** The version that was last told. */
  told: string | undefined;
  /** What is to be told next: a state, or `gone`. */
  news: Reading | 'gone' | undefined;
  wake: () => void;
}

export function createVerificationWatch({ pool, logger, limitScale }: WatchDeps): VerificationWatch {
  const watchers = new Set<Watcher>();
  const owners = new Map<string, number>();
  const readFirst = coalesce((all: readonly Watched[]) => readWatched(pool, all));
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  function admit(caller: Principal): string[] {
    const { customerId, keyId } = caller;
    const world = nameOfWorld(caller);
    const owner = `${world}/${customerId ?? keyId}`;
    const opened = (name: string) => owners.get(name) ?? 0;
    const capOf = (cap: number) => scaledLimit(cap, limitScale);
    const own = capOf(customerId === undefined ? WATCH_CAPS.key : WATCH_CAPS.customer);
    if (opened(owner) >= own || opened(world) >= capOf(WATCH_CAPS.world)) {
      const details = { retryAfterSeconds: RETRY_AFTER_SECONDS };
      throw new GatewayError('RATE_LIMITED', 'Too many subscriptions are open: end one first.', details);
    }
    if (isClosed || watchers.size >= capOf(WATCH_CAPS.process)) {
      throw new GatewayError('SERVICE_UNAVAILABLE', 'This process takes no more subscriptions; try again.');
    }
    for (const name of [owner, world]) owners.set(name, opened(name) + 1);
    return [owner, world];
  }

  function drop(watcher: Watcher): void {
    const isCounted = watchers.delete(watcher);
    for (const name of isCounted ? watcher.owners : []) {
      const left = (owners.get(name) ?? 1) - 1;
      if (left > 0) owners.set(name, left);
      else owners.delete(name);
    }
    watcher.wake();
  }

  function offer(watcher: Watcher, reading: Reading | undefined): void {
    // Told twice is harmless and told never is not: what is compared is what was told, not what was read.
    if (reading?.version === watcher.told && reading) watcher.news = undefined;
    else {
      watcher.news = reading ?? 'gone';
      watcher.wake();
    }
  }

  async function poll(): Promise<void> {
    const asked = [...watchers];
    try {
      const readings = await readWatched(pool, asked);
      for (const [index, watcher] of asked.entries()) offer(watcher, readings[index]);
    } catch (error) {
      logger.warn({ err: error }, 'watched verifications could not be read');
    }
    timer = undefined;
    schedule();
  }

  function schedule(): void {
    if (timer || isClosed || watchers.size === 0) return;
    timer = setTimeout(() => void poll(), WATCH_EVERY_MS).unref();
  }

  async function* tell(watcher: Watcher, signal: AbortSignal): AsyncGenerator<VerificationRecord | undefined, void> {
    try {
      offer(watcher, await readFirst(watcher));
      schedule();
      while (!signal.aborted) {
        const { news } = watcher;
        watcher.news = undefined;
        if (news === 'gone') return yield undefined;
        if (news) {
          watcher.told = news.version;
          yield news.verification;
          if (news.verification.status !== 'PENDING') return;
        } else {
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
            if (signal.aborted || watcher.news) resolve();
          });
        }
      }
    } finally {
      drop(watcher);
    }
  }

  return {
    open(caller, verificationId, signal) {
      const counted = admit(caller);
      const watcher: Watcher = {
        reach: caller,
        verificationId,
        owners: counted,
        told: undefined,
        news: undefined,
        wake: () => {},
      };
      watchers.add(watcher);
      if (signal.aborted) drop(watcher);
      else signal.addEventListener('abort', () => drop(watcher), { once: true });
      return tell(watcher, signal);
    },
    count: () => watchers.size,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
