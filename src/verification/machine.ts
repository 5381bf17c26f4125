/**
 * The life of a verification, as pure functions. `isOpen` and `statusSql` of `entities/verification`, and the statement
 * in `settle-statement`, say the same in SQL; a test runs both side by side.
 *
 *                  right guess, counted in time
 *     PENDING ──────────────────────────────────▶ VERIFIED
 *        │
 *        ├── the last attempt was wrong ────────▶ FAILED      (read off the row: attempts spent)
 *        ├── the last step failed for good ─────▶ FAILED      (stored)
 *        ├── the database's clock passed expiry ▶ EXPIRED     (read off the row)
 *        └── canceled ──────────────────────────▶ CANCELED
 *
 * Only PENDING has ways out. A guess is counted before it is compared: it enters with `failedAttempts + 1`, and
 * the right one gives its attempt back as it settles.
 */

import type { VerificationStatus } from '../entities/verification.js';
import type { StepStatus } from '../entities/verification-step.js';
import type { ProblemCode } from './problems.js';

/** Seconds until the first resend; each resend doubles them, up to the longest. */
export const RESEND_AFTER_SECONDS = 30;
export const LONGEST_RESEND_SECONDS = 480;
/** Messages of one step at most, the first included. */
export const MAX_SENDS = 5;

/** As much of a verification as its transitions depend on. */
export interface VerificationState {
  /** What is stored: never EXPIRED, and FAILED only when nothing more can be sent. */
  readonly stored: VerificationStatus;
  readonly failedAttempts: number;
  readonly maxAttempts: number;
  /** Whether expiry has passed by the database's clock. */
  readonly overdue: boolean;
}

/** The status that callers see. Spent attempts outrank expiry: they were there first. */
export function statusOf(state: VerificationState): VerificationStatus {
  if (state.stored !== 'PENDING') return state.stored;
  if (state.failedAttempts >= state.maxAttempts) return 'FAILED';
  return state.overdue ? 'EXPIRED' : 'PENDING';
}

/** Why a verification takes neither guesses nor sends any more, or undefined while it does. */
export function refusalOf(state: VerificationState): ProblemCode | undefined {
  switch (statusOf(state)) {
    case 'PENDING':
      return undefined;
    case 'EXPIRED':
      return 'EXPIRED';
    case 'CANCELED':
      return 'CANCELED';
    case 'FAILED':
      return state.stored === 'PENDING' ? 'ATTEMPTS_EXHAUSTED' : 'FINISHED';
    case 'VERIFIED':
      return 'FINISHED';
  }
}

/** The steps that may take over from one that failed for good or is left, in that order: those behind it that wait. */
export function waitingSteps<Step extends { readonly index: number; readonly status: StepStatus }>(
  steps: readonly Step[],
  after: number,
): Step[] {
  return steps.filter(({ index, status }) => index > after && status === 'PENDING');
}
