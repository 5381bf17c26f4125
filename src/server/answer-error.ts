/** An error outside GraphQL's execution, in GraphQL's own shape. */
import type { FastifyReply } from 'fastify';
import { GatewayError } from '../kernel/errors.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import { formatError } from './format-error.js';

const STATUS: Partial<Record<string, number>> = {
  // As Apollo Server answers it: a client that gets another status does not send the text next.
  PERSISTED_QUERY_NOT_FOUND: 200,
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  OPERATION_NOT_ALLOWED: 403,
  SERVICE_UNAVAILABLE: 503,
  NOT_FOUND: 404,
};

/** Answers with the status of the error's code, and counts it. Nothing internal leaves: `formatError` words it. */
export function answerError(reply: FastifyReply, thrown: unknown, logger: Logger, metrics: Metrics): FastifyReply {
  const { statusCode } = thrown as { statusCode?: number };
  // Fastify's own refusals (malformed JSON, too large a body, a media type it does not read) carry a 4xx status.
  const refused = statusCode !== undefined && statusCode >= 400 && statusCode < 500;
  const error = refused ? new GatewayError('BAD_REQUEST', (thrown as Error).message) : thrown;
  const formatted = formatError(error, logger);
  const { code } = formatted.extensions;
  metrics.error(code);
  if (code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
  return reply
    .code(refused ? statusCode : (STATUS[code] ?? 500))
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send({ errors: [formatted] });
}
