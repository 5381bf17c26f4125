/** GraphQL over HTTP: from a Fastify request to Apollo Server and back. */
import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../kernel/errors.js';
import type { RequestContext } from '../resolvers/context.js';
import type { Parameters } from './asked-operation.js';
import type { AdmittedOperation, OperationGate } from './operation-gate.js';

/** A request's context, and what happens once its document is known to be valid. */
export interface ServerContext extends RequestContext {
  readonly register?: AdmittedOperation['register'];
  /** Whether its text was published by the workspace. */
  readonly isPublished?: boolean;
}

export interface GraphqlRouteDeps {
  readonly apollo: ApolloServer<ServerContext>;
  readonly gate: OperationGate;
  contextOf(request: FastifyRequest): RequestContext;
}

export function graphqlRoute({ apollo, gate, contextOf }: GraphqlRouteDeps) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
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

const searchOf = ({ url }: FastifyRequest): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '');

/** What is asked, from where Apollo Server will look for it: the body of a POST, the query string of a GET. */
function parametersOf(request: FastifyRequest): Parameters {
  if (request.method === 'POST') return isObject(request.body) ? request.body : {};
  const search = new URLSearchParams(searchOf(request));
  const once = (name: string): string | undefined => {
    const values = search.getAll(name);
    // Two readers of one request must not see two operations.
    if (values.length > 1) throw new GatewayError('BAD_REQUEST', `${name} may be given once.`);
    return values[0];
  };
  return { query: once('query'), documentId: once('documentId'), extensions: parsed(once('extensions')) };
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new GatewayError('BAD_REQUEST', 'extensions must be JSON.');
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The request with the text that was admitted in place of whatever named it. */
function toApollo(request: FastifyRequest, text: string | undefined): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const { method, body } = request;
  if (text === undefined) return { method, headers, search: searchOf(request), body };
  if (method === 'POST') return { method, headers, search: '', body: withText(body as Parameters, text) };
  const search = new URLSearchParams(searchOf(request));
  search.set('query', text);
  if (isObject(parsed(search.get('extensions') ?? undefined))) search.delete('extensions');
  return { method, headers, search: `?${search}`, body: undefined };
}

// What is malformed stays, so that Apollo Server refuses it.
function withText({ documentId: _, extensions, ...others }: Parameters, text: string): object {
  return { ...others, query: text, ...(extensions !== undefined && !isObject(extensions) && { extensions }) };
}
