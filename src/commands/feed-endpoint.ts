/** The endpoint without a URL that stands for as long as events are followed. */
import type { Reading } from './event-feed.js';
import { type GraphqlCall, UnreachableError } from './graphql-call.js';
import { tell } from './say.js';

/** Milliseconds that a gateway has to answer about the endpoint once the feed is to end. */
const END_MS = 3_000;

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
export async function watch(call: GraphqlCall, { types, signal }: Reading): Promise<AsyncDisposable> {
  const { webhookEndpoints } = await call<{ webhookEndpoints: EndpointView[] }>(ENDPOINTS, {}, signal);
  const asking = webhookEndpoints.filter(
    ({ status, eventTypes }) =>
      status === 'ENABLED' && (eventTypes.length === 0 || types?.every((type) => eventTypes.includes(type))),
  );
  const nothing = { [Symbol.asyncDispose]: async () => {} };
  if (signal.aborted || asking.some(({ url }) => url !== null)) return nothing;
  const input = { eventTypes: types ?? [] };
  // One without a URL may be another command's, and go with it: it has to do where none can be made.
  const created = await call<Created>(CREATE, { input }, soonAfter(signal)).catch((error: unknown) => {
    if (signal.aborted && error instanceof UnreachableError)
      tell('an endpoint without a URL may have been made for this, and could not be removed');
    if (asking.length === 0) throw error;
  });
  if (!created) return nothing;
  const { id } = created.createWebhookEndpoint.endpoint;
  // It ends with whatever ended the feed, a key that was revoked for one, and must not speak in its place.
  const left = () => tell(`the endpoint ${id}, which was made for this, could not be removed`);
  const remove = () => call(DELETE, { input: { id } }, AbortSignal.timeout(END_MS)).catch(left);
  return { [Symbol.asyncDispose]: async () => void (await remove()) };
}

/** Aborts a while after the other: of an endpoint whose making is cut off nobody knows the id, to remove it. */
function soonAfter(signal: AbortSignal): AbortSignal {
  const late = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => late.abort(), END_MS).unref(), { once: true });
  return late.signal;
}
