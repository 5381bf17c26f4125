/** A span for every request: what was asked for by its route and operation, never by its path. */
import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type IpRange, isWithin } from '../kernel/ip-address.js';
import { describeSpan, isTracing, type OpenSpan, openSpan, SpanKind } from '../telemetry/tracing.js';
import type { ServerContext } from './graphql-request.js';

/** What machines ask all day. */
const UNTRACED = ['/livez', '/readyz', '/metrics'];

/** @param trustedProxies whose `traceparent` is believed: anybody else could write into the traces of others */
export function registerTracing(app: FastifyInstance, trustedProxies: readonly IpRange[]): void {
  if (!isTracing()) return;
  const isTrusted = ({ socket }: FastifyRequest) => isWithin(trustedProxies, socket.remoteAddress ?? '');
  const open = new WeakMap<FastifyRequest, OpenSpan>();

  app.addHook('onRequest', (request, _, done) => {
    // The template of the route: the path of a link is a secret.
    const route = request.routeOptions.url;
    if (route !== undefined && UNTRACED.includes(route)) return done();
    const { traceparent } = request.headers;
    const span = openSpan(route === undefined ? request.method : `${request.method} ${route}`, {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': request.method,
        ...(route !== undefined && { 'http.route': route }),
        'gateway.request.id': request.id,
      },
      from: typeof traceparent === 'string' && isTrusted(request) ? { traceparent } : {},
    });
    if (!span) return done();
    open.set(request, span);
    span.run(done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = open.get(request);
    span?.set({ 'http.response.status_code': reply.statusCode });
    if (reply.statusCode >= 500) span?.fail(String(reply.statusCode));
    span?.end();
    done();
  });
}

/** Says which operation a request runs: its name where the workspace has published it, which nobody else chooses. */
export const operationTracing: ApolloServerPlugin<ServerContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, operationName, contextValue }) {
        const name = contextValue.isPublished ? operationName : null;
        describeSpan({
          ...(operation && { 'graphql.operation.type': operation.operation }),
          ...(name !== null && { 'graphql.operation.name': name }),
        });
      },
    };
  },
};
