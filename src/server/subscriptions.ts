/**
 * Subscriptions, which Apollo Server does not run: it has parsed, validated and limited the document as any other, and
 * is answered here in place of an execution.
 */
import { type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import { type ExecutionResult, GraphQLError, Kind, OperationTypeNode, subscribe } from 'graphql';
import { GatewayError } from '../kernel/errors.js';
import type { Logger } from '../telemetry/logger.js';
import { formatError } from './format-error.js';
import type { ServerContext } from './graphql-request.js';

type Asked = GraphQLRequestContext<ServerContext>;
type Answer = { status?: number; errors?: readonly unknown[] };

export function subscriptions(logger: Logger): ApolloServerPlugin<ServerContext> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation(asked) {
          // Whatever its type says, there is none where the name that was asked for is of no operation.
          const kind = asked.operation?.operation as OperationTypeNode | undefined;
          const { isGet = false } = asked.contextValue;
          if (kind === undefined || kind === OperationTypeNode.QUERY || (kind === OperationTypeNode.MUTATION && !isGet))
            return null;
          const { status, errors } = kind === OperationTypeNode.MUTATION ? BY_GET : await open(asked);
          return {
            http: { ...(status !== undefined && { status }), headers: new HeaderMap() },
            body: {
              kind: 'single',
              singleResult: errors ? { errors: errors.map((error) => formatError(error, logger)) } : { data: null },
            },
          };
        },
      };
    },
  };
}

const refused = (status: number, message: string): Answer => ({
  status,
  errors: [new GatewayError('BAD_REQUEST', message)],
});

const BY_GET = refused(405, 'A mutation is sent by POST.');
const NO_STREAM = refused(406, 'A subscription is answered by server-sent events: send Accept: text/event-stream.');

/** Hands the events over to whoever streams them. */
async function open({ schema, document, request, contextValue }: Asked): Promise<Answer> {
  const { subscribed } = contextValue;
  if (!subscribed || !document) return NO_STREAM;
  const opened = await subscribe({
    schema,
    document,
    contextValue,
    variableValues: request.variables ?? null,
    operationName: request.operationName ?? null,
  });
  if (!(Symbol.asyncIterator in opened)) return { errors: opened.errors?.map(asBadInput) ?? [] };
  subscribed(opened as AsyncGenerator<ExecutionResult, void>);
  return {};
}

// Apollo Server marks what it executes itself: a variable that does not fit is the caller's fault.
function asBadInput(error: GraphQLError): GraphQLError {
  const isOfVariable = error.nodes?.length === 1 && error.nodes[0]?.kind === Kind.VARIABLE_DEFINITION;
  if (!isOfVariable || error.extensions['code'] !== undefined) return error;
  const { message, nodes, originalError } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    originalError: originalError ?? error,
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
