/** The one exit for errors: a code of the closed list, a public message, the request's id, and nothing else. */
import type { GraphQLFormattedError } from 'graphql';
import { isCanceled, isUnavailable } from '../entities/database.js';
import { ERROR_CODES, type ErrorCode, type ErrorDetails, GatewayError } from '../kernel/errors.js';
import type { Logger } from '../telemetry/logger.js';
import { currentRequestId } from '../telemetry/request-scope.js';
import { MAX_COERCION_ERRORS, MAX_TOKENS } from './operation-limits.js';
import { coercionOf, withoutValues } from './without-values.js';

export type FormattedError = GraphQLFormattedError & {
  extensions: ErrorDetails & { code: ErrorCode; requestId?: string };
};

const KNOWN = new Set<string>(ERROR_CODES);
// graphql-js gives it neither a code nor a place, and a caller who sends six wrong variables is no fault of the server.
const TOO_MANY_COERCIONS = 'Too many errors processing variables, error limit reached. Execution aborted.';
// Told from a document that is misspelled by its words alone; compared whole, as a caller's text may hold them.
const TOO_MANY_TOKENS = `Syntax Error: Document contains more that ${MAX_TOKENS} tokens. Parsing aborted.`;

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
  if (graphql.extensions?.['validationErrorCode'] === 'INTROSPECTION_DISABLED') {
    return as(
      'GRAPHQL_VALIDATION_FAILED',
      'There is no introspection in production; read /schema.graphql with a secret key.',
    );
  }
  if (code === 'GRAPHQL_PARSE_FAILED' && graphql.message === TOO_MANY_TOKENS) {
    return as('QUERY_TOO_COMPLEX', `A document has at most ${MAX_TOKENS} tokens.`);
  }
  if (!known && typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') {
    const { message } = graphql;
    const coercion = coercionOf(message, (causeOf(error) as Error | undefined)?.message);
    if (code === 'BAD_USER_INPUT' && coercion) {
      return as(code, `${coercion.argument}: ${coercion.reason}`, { ...coercion });
    }
    const details = code === 'BAD_USER_INPUT' ? { argument: 'variables', reason: withoutValues(message) } : {};
    return as(KNOWN.has(code) ? (code as ErrorCode) : 'BAD_REQUEST', withoutValues(message), details);
  }
  if (graphql.message === TOO_MANY_COERCIONS) {
    const reason = `Only the first ${MAX_COERCION_ERRORS} faults are told.`;
    return as('BAD_USER_INPUT', `variables: ${reason}`, { argument: 'variables', reason });
  }
  logger.error({ err: originOf(error), requestId }, 'request failed');
  if (isUnavailable(originOf(error)) || isCanceled(originOf(error)))
    return as('SERVICE_UNAVAILABLE', 'The gateway cannot answer right now; try again.');
  return as('INTERNAL_SERVER_ERROR', 'Something went wrong; the request id finds it in the log.');
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
