import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VerificationStatus } from '../../../src/entities/verification.js';
import { refusalOf, statusOf, type VerificationState, waitingSteps } from '../../../src/verification/machine.js';

/**
 * What can happen to a verification. A guess is two events, because others may come between its being counted and
 * its being settled: `count` takes an attempt, `settle` ends the oldest right guess that was counted.
 */
type Event = 'countRight' | 'countWrong' | 'settle' | 'expire' | 'cancel' | 'lastStepFails';
const EVENTS: readonly Event[] = ['countRight', 'countWrong', 'settle', 'expire', 'cancel', 'lastStepFails'];

interface World {
  state: VerificationState;
  /** Right guesses that were counted and not yet settled. */
  rightGuesses: number;
  compared: number;
  confirmed: number;
}

const fresh = (maxAttempts: number): World => ({
  state: { stored: 'PENDING', failedAttempts: 0, maxAttempts, overdue: false },
  rightGuesses: 0,
  compared: 0,
  confirmed: 0,
});

/**
 * The guarded statements, in words: a guess and a cancellation take only what is still open; what was counted in time is
 * settled, and a step fails for good, while PENDING is stored.
 */
function after(world: World, event: Event): World {
  const { state } = world;
  const pending = state.stored === 'PENDING';
  switch (event) {
    case 'countRight':
    case 'countWrong':
      if (refusalOf(state)) return world;
      return {
        ...world,
        compared: world.compared + 1,
        rightGuesses: world.rightGuesses + (event === 'countRight' ? 1 : 0),
        state: { ...state, failedAttempts: state.failedAttempts + 1 },
      };
    case 'settle':
      if (world.rightGuesses === 0) return world;
      return {
        ...world,
        rightGuesses: world.rightGuesses - 1,
        confirmed: world.confirmed + (pending ? 1 : 0),
        state: pending ? { ...state, stored: 'VERIFIED', failedAttempts: state.failedAttempts - 1 } : state,
      };
    case 'expire':
      return { ...world, state: { ...state, overdue: true } };
    case 'cancel':
      return refusalOf(state) ? world : { ...world, state: { ...state, stored: 'CANCELED' } };
    case 'lastStepFails':
      return { ...world, state: pending ? { ...state, stored: 'FAILED' } : state };
  }
}

function histories(check: (worlds: readonly World[]) => void): void {
  const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), events, (maxAttempts, sequence) => {
      const worlds = [fresh(maxAttempts)];
      for (const event of sequence) worlds.push(after(worlds.at(-1) as World, event));
      check(worlds);
    }),
    { numRuns: 2_000 },
  );
}

describe('whatever happens, in whatever order', () => {
  test('brute force: no more guesses are compared than there are attempts', () => {
    histories((worlds) => {
      for (const { compared, state } of worlds) {
        expect(compared).toBeLessThanOrEqual(state.maxAttempts);
        expect(state.failedAttempts).toBeGreaterThanOrEqual(0);
        expect(state.failedAttempts).toBeLessThanOrEqual(state.maxAttempts);
      }
    });
  });

  test('replay: a verification is confirmed once at most', () => {
    histories((worlds) => expect(worlds.at(-1)?.confirmed).toBeLessThanOrEqual(1));
  });

  test.each<VerificationStatus>(['VERIFIED', 'CANCELED'])('%s is final', (final) => {
    histories((worlds) => {
      const statuses = worlds.map(({ state }) => statusOf(state));
      const reached = statuses.indexOf(final);
      if (reached >= 0) expect(new Set(statuses.slice(reached))).toEqual(new Set([final]));
    });
  });

  test('a guess is taken exactly while the status is PENDING, and every refusal names its status', () => {
    const reasons: Record<VerificationStatus, (string | undefined)[]> = {
      PENDING: [undefined],
      VERIFIED: ['FINISHED'],
      CANCELED: ['CANCELED'],
      EXPIRED: ['EXPIRED'],
      FAILED: ['ATTEMPTS_EXHAUSTED', 'FINISHED'],
    };
    histories((worlds) => {
      for (const { state } of worlds) expect(reasons[statusOf(state)]).toContain(refusalOf(state));
    });
  });

  test('a cancellation that comes too late leaves EXPIRED and FAILED as they are', () => {
    histories((worlds) => {
      for (const [index, { state }] of worlds.entries()) {
        const before = worlds[index - 1];
        if (before && statusOf(state) === 'CANCELED') expect(['PENDING', 'CANCELED']).toContain(statusOf(before.state));
      }
    });
  });

  test('only a right guess that was counted in time is late enough to leave EXPIRED or FAILED', () => {
    histories((worlds) => {
      for (const [index, { state, confirmed }] of worlds.entries()) {
        const before = worlds[index - 1];
        if (!before || !['EXPIRED', 'FAILED'].includes(statusOf(before.state))) continue;
        if (statusOf(state) !== 'VERIFIED') continue;
        expect(before.rightGuesses).toBeGreaterThan(0);
        expect(confirmed).toBe(1);
      }
    });
  });
});

test('failover through any steps ends, each taken once and in order', () => {
  const status = fc.constantFrom('PENDING' as const, 'SKIPPED' as const, 'FAILED' as const);
  fc.assert(
    fc.property(fc.array(status, { minLength: 1, maxLength: 10 }), (statuses) => {
      const steps = statuses.map((each, index) => ({ index, status: each }));
      const taken: number[] = [];
      for (let at: number | undefined = 0; at !== undefined; at = waitingSteps(steps, at)[0]?.index) taken.push(at);
      expect(taken).toEqual([...new Set(taken)].sort((left, right) => left - right));
      const waited = statuses.flatMap((each, index) => (index > 0 && each === 'PENDING' ? [index] : []));
      expect(taken.slice(1)).toEqual(waited);
    }),
  );
});
