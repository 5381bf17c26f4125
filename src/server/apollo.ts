/** Apollo Server as this gateway runs it. */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { RequestContext } from '../resolvers/context.js';
import type { Logger } from '../telemetry/logger.js';
import { formatError } from './format-error.js';
import { depthLimit, MAX_TOKENS, rootFieldLimit } from './operation-limits.js';

export function createApollo(schema: GraphQLSchema, logger: Logger, production: boolean): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    maxRecursiveSelections: true,
    validationRules: [rootFieldLimit, depthLimit],
    formatError: (_, error) => formatError(error, logger),
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: { debug() {}, info() {}, warn: (text) => logger.warn(text), error: (text) => logger.error(text) },
    plugins: [
      // Each of these would be on by default; cache control alone doubles the cost of a list.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      retryAfter,
    ],
  });
}

/** RFC 9110 section 10.2.3, for clients and proxies that do not read the body. */
const retryAfter: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, errors }) {
        if (!errors || response.body.kind !== 'single') return;
        const seconds = response.body.singleResult.errors?.map((error) =>
          Number(error.extensions?.['retryAfterSeconds'] ?? 0),
        );
        const longest = Math.max(0, ...(seconds ?? []));
        if (longest > 0) response.http.headers.set('retry-after', String(longest));
      },
    };
  },
};
