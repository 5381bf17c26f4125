/** `/graphql` for those who accept `text/event-stream`: every operation, and subscriptions nowhere else. */
import type { ApolloServer } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import type { Principal } from '../access/principal.js';
import { GatewayError } from '../kernel/errors.js';
import type { RequestContext } from '../resolvers/context.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';
import { EVENT_STREAM, type EventStream } from './event-stream.js';
import { type EventStreams, isRefused } from './event-streams.js';
import { formatError } from './format-error.js';
import { parametersOf, type ServerContext, toStreamedApollo } from './graphql-request.js';
import type { OperationGate } from './operation-gate.js';

export type EventRoute = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

export interface EventRouteDeps {
  readonly apollo: ApolloServer<ServerContext>;
  readonly gate: OperationGate;
  readonly streams: EventStreams;
  readonly logger: Logger;
  readonly metrics: Metrics;
  contextOf(request: FastifyRequest): RequestContext;
  /** The principal of a request, read anew. @throws {GatewayError} UNAUTHENTICATED */
  identify(request: FastifyRequest): Promise<Principal | undefined>;
}

/** A key is found in a cache that is five seconds old at most; a token costs a signature and a statement each time. */
const KEY_EVERY_MS = 1_000;
const TOKEN_EVERY_MS = 5_000;

type Events = AsyncGenerator<ExecutionResult, void>;

export function eventRoute(deps: EventRouteDeps): EventRoute {
  const { streams } = deps;
  return (request, reply) => {
    const stream = streams.open();
    void answer(deps, request, stream);
    // A proxy that gathers an answer before it passes it on would hold the events back (nginx).
    return reply.headers({ 'x-accel-buffering': 'no' }).type(`${EVENT_STREAM}; charset=utf-8`).send(stream.body);
  };
}

async function answer(deps: EventRouteDeps, request: FastifyRequest, stream: EventStream): Promise<void> {
  const { apollo, gate, contextOf, metrics, logger } = deps;
  const format = (error: unknown) => {
    const formatted = formatError(error, logger);
    metrics.error(formatted.extensions.code);
    return formatted;
  };
  const fail = (error: unknown): void => {
    void stream.next(JSON.stringify({ errors: [format(error)] }));
    stream.complete();
  };
  try {
    const admitted = await gate(request.principal, parametersOf(request));
    const { register, isPublished = false } = admitted ?? {};
    let events: Events | undefined;
    const context: ServerContext = {
      ...contextOf(request),
      isPublished,
      ...(register && { register }),
      signal: stream.signal,
      isGet: request.method === 'GET',
      subscribed: (opened) => {
        events = opened;
      },
    };
    const httpGraphQLRequest = toStreamedApollo(request, admitted?.text);
    const { body } = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => context });
    if (events) await tell(deps, request, stream, events, format, fail);
    else if (body.kind === 'complete') await stream.next(body.string);
    stream.complete();
  } catch (error) {
    fail(error);
  }
}

async function tell(
  { streams, identify, logger }: EventRouteDeps,
  request: FastifyRequest,
  stream: EventStream,
  events: Events,
  format: (error: unknown) => object,
  refuse: (error: unknown) => void,
): Promise<void> {
  const recheck = async (): Promise<void> => {
    if (!isSame(await identify(request), request.principal)) {
      throw new GatewayError('UNAUTHENTICATED', 'The credential is not what it was when the subscription was opened.');
    }
  };
  const everyMs = request.principal?.kind.endsWith('_KEY') ? KEY_EVERY_MS : TOKEN_EVERY_MS;
  streams.keep(stream, { recheck, everyMs, refuse });
  for await (const { data, errors } of events) {
    // A session that has ended is refused at once by every request, and is told nothing more here either.
    try {
      await recheck();
    } catch (error) {
      if (isRefused(error)) throw error;
      // After `complete` a client would not ask again, and never hear how it ended.
      logger.warn({ err: error }, 'the credential of a subscription could not be read: its client is to connect again');
      return stream.close();
    }
    await stream.next(JSON.stringify({ data, ...(errors && { errors: errors.map(format) }) }));
  }
}

const isSame = (now: Principal | undefined, then: Principal | undefined): boolean =>
  (['kind', 'workspaceId', 'mode', 'keyId', 'customerId', 'sessionId'] as const).every(
    (name) => now?.[name] === then?.[name],
  );
