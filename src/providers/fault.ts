/** What can go wrong with a call to a provider: one place says what it means for the message. */

/**
 * - `FINAL`: this message will never reach its recipient this way. The provider itself is well.
 * - `RETRY`: not now: throttled, or a mailbox that is full. The provider itself is well.
 * - `DOWN`: it cannot be used: nothing was sent, or its answer says that nothing was taken.
 * - `UNCLEAR`: it may have taken the message: the request was written, and no answer that can be read came back.
 */
export type FaultKind = 'FINAL' | 'RETRY' | 'DOWN' | 'UNCLEAR';

/**
 * A provider could not do what it was asked.
 * `reason` goes into the step's `failureReason`: the gateway's own words, nothing of the provider's answer.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  constructor(
    readonly kind: FaultKind,
    readonly reason: string,
    cause?: unknown,
    /** How long the provider asks to be left alone. */
    readonly retryAfterSeconds?: number,
    /** False where the vendor was left alone: nothing has left the process. */
    readonly isAsked = true,
  ) {
    super(reason, { cause });
  }
}

/** A fault of the gateway's own is tried again like a provider's: the next process may be a mended one. */
export function asProviderError(error: unknown): ProviderError {
  return error instanceof ProviderError ? error : new ProviderError('RETRY', 'the gateway could not send it', error);
}

/** What an answer with an HTTP status other than 2xx means (RFC 9110 section 15). */
export function faultOfStatus(provider: string, status: number, retryAfterSeconds?: number): ProviderError {
  const because = `${provider} answered with status ${status}`;
  if (status === 429) return new ProviderError('RETRY', `${provider} is throttling`, undefined, retryAfterSeconds);
  if (status === 401 || status === 403) return new ProviderError('DOWN', `${provider} refused the credentials`);
  // A redirect is never followed: it would carry the credentials to an address that nobody configured.
  if (status < 400) return new ProviderError('DOWN', because);
  // Said by an intermediary, which does not know what became of the request behind it.
  if (status === 502 || status === 504) return new ProviderError('UNCLEAR', because);
  if (status >= 500 || status === 408) return new ProviderError('DOWN', because, undefined, retryAfterSeconds);
  if (status === 409 || status === 425) return new ProviderError('RETRY', because);
  return new ProviderError('FINAL', because);
}

/** A success whose answer does not say what came of it: it may have been taken. */
export const unreadable = (provider: string): ProviderError =>
  new ProviderError('UNCLEAR', `${provider} gave an answer that cannot be read`);

/**
 * What an exception of the transport means. Until the request was begun nothing can have been taken; after that
 * anything can.
 * @param begun whether the request was on its way to the socket
 */
export function faultOfTransport(provider: string, error: unknown, begun: boolean): ProviderError {
  const code = (error as { code?: unknown } | undefined)?.code;
  const why = typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? ` (${code})` : '';
  // The exception itself is left behind: it can carry the request, and the request carries credentials.
  return begun
    ? new ProviderError('UNCLEAR', `${provider} did not answer${why}`)
    : new ProviderError('DOWN', `${provider} could not be reached${why}`);
}
