/**
 * The closed list of error codes that may leave the process, and the one class that carries them.
 * Expected refusals of a verification are data (`Refused`), never one of these.
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'IDEMPOTENCY_CONFLICT',
  'PERSISTED_QUERY_NOT_FOUND',
  'OPERATION_NOT_ALLOWED',
  'QUERY_TOO_COMPLEX',
  'PROVIDER_UNAVAILABLE',
  'SERVICE_UNAVAILABLE',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a program may read beside the code. */
export interface ErrorDetails {
  /** Whole seconds after which the same call may succeed. */
  retryAfterSeconds?: number;
  /** Path of the argument at fault, for example `input.phoneNumber`. */
  argument?: string;
  /** What is wrong with it, in words meant for a developer. */
  reason?: string;
}

/** An accident or a misuse with a public code and message. `cause` is for the log and never leaves. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** A `BAD_USER_INPUT` that names the argument and says what it should have been. */
export function badInput(argument: string, reason: string): GatewayError {
  return new GatewayError('BAD_USER_INPUT', `${argument}: ${reason}`, { argument, reason });
}
