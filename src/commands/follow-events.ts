/** `gateway events tail` and `gateway events listen`. */
import { mintSecret } from '../events/webhook-secret.js';
import { wallClock } from '../kernel/clock.js';
import { signWebhook } from '../providers/standard-webhooks.js';
import { type FedEvent, type FeedOptions, feed, startOf } from './event-feed.js';
import { watch } from './feed-endpoint.js';
import { type GraphqlCall, graphqlOver, isHttpUrl, UnreachableError } from './graphql-call.js';
import { onHungUp, say, tell } from './say.js';

export interface FollowOptions {
  readonly url: string;
  readonly key: string;
  readonly type?: string[] | undefined;
  readonly json: boolean;
}

const FORWARD_TIMEOUT_MS = 10_000;

/** Shows events as they happen: a line for each, or with `json` a document for each. */
export async function tailEvents(options: FollowOptions): Promise<void> {
  await follow(options, async (event) => say(options.json ? event : lineOf(event)));
}

/**
 * Posts events as they happen, signed as an endpoint's are, with a secret that is shown and worth nothing afterwards.
 * They hold no contact, not even a masked one: they are what `events` shows. What is not taken is not sent again.
 */
export async function listenForEvents(options: FollowOptions & { readonly forwardTo: string }): Promise<void> {
  const { forwardTo, json } = options;
  if (!isHttpUrl(forwardTo)) throw new Error('--forward-to must be a URL, for example http://localhost:3000/webhooks');
  const secret = mintSecret();
  say(json ? { secret, forwardTo } : `Forwarding to ${forwardTo}. Check signatures with ${secret}`);
  await follow(options, async (event, interrupted) => {
    const outcome = await forward(forwardTo, secret, event, interrupted);
    say(json ? { ...event, outcome } : `${lineOf(event)}  ${outcome}`);
  });
}

const lineOf = ({ createdAt, type, objectId }: FedEvent): string => `${createdAt}  ${type}  ${objectId}`;

/** Sees to an event. */
type See = (event: FedEvent, interrupted: AbortSignal) => Promise<void>;

async function follow({ url, key, type }: FollowOptions, each: See): Promise<void> {
  const call = graphqlOver(url, key);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  onHungUp(() => interrupted.abort());
  const options = { types: type, signal: interrupted.signal, notice: tell };
  await followUntil(call, options, each).catch((error: unknown) => {
    // The interruption cut off what was being asked before the feed had begun.
    if (!interrupted.signal.aborted || !(error instanceof UnreachableError)) throw error;
  });
}

async function followUntil(call: GraphqlCall, options: FeedOptions, each: See): Promise<void> {
  const start = await startOf(call, options);
  await using _ = await watch(call, options);
  for await (const event of feed(call, start, options)) await each(event, options.signal);
}

/** The status that was answered, or why there was none. */
async function forward(
  url: string,
  secret: string,
  { id, type, createdAt, data }: FedEvent,
  interrupted: AbortSignal,
): Promise<string> {
  const body = JSON.stringify({ type, timestamp: createdAt, data });
  const headers = { 'content-type': 'application/json', ...signWebhook(secret, id, body, wallClock) };
  try {
    const signal = AbortSignal.any([interrupted, AbortSignal.timeout(FORWARD_TIMEOUT_MS)]);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return String(response.status);
  } catch {
    return 'not reached';
  }
}
