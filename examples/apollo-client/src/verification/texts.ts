/** Everything that can go wrong, in a customer's words: what happened, and what to do now. */
import { CombinedGraphQLErrors } from '@apollo/client';
import type { ProblemCode, ProgressFragment } from '../generated/graphql';

const PROBLEMS: Record<ProblemCode, string> = {
  ALREADY_VERIFIED: 'You have confirmed this one already.',
  ATTEMPTS_EXHAUSTED: 'That was the last try. Ask for a new code.',
  CANCELED: 'This was canceled. Ask for a new code.',
  CHANNEL_NOT_AVAILABLE: 'We cannot send codes this way at the moment.',
  CODE_INCORRECT: 'This code is not right.',
  CONTACT_IN_USE: 'This one cannot be used here. Try another.',
  COUNTRY_NOT_ELIGIBLE: 'We cannot send codes to this country.',
  EXPIRED: 'This code is no longer good. Ask for a new one.',
  FINISHED: 'This is done already. Ask for a new code if you need one.',
  NOT_FOUND: 'We do not know this code any more. Ask for a new one.',
  NOT_REQUIRED: 'There is nothing to confirm.',
  NOT_VERIFIED: 'This one is not confirmed.',
  NO_NEXT_STEP: 'We could not deliver the code. Check what you entered, and ask for a new one.',
  REDIRECT_NOT_ALLOWED: 'We cannot send you back to that page.',
  SESSION_ENDED: 'You were signed out. Sign in again.',
  TOO_MANY: 'Too many codes were sent. Try again later.',
  TOO_SOON: 'A code was sent a moment ago.',
};

/** @param retryAfterSeconds where the gateway says when the same will be allowed */
export function problemText(code: ProblemCode, retryAfterSeconds?: number | null): string {
  // A gateway that is newer than this page may have more codes; each is a refusal.
  const text = PROBLEMS[code] ?? 'This is not possible now.';
  return retryAfterSeconds ? `${text} Try again in ${durationText(retryAfterSeconds)}.` : text;
}

/** What there is to say after a code that was wrong. */
export function incorrectText(attemptsLeft: number): string {
  if (attemptsLeft === 0) return `${PROBLEMS.CODE_INCORRECT} ${PROBLEMS.ATTEMPTS_EXHAUSTED}`;
  return `${PROBLEMS.CODE_INCORRECT} ${attemptsLeft} ${attemptsLeft === 1 ? 'try' : 'tries'} left.`;
}

/** What became of a verification that takes no codes any more; nothing for one that does. */
export function endedText({ status, attemptsLeft }: ProgressFragment): string {
  if (status === 'EXPIRED') return PROBLEMS.EXPIRED;
  if (status === 'CANCELED') return PROBLEMS.CANCELED;
  if (status === 'FAILED') return attemptsLeft === 0 ? PROBLEMS.ATTEMPTS_EXHAUSTED : PROBLEMS.NO_NEXT_STEP;
  return '';
}

/** What a call that was not answered, or answered with an error, means for the customer. */
export function failureText(error: unknown): string {
  if (!CombinedGraphQLErrors.is(error)) return 'The service cannot be reached. Check your connection and try again.';
  const { code, retryAfterSeconds } = error.errors[0]?.extensions ?? {};
  if (code === 'BAD_USER_INPUT') return 'This does not look right. Check what you entered.';
  if (code === 'RATE_LIMITED') return `Too many tries. Try again in ${durationText(Number(retryAfterSeconds))}.`;
  return 'Something went wrong on our side. Try again in a moment.';
}

function durationText(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : 'a few hours';
}
