import { describe, expect, test } from 'vitest';
import { STEP_STATUSES, type StepStatus } from '../../../src/entities/verification-step.js';
import { refusalOf, statusOf, type VerificationState, waitingSteps } from '../../../src/verification/machine.js';

const state = (change: Partial<VerificationState>): VerificationState => ({
  stored: 'PENDING',
  failedAttempts: 0,
  maxAttempts: 3,
  overdue: false,
  ...change,
});

describe('the status that callers see, and why a guess is refused', () => {
  test.each([
    ['fresh', {}, 'PENDING', undefined],
    ['with one attempt left', { failedAttempts: 2 }, 'PENDING', undefined],
    ['with its attempts spent', { failedAttempts: 3 }, 'FAILED', 'ATTEMPTS_EXHAUSTED'],
    ['with more spent than there are', { failedAttempts: 4 }, 'FAILED', 'ATTEMPTS_EXHAUSTED'],
    ['overdue', { overdue: true }, 'EXPIRED', 'EXPIRED'],
    ['spent before it was overdue', { failedAttempts: 3, overdue: true }, 'FAILED', 'ATTEMPTS_EXHAUSTED'],
    ['canceled', { stored: 'CANCELED' }, 'CANCELED', 'CANCELED'],
    ['canceled and overdue', { stored: 'CANCELED', overdue: true }, 'CANCELED', 'CANCELED'],
    ['failed by its last step', { stored: 'FAILED' }, 'FAILED', 'FINISHED'],
    ['failed by its last step and spent', { stored: 'FAILED', failedAttempts: 3 }, 'FAILED', 'FINISHED'],
    ['verified', { stored: 'VERIFIED' }, 'VERIFIED', 'FINISHED'],
    ['verified with the last attempt', { stored: 'VERIFIED', failedAttempts: 2 }, 'VERIFIED', 'FINISHED'],
    ['verified and overdue since', { stored: 'VERIFIED', overdue: true }, 'VERIFIED', 'FINISHED'],
  ] as const)('of a verification that is %s', (_, change, status, refusal) => {
    expect(statusOf(state(change))).toBe(status);
    expect(refusalOf(state(change))).toBe(refusal);
  });
});

describe('failover', () => {
  const stepsOf = (statuses: readonly StepStatus[]) => statuses.map((status, index) => ({ index, status }));
  const waiting = (statuses: readonly StepStatus[], after: number) =>
    waitingSteps(stepsOf(statuses), after).map(({ index }) => index);

  test('takes the next step that waits', () => {
    expect(waiting(['FAILED', 'PENDING', 'PENDING'], 0)).toEqual([1, 2]);
    expect(waiting(['FAILED', 'FAILED', 'PENDING'], 1)).toEqual([2]);
  });

  test('passes over steps that were tried or skipped, and ends where none is left', () => {
    expect(waiting(['FAILED', 'SKIPPED', 'PENDING'], 0)).toEqual([2]);
    expect(waiting(['FAILED', 'SENT'], 0)).toEqual([]);
    expect(waiting(['FAILED'], 0)).toEqual([]);
    expect(waiting([], 0)).toEqual([]);
  });

  test('never goes back: a step that waits before the one that is left stays as it is', () => {
    expect(waiting(['PENDING', 'SENT', 'PENDING'], 1)).toEqual([2]);
    expect(waiting(['PENDING', 'SENT'], 1)).toEqual([]);
    expect(waiting(['PENDING', 'PENDING'], 1)).toEqual([]);
  });

  test.each(STEP_STATUSES.filter((status) => status !== 'PENDING'))(
    'never takes a step twice: not one that is %s',
    (status) => {
      expect(waiting(['FAILED', status], 0)).toEqual([]);
      expect(waiting(['FAILED', status, 'PENDING'], 0)).toEqual([2]);
    },
  );
});
