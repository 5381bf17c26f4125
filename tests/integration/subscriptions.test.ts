/** `verificationChanged` over server-sent events, as clients of GraphQL over SSE speak them. */
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WATCH_CAPS } from '../../src/verification/watch.js';
import type { Caller } from '../support/caller.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { type Listener, listen, WATCH, withoutRepeats } from '../support/event-stream.js';
import { type CallOptions, dataOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { startIdentityProvider } from '../support/identity-provider.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { idOf, publish } from '../support/operations.js';
import { waitFor } from '../support/wait-for.js';
import type { TestWorkspace } from '../support/workspace.js';

interface Data {
  verificationChanged: { id: string; status: string; attemptsLeft: number; steps: { status: string }[] } | null;
}

let gateway: TestGateway;
let owner: TestWorkspace;
beforeAll(async () => {
  gateway = await startGateway({ env: { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'a@example.com' } });
  owner = await gateway.workspace();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function pending(caller: Caller = owner.test): Promise<string> {
  const { id: customerId } = await caller.createCustomer({ email: newPerson().email });
  return (await caller.sendEmail(customerId)).id;
}
const watch = (id: string, options: CallOptions, url = gateway.url) =>
  listen<Data>(url, { query: WATCH, variables: { id } }, options);
const confirm = (verificationId: string, code = '123456') =>
  owner.test.call('confirm', { input: { verificationId, code } });
const statesOf = ({ told }: Pick<Listener<Data>, 'told'>) =>
  told.map(({ event, body }) => body?.errors?.[0]?.extensions.code ?? body?.data?.verificationChanged?.status ?? event);
const open = async () => sampleIn(await scrape(gateway.url), 'gateway_subscriptions', {});
const stepOf = (body: Listener<Data>['told'][number]['body']) => body?.data?.verificationChanged?.steps[0];

describe('a subscription', () => {
  test('E3: tells what is, every change after it in order, and ends once the verification is finished', async () => {
    const id = await pending();
    await using listener = await watch(id, { key: owner.test.key });
    expect(listener.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(listener.headers.get('cache-control')).toBe('no-store');
    expect((await listener.first()).data?.verificationChanged).toMatchObject({
      id,
      status: 'PENDING',
      attemptsLeft: 3,
    });
    await waitFor('the step is told as delivered', () =>
      listener.told.some(({ body }) => stepOf(body)?.status === 'DELIVERED'),
    );
    await confirm(id, '000000');
    await waitFor('the wrong guess is told', () =>
      listener.told.some(({ body }) => body?.data?.verificationChanged?.attemptsLeft === 2),
    );
    await confirm(id);
    const told = await listener.ended();
    expect(told.at(-1)).toEqual({ event: 'complete', body: undefined });
    const states = statesOf(listener).slice(0, -1);
    expect(states.at(-1)).toBe('VERIFIED');
    expect(new Set(states.slice(0, -1))).toEqual(new Set(['PENDING']));
  });

  test('is what the client of GraphQL over SSE understands', async () => {
    const id = await pending();
    const client = createClient({
      url: `${gateway.url}/graphql`,
      headers: { authorization: `Bearer ${owner.test.key}` },
    });
    const seen: (string | undefined)[] = [];
    for await (const { data } of client.iterate<Data>({ query: WATCH, variables: { id } })) {
      const status = data?.verificationChanged?.status;
      if (seen.at(-1) !== status) seen.push(status);
      if (status === 'PENDING') void confirm(id);
    }
    expect(withoutRepeats(seen)).toEqual(['PENDING', 'VERIFIED']);
    client.dispose();
  });

  test('of a finished verification is one event', async () => {
    const id = await pending();
    await confirm(id);
    await using listener = await watch(id, { key: owner.test.key });
    expect(statesOf({ told: await listener.ended() })).toEqual(['VERIFIED', 'complete']);
  });

  test('a client that hangs up is forgotten', async () => {
    await waitFor('none is open', async () => (await open()) === 0);
    const id = await pending();
    const listeners = await Promise.all(Array.from({ length: 5 }, () => watch(id, { key: owner.test.key })));
    await Promise.all(listeners.map((listener) => listener.first()));
    expect(await open()).toBe(5);
    for (const listener of listeners) listener.close();
    await waitFor('none is open', async () => (await open()) === 0);
  });
});

describe('K1: what a caller may not see', () => {
  test('attack: a verification of another workspace, mode or customer is told exactly as one that does not exist', async () => {
    const stranger = await gateway.workspace();
    const browser = await createBrowser(gateway.url, owner);
    const person = newPerson();
    await owner.test.createCustomer(person);
    const { accessToken } = await browser.connect(person.email);
    const [mine, live] = [await pending(), await pending(owner.live)];
    const absent = 'Verification:0199ffff-0000-7000-8000-000000000000';
    const toldOf = async (id: string, key: string) => {
      await using listener = await watch(id, { key });
      return await listener.ended();
    };
    const nothing = await toldOf(absent, owner.test.key);
    expect(nothing).toEqual([
      { event: 'next', body: { data: { verificationChanged: null } } },
      { event: 'complete', body: undefined },
    ]);
    expect(await toldOf(mine, stranger.test.key)).toEqual(nothing);
    expect(await toldOf(mine, owner.live.key)).toEqual(nothing);
    expect(await toldOf(live, owner.test.key)).toEqual(nothing);
    expect(await toldOf(mine, accessToken)).toEqual(nothing);
    expect(await toldOf('Customer:x', owner.test.key)).toEqual(nothing);
  });

  test('K7: without the scope it is FORBIDDEN, without a credential UNAUTHENTICATED', async () => {
    const id = await pending();
    const narrow = await owner.key({ scopes: ['customers:read'] });
    await using forbidden = await watch(id, { key: narrow.secret });
    expect(statesOf({ told: await forbidden.ended() })).toEqual(['FORBIDDEN', 'complete']);
    await using nobody = await watch(id, {});
    expect(statesOf({ told: await nobody.ended() })).toEqual(['UNAUTHENTICATED', 'complete']);
    await using mistyped = await watch(id, { key: 'sk_test_wrong' });
    expect({ status: mistyped.status, told: statesOf({ told: await mistyped.ended() }) }).toEqual({
      status: 401,
      told: ['UNAUTHENTICATED'],
    });
  });
});

describe('attack: who has lost the right to read goes on listening', () => {
  test('a revoked key ends its subscriptions, whichever process revoked it', async () => {
    const id = await pending();
    const key = await owner.key();
    await using listener = await watch(id, { key: key.secret });
    await listener.first();
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [key.id]);
    expect(statesOf({ told: await listener.ended() }).slice(-2)).toEqual(['UNAUTHENTICATED', 'complete']);
  });

  test('an ended session is told nothing more, not even what has happened meanwhile', async () => {
    const browser = await createBrowser(gateway.url, owner);
    const person = newPerson();
    const { id: customerId } = await owner.test.createCustomer(person);
    const { accessToken, refreshToken } = await browser.connect(person.email);
    const { id } = await owner.test.sendEmail(customerId, { email: newPerson().email });
    await using listener = await watch(id, { key: accessToken });
    expect((await listener.first()).data?.verificationChanged?.status).toBe('PENDING');
    await browser.end({ refreshToken });
    await confirm(id);
    const states = statesOf({ told: await listener.ended() });
    expect(states.slice(-2)).toEqual(['UNAUTHENTICATED', 'complete']);
    expect(states).not.toContain('VERIFIED');
  });

  test('an ended session is told so without anything having happened', async () => {
    const browser = await createBrowser(gateway.url, owner);
    const person = newPerson();
    const { id: customerId } = await owner.test.createCustomer(person);
    const { accessToken, refreshToken } = await browser.connect(person.email);
    const { id } = await owner.test.sendEmail(customerId, { email: newPerson().email });
    await using listener = await watch(id, { key: accessToken });
    await waitFor('it is delivered', () => listener.told.some(({ body }) => stepOf(body)?.status === 'DELIVERED'));
    await browser.end({ refreshToken });
    expect(statesOf({ told: await listener.ended() }).slice(-2)).toEqual(['UNAUTHENTICATED', 'complete']);
  });
});

test('attack: a user token that expires meanwhile is told nothing more', async () => {
  await using provider = Object.assign(await startIdentityProvider(), {
    async [Symbol.asyncDispose]() {
      await provider.close();
    },
  });
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await owner.test.query(update, { input: { tokenIssuers: [provider.entry] } }));
  const { id: customerId, platformCustomerId } = await owner.test.createCustomer({ email: newPerson().email });
  const { id } = await owner.test.sendEmail(customerId);
  // Issuers' clocks may differ by thirty seconds.
  const key = await provider.sign({ sub: platformCustomerId }, { expiresInSeconds: -26 });
  await using listener = await watch(id, { key });
  expect((await listener.first()).data?.verificationChanged?.status).toBe('PENDING');
  expect(statesOf({ told: await listener.ended() }).slice(-2)).toEqual(['UNAUTHENTICATED', 'complete']);
});

describe('published subscriptions', () => {
  const body = 'subscription Watch($id: ID!) { verificationChanged(id: $id) { status } }';

  test('K7: a key for published operations runs one by its id, and no text', async () => {
    dataOf(await publish(owner.test, body));
    const id = await pending();
    await confirm(id);
    const { secret: key } = await owner.key({ persistedOnly: true });
    await using published = await listen<Data>(gateway.url, { documentId: idOf(body), variables: { id } }, { key });
    expect(statesOf({ told: await published.ended() })).toEqual(['VERIFIED', 'complete']);
    await using text = await listen<Data>(gateway.url, { query: body, variables: { id } }, { key });
    expect(statesOf({ told: await text.ended() })).toEqual(['OPERATION_NOT_ALLOWED', 'complete']);
    await using unknown = await listen<Data>(gateway.url, { documentId: idOf('x') }, { key });
    expect(statesOf({ told: await unknown.ended() })).toEqual(['PERSISTED_QUERY_NOT_FOUND', 'complete']);
  });

  test('a GET with its id is a subscription too', async () => {
    dataOf(await publish(owner.test, body));
    const id = await pending();
    await confirm(id);
    const search = new URLSearchParams({ documentId: idOf(body), variables: JSON.stringify({ id }) });
    const response = await fetch(`${gateway.url}/graphql?${search}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${owner.test.key}` },
    });
    expect(await response.text()).toBe(
      ':\n\nevent: next\ndata: {"data":{"verificationChanged":{"status":"VERIFIED"}}}\n\nevent: complete\ndata:\n\n',
    );
  });
});

test('attack: one customer takes up the process with subscriptions', async () => {
  const browser = await createBrowser(gateway.url, owner);
  const person = newPerson();
  const { id: customerId } = await owner.test.createCustomer(person);
  const { accessToken: key } = await browser.connect(person.email);
  const { id } = await owner.test.sendEmail(customerId, { email: newPerson().email });
  const listeners = await Promise.all(Array.from({ length: WATCH_CAPS.customer }, () => watch(id, { key })));
  await Promise.all(listeners.map((listener) => listener.first()));
  await using refused = await watch(id, { key });
  const [next] = await refused.ended();
  expect(next?.body?.errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 10 });
  // Others are not held up by it, and a place that is given up is free.
  await using other = await watch(id, { key: owner.test.key });
  expect((await other.first()).data?.verificationChanged?.id).toBe(id);
  listeners[0]?.close();
  await waitFor('there is room again', async () => {
    await using again = await watch(id, { key });
    return (await again.first()).data !== undefined;
  });
  for (const listener of listeners) listener.close();
});

test('a process that stops ends its streams without complete, so that clients connect to the next one', async () => {
  const stopping = await startGateway({ work: false });
  const workspace = await stopping.workspace();
  const { id: customerId } = await workspace.test.createCustomer({ email: newPerson().email });
  const { id } = await workspace.test.sendEmail(customerId);
  await using listener = await watch(id, { key: workspace.test.key }, stopping.url);
  await listener.first();
  let reconnects = 0;
  const client = createClient({
    url: `${stopping.url}/graphql`,
    headers: { authorization: `Bearer ${workspace.test.key}` },
    retryAttempts: 1,
    retry: async () => {
      reconnects += 1;
    },
  });
  const iterator = client.iterate<Data>({ query: WATCH, variables: { id } });
  await iterator.next();
  const ending = (async () => {
    for await (const _ of iterator);
  })().catch((error: unknown) => error);
  await stopping[Symbol.asyncDispose]();
  expect(withoutRepeats(statesOf({ told: await listener.ended() }))).toEqual(['PENDING']);
  // There is no next process here, so the client's one further try fails.
  expect(await ending).toBeInstanceOf(Error);
  expect(reconnects).toBe(1);
  client.dispose();
});
