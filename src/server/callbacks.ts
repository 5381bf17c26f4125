/** `POST /callbacks/<provider>`: delivery reports, whose signatures cover the body as it came. */
import type { FastifyInstance } from 'fastify';
import type { CallbackRequest } from '../providers/callback.js';
import type { Gateway } from '../resolvers/context.js';
import type { Logger } from '../telemetry/logger.js';

export interface CallbackDeps {
  readonly gateway: Pick<Gateway, 'receiveCallback'>;
  /** What vendors were given, and sign: never the Host header. */
  readonly publicUrl: string;
  readonly logger: Logger;
}

/** What vendors send; SNS calls its JSON plain text. */
const MEDIA_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'];

/** Its parsers are its own: everywhere else a body is JSON and nothing else. */
export function registerCallbacks(app: FastifyInstance, { gateway, publicUrl, logger }: CallbackDeps): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(MEDIA_TYPES, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    scope.post<{ Params: { provider: string }; Body: Buffer | undefined }>(
      '/callbacks/:provider',
      async (request, reply) => {
        const { provider } = request.params;
        const call: CallbackRequest = {
          url: `${publicUrl}${request.url}`,
          headers: singleHeaders(request.headers),
          body: request.body ?? Buffer.alloc(0),
        };
        const outcome = await gateway.receiveCallback(provider, call, request.id);
        void reply.header('cache-control', 'no-store');
        if (outcome.outcome === 'UNKNOWN') return reply.callNotFound();
        if (outcome.outcome === 'REFUSED') {
          logger.warn({ requestId: request.id, provider, reason: outcome.reason }, 'callback refused');
          return reply.code(403).send({ status: 'refused' });
        }
        return reply.code(204).send();
      },
    );
  });
}

/** A header that was sent twice is none: which of the two was signed cannot be told. */
function singleHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? undefined : value]),
  );
}
