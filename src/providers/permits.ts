/** Turns with a provider whose client makes only so many calls at once, so that no call waits against its own deadline. */
import { ProviderError } from './fault.js';

/**
 * Milliseconds that a call waits for its turn: with what it and those of the next providers take, less than the minute
 * that a job has.
 */
const PATIENCE_MS = 20_000;

export interface Permits {
  /**
   * Runs a call once there is a permit for it, first come first served.
   * @throws {ProviderError} RETRY where it waited in vain: nobody was asked; and what the call throws
   */
  run<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>;
  /** Whoever waits is told that it waits in vain, and so is whoever would from now on; calls under way go on. */
  endWaiting(): void;
}

/**
 * @param provider for errors
 * @param concurrency how many calls hold a permit
 */
export function createPermits(provider: string, concurrency: number, patienceMs = PATIENCE_MS): Permits {
  // A set keeps the order, and lets one that gives up leave from the middle.
  const waiting = new Set<(isHeld: boolean) => void>();
  let free = concurrency;
  let isEnding = false;

  function acquire(signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const settle = (isHeld: boolean): void => {
      waiting.delete(settle);
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(isHeld);
    };
    const giveUp = (): void => settle(false);
    const timer = setTimeout(giveUp, patienceMs);
    signal.addEventListener('abort', giveUp, { once: true });
    waiting.add(settle);
    return promise;
  }

  function release(): void {
    const [next] = waiting;
    if (next) next(true);
    else free += 1;
  }

  return {
    async run(signal, call) {
      if (free > 0) free -= 1;
      else if (isEnding || signal.aborted || !(await acquire(signal)))
        throw new ProviderError('RETRY', `${provider} was busy with other messages`, undefined, undefined, false);
      try {
        return await call();
      } finally {
        release();
      }
    },
    endWaiting() {
      isEnding = true;
      for (const settle of [...waiting]) settle(false);
    },
  };
}
