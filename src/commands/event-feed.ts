/** Events of a gateway as they happen, read by its API. */
import { setTimeout as pause } from 'node:timers/promises';
import { type GraphqlCall, UnreachableError } from './graphql-call.js';

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
  /** Ends the feed, and what it waits for. */
  readonly signal: AbortSignal;
  /** Told when the gateway is away, and when it is back. */
  notice(text: string): void;
}

/** What is read, and until when. */
export type Reading = Pick<FeedOptions, 'types' | 'signal'>;

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
export async function startOf(call: GraphqlCall, { types, signal }: Reading): Promise<FeedStart> {
  const { events } = await call<EventPage>(EVENTS, { first: 1, reverse: false, types }, signal);
  const newest = events.nodes[0]?.createdAt;
  const youngest = newest === undefined ? [] : await readFrom(call, lateOf(newest), { types, signal });
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
    const read = await readFrom(call, since, { types, signal }).catch((error: unknown) => {
      if (signal.aborted) return undefined;
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

async function readFrom(call: GraphqlCall, from: string | undefined, { types, signal }: Reading): Promise<FedEvent[]> {
  const read: FedEvent[] = [];
  let after: string | null | undefined;
  for (;;) {
    const { events } = await call<EventPage>(EVENTS, { first: 100, after, from, types, reverse: true }, signal);
    read.push(...events.nodes);
    if (!events.pageInfo.hasNextPage) return read;
    after = events.pageInfo.endCursor;
  }
}
