/** The one exit for errors: a code of the closed list, a public message, the request's id, and nothing else. */
import type { GraphQLFormattedError } from 'graphql';
import { isUnavailable } from '../entities/database.js';
import { ERROR_CODES, type ErrorCode, type ErrorDetails, GatewayError } from '../kernel/errors.js';
import type { Logger } from '../telemetry/logger.js';
import { currentRequestId } from '../telemetry/request-scope.js';

export type FormattedError = GraphQLFormattedError & {
  extensions: ErrorDetails & { code: ErrorCode; requestId?: string };
};

const KNOWN = new Set<string>(ERROR_CODES);

/** Formats whatever was thrown. What is not meant for callers is logged and replaced. */
export function formatError(error: unknown, logger: Logger): FormattedError {
  const known = find(error, GatewayError);
  const requestId = currentRequestId();
  const graphql = error as GraphQLFormattedError;
  const place = {
    ...(graphql.locations && { locations: graphql.locations }),
    ...(graphql.path && { path: graphql.path }),
  };
  const as = (code: ErrorCode, message: string, details: ErrorDetails = {}): FormattedError => ({
    message,
    ...place,
    extensions: { code, ...details, ...(requestId !== undefined && { requestId }) },
  });

  if (known && known.code !== 'INTERNAL_SERVER_ERROR') {
    if (known.cause !== undefined) logger.warn({ err: known.cause, requestId }, known.message);
    return as(known.code, known.message, known.details);
  }
  const code = graphql.extensions?.['code'];
  if (!known && typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') {
    const { message } = graphql;
    return as(
      KNOWN.has(code) ? (code as ErrorCode) : 'BAD_REQUEST',
      message,
      code === 'BAD_USER_INPUT' ? coerced(message) : {},
    );
  }
  logger.error({ err: originOf(error), requestId }, 'request failed');
  if (isUnavailable(originOf(error)))
    return as('SERVICE_UNAVAILABLE', 'The gateway cannot answer right now; try again.');
  return as('INTERNAL_SERVER_ERROR', 'Something went wrong; the request id finds it in the log.');
}

// graphql-js says which variable, and where in it, only in its message:
// Variable "$input" got invalid value 3 at "input.code"; String cannot represent a non string value: 3
function coerced(message: string): ErrorDetails {
  const match = /^Variable "\$(\w+)"[^;]*?(?: at "([^"]+)")?; (.*)$/s.exec(message);
  const missing = /^Variable "\$(\w+)" of (?:required|non-null) type .*$/s.exec(message);
  return { argument: match?.[2] ?? match?.[1] ?? missing?.[1] ?? 'variables', reason: match?.[3] ?? message };
}

const causeOf = (error: unknown): unknown => (error as { originalError?: unknown } | undefined)?.originalError;

function find<T>(error: unknown, type: new (...args: never[]) => T): T | undefined {
  for (let at = error; at; at = causeOf(at)) if (at instanceof type) return at;
  return undefined;
}

function originOf(error: unknown): unknown {
  const cause = causeOf(error);
  return cause === undefined ? error : originOf(cause);
}
