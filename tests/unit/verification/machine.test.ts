import { describe, expect, test } from 'vitest';
import { STEP_STATUSES } from '../../../src/entities/verification-step.js';
import { nextStep, refusalOf, statusOf, type VerificationState } from '../../../src/verification/machine.js';

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
  test('takes the next step that waits', () => {
    expect(nextStep(['FAILED', 'PENDING', 'PENDING'], 0)).toBe(1);
    expect(nextStep(['FAILED', 'FAILED', 'PENDING'], 1)).toBe(2);
  });

  test('passes over steps that were tried or skipped, and ends where none is left', () => {
    expect(nextStep(['FAILED', 'SKIPPED', 'PENDING'], 0)).toBe(2);
    expect(nextStep(['FAILED', 'SENT'], 0)).toBeUndefined();
    expect(nextStep(['FAILED'], 0)).toBeUndefined();
    expect(nextStep([], 0)).toBeUndefined();
  });

  test('never goes back and never takes a step twice, whatever the steps are', () => {
    for (const first of STEP_STATUSES) {
      for (const second of STEP_STATUSES) {
        for (const third of STEP_STATUSES) {
          const steps = [first, second, third];
          for (let failed = 0; failed < 3; failed += 1) {
            const next = nextStep(steps, failed);
            const waiting = steps.findIndex((status, index) => index > failed && status === 'PENDING');
            expect(next).toBe(waiting < 0 ? undefined : waiting);
            if (next !== undefined) expect(next).toBeGreaterThan(failed);
          }
        }
      }
    }
  });
});
