/** GraphQL over HTTP: from a Fastify request to Apollo Server and back. */
import type { ApolloServer } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../resolvers/context.js';
import type { EventRoute } from './event-route.js';
import { asksForEvents, parametersOf, type ServerContext, toApollo } from './graphql-request.js';
import type { OperationGate } from './operation-gate.js';

export interface GraphqlRouteDeps {
  readonly apollo: ApolloServer<ServerContext>;
  readonly gate: OperationGate;
  contextOf(request: FastifyRequest): RequestContext;
  /** Answers who asks for server-sent events. */
  readonly events: EventRoute;
}

export function graphqlRoute({ apollo, gate, contextOf, events }: GraphqlRouteDeps) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (asksForEvents(request)) return events(request, reply);
    const admitted = await gate(request.principal, parametersOf(request));
    const { register, isPublished = false } = admitted ?? {};
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: toApollo(request, admitted?.text),
      context: async () => ({ ...contextOf(request), isPublished, ...(register && { register }) }),
    });
    for (const [name, value] of answer.headers) void reply.header(name, value);
    void reply.code(answer.status ?? 200);
    // Nothing in the schema can be deferred, so an answer is always whole.
    if (answer.body.kind !== 'complete') throw new TypeError('An answer in parts');
    return reply.send(answer.body.string);
  };
}
