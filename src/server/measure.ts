/** What `/metrics` tells of requests, and the route itself. */
import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../telemetry/metrics.js';
import type { ServerContext } from './graphql-request.js';

/** Counts operations, how long they took, and the errors that they answered with. */
export function measurement(metrics: Metrics): ApolloServerPlugin<ServerContext> {
  return {
    async requestDidStart() {
      const startedAt = performance.now();
      return {
        async willSendResponse({ response, contextValue, operationName }) {
          const result = response.body.kind === 'single' ? response.body.singleResult : undefined;
          const codes = result?.errors?.map(({ extensions }) => String(extensions?.['code'])) ?? [];
          for (const code of codes) metrics.error(code);
          // The name of a text that nobody has published is its sender's to choose, request by request.
          const operation = contextValue.isPublished ? (operationName ?? undefined) : undefined;
          metrics.request(operation, codes[0] ?? 'OK', (performance.now() - startedAt) / 1000);
        },
      };
    },
  };
}

/** `/metrics`: text for Prometheus. Asks for no credential, so a proxy must not pass it on. */
export function registerMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', async (_, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text()),
  );
}
