/** Expected refusals: values of a use case, never exceptions. */
export const PROBLEMS = {
  NOT_FOUND: 'There is no such customer or verification.',
  CONTACT_IN_USE: 'Another customer of this workspace has verified this contact.',
  ALREADY_VERIFIED: 'This customer has already verified this contact.',
  NOT_REQUIRED: 'Contact verification is not required of this customer.',
  CODE_INCORRECT: 'The code is not correct.',
  EXPIRED: 'The verification has expired; send a new one.',
  ATTEMPTS_EXHAUSTED: 'All attempts of this verification are spent; send a new one.',
  CANCELED: 'The verification was canceled.',
  FINISHED: 'The verification is finished.',
  TOO_SOON: 'It is too early to send again.',
  TOO_MANY: 'A cap on messages, or on wrong guesses at this contact, is reached.',
  COUNTRY_NOT_ELIGIBLE: 'The workspace sends no codes to this country.',
  CHANNEL_NOT_AVAILABLE: 'No provider is configured for this channel and mode.',
  REDIRECT_NOT_ALLOWED: 'The redirect URI is not on the list of the workspace.',
  NO_NEXT_STEP: 'The verification has no such step left.',
  NOT_VERIFIED: 'This contact is not verified.',
  SESSION_ENDED: 'The session has ended.',
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface Refusal {
  readonly outcome: 'REFUSED';
  readonly code: ProblemCode;
  readonly message: string;
  /** Seconds after which the same call may succeed. */
  readonly retryAfterSeconds: number | null;
}

/** A refusal in the words of its code. @param retryAfterSeconds null where no time can be told */
export function refusal(code: ProblemCode, retryAfterSeconds: number | null = null): Refusal {
  return { outcome: 'REFUSED', code, message: PROBLEMS[code], retryAfterSeconds };
}
