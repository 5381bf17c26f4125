/** Events of a gateway as they happen, read by its API. */
import { setTimeout as pause } from 'node:timers/promises';
import { type GraphqlCall, UnreachableError } from './graphql-call.js';
import { tell } from './say.js';

export interface FedEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  readonly objectId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FeedOptions {
  /** Undefined: all. */
  readonly types: readonly string[] | undefined;
  /** Ends the feed. */
  readonly signal: AbortSignal;
  /** Told when the gateway is away, and when it is back. */
  notice(text: string): void;
}

const POLL_MS = 1_000;
/** An event stands in the list once what it tells of is committed, which may be after younger ones. */
const LATE_MS = 10_000;

const EVENTS = `query ($first: Int!, $after: String, $from: DateTime, $types: [String!], $reverse: Boolean!) {
  events(first: $first, after: $after, from: $from, types: $types, reverse: $reverse) {
    nodes { id type createdAt objectId data } pageInfo { hasNextPage endCursor } } }`;

interface EventPage {
  readonly events: { nodes: FedEvent[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

/** What has happened already. */
export interface FeedStart {
  readonly newest: string | undefined;
  /** Times of the youngest events by their ids. */
  readonly seen: Map<string, string>;
}

/** Where a feed begins: call it before events are seen to, and it misses none of them. */
export async function startOf(call: GraphqlCall, types: FeedOptions['types']): Promise<FeedStart> {
  const { events } = await call<EventPage>(EVENTS, { first: 1, reverse: false, types });
  const newest = events.nodes[0]?.createdAt;
  const youngest = newest === undefined ? [] : await readFrom(call, lateOf(newest), types);
  return { newest, seen: new Map(youngest.map(({ id, createdAt }) => [id, createdAt])) };
}

const lateOf = (newest: string): string => new Date(Date.parse(newest) - LATE_MS).toISOString();

/** Yields what happens from its start on, each event once and of one object in their order. */
export async function* feed(
  call: GraphqlCall,
  { newest: before, seen }: FeedStart,
  { types, signal, notice }: FeedOptions,
): AsyncGenerator<FedEvent> {
  let newest = before;
  let isAway = false;
  while (!signal.aborted) {
    await pause(POLL_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const since = newest === undefined ? undefined : lateOf(newest);
    const read = await readFrom(call, since, types).catch((error: unknown) => {
      if (!(error instanceof UnreachableError)) throw error;
      if (!isAway) notice(`${error.message}; trying again`);
      isAway = true;
      return undefined;
    });
    if (!read) continue;
    if (isAway) notice('it is back');
    isAway = false;
    for (const [id, createdAt] of seen) if (since !== undefined && createdAt < since) seen.delete(id);
    for (const event of read) {
      if (seen.has(event.id)) continue;
      seen.set(event.id, event.createdAt);
      if (newest === undefined || event.createdAt > newest) newest = event.createdAt;
      yield event;
      // Many may have been read at once, and each may take whoever sees to it seconds.
      if (signal.aborted) return;
    }
  }
}

async function readFrom(call: GraphqlCall, from: string | undefined, types: FeedOptions['types']): Promise<FedEvent[]> {
  const read: FedEvent[] = [];
  let after: string | null | undefined;
  for (;;) {
    const { events } = await call<EventPage>(EVENTS, { first: 100, after, from, types, reverse: true });
    read.push(...events.nodes);
    if (!events.pageInfo.hasNextPage) return read;
    after = events.pageInfo.endCursor;
  }
}

const ENDPOINTS = '{ webhookEndpoints { url status eventTypes } }';
const CREATE = `mutation ($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { endpoint { id } } }`;
const DELETE = `mutation ($input: DeleteWebhookEndpointInput!) { deleteWebhookEndpoint(input: $input) { id } }`;

interface EndpointView {
  readonly url: string | null;
  readonly status: string;
  readonly eventTypes: readonly string[];
}

interface Created {
  readonly createWebhookEndpoint: { readonly endpoint: { readonly id: string } };
}

/**
 * Sees to it that events are written: they are only where an endpoint asks for them. Where none does, one without a URL
 * is made, which goes with what is returned.
 */
export async function watch(call: GraphqlCall, types: FeedOptions['types']): Promise<AsyncDisposable> {
  const { webhookEndpoints } = await call<{ webhookEndpoints: EndpointView[] }>(ENDPOINTS);
  const asking = webhookEndpoints.filter(
    ({ status, eventTypes }) =>
      status === 'ENABLED' && (eventTypes.length === 0 || types?.every((type) => eventTypes.includes(type))),
  );
  const nothing = { [Symbol.asyncDispose]: async () => {} };
  if (asking.some(({ url }) => url !== null)) return nothing;
  const input = { eventTypes: types ?? [] };
  // One without a URL may be another command's, and go with it: it has to do where none can be made.
  const created = await call<Created>(CREATE, { input }).catch((error: unknown) => {
    if (asking.length === 0) throw error;
  });
  if (!created) return nothing;
  const { id } = created.createWebhookEndpoint.endpoint;
  // It ends with whatever ended the feed, a key that was revoked for one, and must not speak in its place.
  const left = () => tell(`the endpoint ${id}, which was made for this, could not be removed`);
  return { [Symbol.asyncDispose]: async () => void (await call(DELETE, { input: { id } }).catch(left)) };
}
