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
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import { isTracing } from '../telemetry/tracing.js';
import type { DocumentStore } from './document-store.js';
import { formatError } from './format-error.js';
import type { ServerContext } from './graphql-request.js';
import { introspectionLimit } from './introspection-limit.js';
import { listLimit } from './list-limit.js';
import { measurement } from './measure.js';
import {
  depthLimit,
  MAX_COERCION_ERRORS,
  MAX_TOKENS,
  MAX_VALIDATION_ERRORS,
  rootFieldLimit,
} from './operation-limits.js';
import { subscriptions } from './subscriptions.js';
import { operationTracing } from './trace-requests.js';

export interface ApolloDeps {
  readonly schema: GraphQLSchema;
  readonly documents: DocumentStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly production: boolean;
}

export function createApollo({
  schema,
  documents,
  logger,
  metrics,
  production,
}: ApolloDeps): ApolloServer<ServerContext> {
  return new ApolloServer<ServerContext>({
    schema,
    documentStore: documents,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // Apollo's own cache knows no workspaces, and callers can push out each other's: see operation-gate.
    persistedQueries: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS },
    executionOptions: { maxCoercionErrors: MAX_COERCION_ERRORS },
    maxRecursiveSelections: true,
    validationRules: [rootFieldLimit, depthLimit, listLimit, introspectionLimit],
    formatError: (_, error) => formatError(error, logger),
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    // What follows the colon is an error's message, which repeats the document that it is about.
    logger: { debug() {}, info() {}, warn: (text) => logger.warn(text), error: (text) => logger.error(headOf(text)) },
    plugins: [
      // Each of these would be on by default; cache control alone doubles the cost of a list.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      retryAfter,
      registration,
      subscriptions(logger),
      measurement(metrics),
      ...(isTracing() ? [operationTracing] : []),
    ],
  });
}

const headOf = (text: unknown): string => String(text).split(':', 1)[0] as string;

/** RFC 9110 section 10.2.3, for clients and proxies that do not read the body. */
const retryAfter: ApolloServerPlugin<ServerContext> = {
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

/** Keeps a text only after it was parsed and validated: what cannot run takes nobody's place. */
const registration: ApolloServerPlugin<ServerContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ contextValue }) {
        contextValue.register?.();
      },
    };
  },
};
