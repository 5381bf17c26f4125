/** A request of GraphQL over HTTP: what it asks for, what runs it is told of it, and how Apollo Server is handed it. */
import type { IncomingHttpHeaders } from 'node:http';
import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { GatewayError } from '../kernel/errors.js';
import type { RequestContext } from '../resolvers/context.js';
import type { Parameters } from './asked-operation.js';
import { EVENT_STREAM } from './event-stream.js';
import type { AdmittedOperation } from './operation-gate.js';

/** A request's context, and what happens once its document is known to be valid. */
export interface ServerContext extends RequestContext {
  readonly register?: AdmittedOperation['register'];
  /** Whether its text was published by the workspace. */
  readonly isPublished?: boolean;
  /** Present where the answer is a stream: takes the events of a subscription. */
  readonly subscribed?: (events: AsyncGenerator<ExecutionResult, void>) => void;
  /** Whether a GET asks for it, which may change nothing. */
  readonly isGet?: boolean;
}

/** Whether the answer is to be a stream (RFC 9110 section 12.5.1; nobody weighs one answer of GraphQL with another). */
export const asksForEvents = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === EVENT_STREAM) ?? false;

const searchOf = ({ url }: FastifyRequest): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '');

/** What is asked, from where Apollo Server will look for it: the body of a POST, the query string of a GET. */
export function parametersOf(request: FastifyRequest): Parameters {
  if (request.method === 'POST') return isObject(request.body) ? request.body : {};
  const search = new URLSearchParams(searchOf(request));
  const once = (name: string): string | undefined => {
    const values = search.getAll(name);
    // Two readers of one request must not see two operations.
    if (values.length > 1) throw new GatewayError('BAD_REQUEST', `${name} may be given once.`);
    return values[0];
  };
  return {
    query: once('query'),
    documentId: once('documentId'),
    extensions: parsed('extensions', once('extensions')),
  };
}

function parsed(name: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new GatewayError('BAD_REQUEST', `${name} must be JSON.`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

// No page can send a key header or these schemes without a preflight (WHATWG Fetch, "CORS-safelisted request-header"), so
// they are proof of their own. `Basic` is none: a browser adds it by itself once somebody has logged in by its dialog.
const isPreflighted = ({ authorization = '', 'x-api-key': apiKey }: IncomingHttpHeaders): boolean =>
  apiKey !== undefined || /^(bearer|accesskey) /i.test(authorization);

/**
 * The same for an answer that is streamed: Apollo Server is asked for its JSON, and for what a GET asks as for a POST,
 * because it knows no subscriptions by GET.
 */
export function toStreamedApollo(request: FastifyRequest, text: string | undefined): HTTPGraphQLRequest {
  const { headers, body, search } = toApollo(request, text);
  headers.set('accept', 'application/json');
  if (request.method === 'POST') return { method: 'POST', headers, search, body };
  const given = new URLSearchParams(search);
  const asked = { query: given.get('query') ?? '', operationName: given.get('operationName') };
  const variables = parsed('variables', given.get('variables') ?? undefined) ?? null;
  return { method: 'POST', headers, search: '', body: { ...asked, variables } };
}

/** The request with the text that was admitted in place of whatever named it. */
export function toApollo(request: FastifyRequest, text: string | undefined): HTTPGraphQLRequest {
  const headers = headersOf(request);
  const { method, body } = request;
  // A POST proves by its media type that no form of another site sent it, whatever its credential.
  if (method === 'GET' && isPreflighted(request.headers)) headers.set('apollo-require-preflight', 'true');
  if (text === undefined) return { method, headers, search: searchOf(request), body };
  if (method === 'POST') return { method, headers, search: '', body: withText(body as Parameters, text) };
  const search = new URLSearchParams(searchOf(request));
  search.set('query', text);
  if (isObject(parsed('extensions', search.get('extensions') ?? undefined))) search.delete('extensions');
  return { method, headers, search: `?${search}`, body: undefined };
}

// What is malformed stays, so that Apollo Server refuses it.
function withText({ documentId: _, extensions, ...others }: Parameters, text: string): object {
  return { ...others, query: text, ...(extensions !== undefined && !isObject(extensions) && { extensions }) };
}
