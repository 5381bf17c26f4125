/**
 * Keeps calls away from a provider that is down, so that messages go to the next one without waiting for it. Each
 * process learns by itself: a shared state would be one more thing that can be down.
 */
import type { Clock } from '../kernel/clock.js';
import { ProviderError } from './fault.js';

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface Breaker {
  /**
   * Runs a call, or refuses it at once.
   * @throws {ProviderError} what the call throws; DOWN while the circuit is open, RETRY while the provider throttles
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  state(): BreakerState;
}

/** Failures in a row that open the circuit, and how long it stays open before one call may try. */
export const OPENS_AFTER = 5;
export const OPEN_MS = 30_000;
/** A provider may ask to be left alone for so long; a longer wish would take it out by one answer. */
const LONGEST_THROTTLE_SECONDS = 30;

export function createBreaker(provider: string, clock: Clock): Breaker {
  let failures = 0;
  let openUntil = 0;
  let throttledUntil = 0;
  let probing = false;

  const state = (): BreakerState => {
    if (failures < OPENS_AFTER) return 'CLOSED';
    return clock() < openUntil || probing ? 'OPEN' : 'HALF_OPEN';
  };

  function failed(error: unknown): void {
    // A fault of the gateway's own says nothing about the provider.
    if (!(error instanceof ProviderError)) return;
    if (error.kind === 'DOWN' || error.kind === 'UNCLEAR') {
      failures += 1;
      if (failures >= OPENS_AFTER) openUntil = clock() + OPEN_MS;
      return;
    }
    failures = 0;
    // What is final is about one recipient: everybody else would wait for theirs.
    if (error.kind === 'FINAL') return;
    const seconds = Math.min(error.retryAfterSeconds ?? 0, LONGEST_THROTTLE_SECONDS);
    throttledUntil = Math.max(throttledUntil, clock() + seconds * 1000);
  }

  return {
    state,
    async run(call) {
      const at = state();
      if (at === 'OPEN') throw notAsked('DOWN', `${provider} is not asked: it failed ${OPENS_AFTER} times in a row`);
      const seconds = Math.ceil((throttledUntil - clock()) / 1000);
      if (seconds > 0) throw notAsked('RETRY', `${provider} is throttling`, seconds);
      const isProbe = at === 'HALF_OPEN';
      if (isProbe) probing = true;
      try {
        const result = await call();
        failures = 0;
        return result;
      } catch (error) {
        failed(error);
        throw error;
      } finally {
        if (isProbe) probing = false;
      }
    },
  };
}

const notAsked = (kind: 'DOWN' | 'RETRY', reason: string, retryAfterSeconds?: number): ProviderError =>
  new ProviderError(kind, reason, undefined, retryAfterSeconds, false);
