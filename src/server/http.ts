/** The HTTP surface: which steps a request goes through, in order, and the routes. */
import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import fastify, { errorCodes, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { authenticate, type CredentialReaders } from '../access/authenticate.js';
import type { Principal } from '../access/principal.js';
import type { RateLimiter } from '../access/rate-limiter.js';
import { clientOf } from '../kernel/client-ip.js';
import type { Config } from '../kernel/config.js';
import { GatewayError } from '../kernel/errors.js';
import { isWithin, parseRange } from '../kernel/ip-address.js';
import type { Gateway, RequestContext } from '../resolvers/context.js';
import type { SigningKeys } from '../sessions/signing-keys.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import { runInRequest } from '../telemetry/request-scope.js';
import { answerError } from './answer-error.js';
import { registerCallbacks } from './callbacks.js';
import { answerClientError, refuseExpectations } from './client-errors.js';
import { registerCors } from './cors.js';
import { eventRoute } from './event-route.js';
import type { EventStreams } from './event-streams.js';
import type { ServerContext } from './graphql-request.js';
import { graphqlRoute } from './graphql-route.js';
import { type InboxDeps, registerInbox } from './inbox.js';
import { registerLinkPages } from './link-pages.js';
import { registerMetrics } from './measure.js';
import { methodsByPath } from './methods-by-path.js';
import type { OperationGate } from './operation-gate.js';
import { registerPageFiles, sendPage } from './pages.js';
import { type Probes, registerProbes } from './probes.js';
import { registerTracing } from './trace-requests.js';
import { registerWellKnown } from './well-known.js';

/** Bytes of a request body at most: comments are no tokens, so the token limit alone would let megabytes through. */
export const BODY_LIMIT = 100_000;

export interface HttpDeps {
  readonly config: Config;
  readonly apollo: ApolloServer<ServerContext>;
  readonly gate: OperationGate;
  readonly streams: EventStreams;
  readonly credentials: CredentialReaders;
  readonly limiter: RateLimiter;
  readonly gateway: Gateway;
  readonly probes: Probes;
  readonly signingKeys: SigningKeys;
  readonly inbox: InboxDeps;
  readonly sdl: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

// What Apollo Server reads it with takes time by the square of the spaces in it: a tenth of a second for 14 kB.
const LONGEST_MEDIA_TYPE = 255;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Makes the server with all its routes. It listens nowhere yet. */
export async function createHttp(deps: HttpDeps): Promise<FastifyInstance> {
  const { config, logger, metrics } = deps;
  const sendError = (reply: FastifyReply, thrown: unknown) => answerError(reply, thrown, logger, metrics);
  const proxies = config.trustedProxies.map(parseRange).filter((range) => range !== undefined);
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    // Ranges, never `true` or a number: the client's address decides about its limits, so it must not be its own to say.
    // Fastify's own reading of them takes a proxy that is told with its port for the client.
    trustProxy: proxies.length > 0 && ((address: string | undefined) => isWithin(proxies, address ?? '')),
    requestTimeout: 30_000,
    clientErrorHandler: answerClientError,
    forceCloseConnections: 'idle',
    // A request that comes over a connection in use is answered like any other, and the connection then closed: Fastify's
    // own answer has neither the form of this API nor its headers.
    return503OnClosing: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // A path that is no path is refused before any hook: this answer is made by hand.
    frameworkErrors: (error, request, reply) => {
      // Fastify's own message repeats the path, which may be that of a link.
      error.message = 'The path of the request is not well-formed.';
      runInRequest(request.id, () => void sendError(reply.header('x-request-id', request.id), error));
    },
  });
  refuseExpectations(app.server);
  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    const isTooLong = (request.headers['content-type']?.length ?? 0) > LONGEST_MEDIA_TYPE;
    runInRequest(request.id, () => done(isTooLong ? new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE() : undefined));
  });
  registerTracing(app, proxies);
  app.setErrorHandler((error, _, reply) => sendError(reply, error));
  const methodsAt = methodsByPath(app);
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(request.url);
    // The path is not repeated: it may be that of a link, which is a secret.
    const message = `There is nothing for ${request.method} at this path.`;
    if (methods.length === 0) return sendError(reply, new GatewayError('NOT_FOUND', message));
    return sendError(reply.header('allow', methods.join(', ')), Object.assign(new Error(message), { statusCode: 405 }));
  });
  await registerCors(app, config.corsOrigins);
  registerProbes(app, deps.probes);
  registerMetrics(app, metrics);
  registerWellKnown(app, config.publicUrl, deps.signingKeys);
  await registerLinkPages(app, { ...deps, publicUrl: config.publicUrl });
  registerCallbacks(app, { gateway: deps.gateway, publicUrl: config.publicUrl, logger });
  registerGraphql(app, deps);
  await registerPages(app, deps);
  return app;
}

function registerGraphql(
  app: FastifyInstance,
  { config, apollo, gate, streams, credentials, limiter, gateway, sdl, logger, metrics }: HttpDeps,
): void {
  const principalOf = (request: FastifyRequest) => authenticate(credentials, request.headers, request.ip);
  const identify = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    void reply.header('cache-control', 'no-store');
    request.principal = await principalOf(request);
  };
  const contextOf = (request: FastifyRequest): RequestContext => ({
    requestId: request.id,
    principal: request.principal,
    clientIp: clientOf(request.ip),
    limiter,
    gateway,
  });
  const running = { apollo, gate, contextOf };
  const events = eventRoute({ ...running, streams, logger, metrics, identify: principalOf });
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    // What asks by HEAD would be run, and told to nobody: a mutation that is no POST, a stream that nobody hangs up.
    exposeHeadRoute: false,
    onRequest: identify,
    handler: graphqlRoute({ ...running, events }),
  });
  app.get('/schema.graphql', { onRequest: identify }, (request, reply) => {
    if (config.production && request.principal?.kind !== 'SECRET_KEY') {
      const code = request.principal ? 'FORBIDDEN' : 'UNAUTHENTICATED';
      throw new GatewayError(code, 'In production the schema is shown to secret keys.');
    }
    return reply.type('text/plain; charset=utf-8').send(sdl);
  });
}

async function registerPages(app: FastifyInstance, { config, inbox }: HttpDeps): Promise<void> {
  if (config.playground || config.inbox) await registerPageFiles(app);
  if (config.playground) app.get('/playground', (_, reply) => sendPage(reply, 'playground'));
  if (config.inbox) await registerInbox(app, inbox);
}
