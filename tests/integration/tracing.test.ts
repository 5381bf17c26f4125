/** Spans of a send and its confirmation, as an OpenTelemetry SDK is handed them. */
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { idOf, post, publish } from '../support/operations.js';
import { recordSpans, type SpanView } from '../support/spans.js';
import { webhookSettings } from '../support/vendors/settings.js';
import { startWebhookSink } from '../support/vendors/webhook-sink.js';
import { waitFor } from '../support/wait-for.js';

const spans = recordSpans();
const gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1/32' } });
afterAll(() => gateway[Symbol.asyncDispose]());
const workspace = await gateway.workspace();

const SEND = `mutation Send($input: SendEmailVerificationInput!) {
  sendEmailVerification(input: $input) { ... on VerificationSent { verification { id } } } }`;
const CONFIRM = `mutation Confirm($input: ConfirmVerificationInput!) {
  confirmVerification(input: $input) { __typename } }`;
await publish(workspace.test, SEND, CONFIRM);

const ofRequest = (id: string, name: string) =>
  spans.all().find((span) => span.name === name && span.attributes['gateway.request.id'] === id);
const childrenOf = (parent: SpanView | undefined) => spans.all().filter(({ parentId }) => parentId === parent?.id);
const named = (list: readonly SpanView[], name: string) => list.find((span) => span.name === name);

let requests = 0;
/** Runs a published operation; resolves to its request once the span of that has ended. */
async function run(body: string, input: object, headers: Record<string, string> = {}) {
  requests += 1;
  const id = `traced-${requests}`;
  const members = { documentId: idOf(body), variables: { input } };
  const answer = await post(gateway.url, members, {
    key: workspace.test.key,
    headers: { 'x-request-id': id, ...headers },
  });
  const request = await waitFor('the request has ended', () => ofRequest(id, 'POST /graphql'));
  return { id, request, data: answer.body.data as Record<string, { verification: { id: string } }> };
}
const newCustomer = async (email: string) => (await workspace.test.createCustomer({ email })).id;

describe('a send and its confirmation', () => {
  test('are a tree each: request, guard and use case, statements; the job and its provider belong to the request', async () => {
    const customerId = await newCustomer('spans@example.com');
    const { id, request, data } = await run(SEND, { customerId });
    expect(request.parentId).toBeUndefined();
    expect(request.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'graphql.operation.name': 'Send',
      'graphql.operation.type': 'mutation',
    });
    const guard = named(childrenOf(request), 'guard Mutation.sendEmailVerification');
    expect(childrenOf(guard).map(({ attributes }) => attributes['db.collection.name'])).toContain('rate_limit_window');
    const useCase = named(childrenOf(request), 'sendVerification');
    expect(useCase?.attributes['gateway.outcome']).toBe('SENT');
    expect(childrenOf(useCase).map(({ attributes }) => attributes['db.system.name'])).toContain('postgresql');
    expect(childrenOf(useCase).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^INSERT idempotency_key INSERT verification INSERT verification_step\b/),
      ]),
    );

    const job = await waitFor('the job has ended', () => ofRequest(id, 'process verification-deliver'));
    expect(job.traceId).toBe(request.traceId);
    expect(spans.all().some(({ id: parent }) => parent === job.parentId)).toBe(true);
    const call = named(childrenOf(job), 'deliver test-mode');
    expect(call?.attributes).toMatchObject({ 'gateway.provider.name': 'test-mode', 'gateway.mode': 'TEST' });

    const verificationId = data['sendEmailVerification']?.verification.id;
    const confirmed = await run(CONFIRM, { verificationId, code: '123456' });
    expect(confirmed.request.traceId).not.toBe(request.traceId);
    const confirming = named(childrenOf(confirmed.request), 'confirmVerification');
    expect(confirming?.attributes['gateway.outcome']).toBe('CONFIRMED');
    expect(childrenOf(confirming).map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^UPDATE verification /)]),
    );
  });

  test('of many at once each has a trace of its own, though they share a transaction', async () => {
    const customers = await Promise.all(Array.from({ length: 8 }, (_, at) => newCustomer(`many-${at}@example.com`)));
    const sends = await Promise.all(customers.map((customerId) => run(SEND, { customerId })));
    for (const { id, request } of sends) {
      const job = await waitFor('the job has ended', () => ofRequest(id, 'process verification-deliver'));
      expect(job.traceId).toBe(request.traceId);
    }
  });
});

describe('where a trace comes from', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

  test('a proxy that is trusted goes on with its own trace', async () => {
    const { request } = await run(SEND, { customerId: await newCustomer('proxy@example.com') }, { traceparent });
    expect(request).toMatchObject({ traceId, parentId: 'b7ad6b7169203331' });
  });

  test('attack: a client writes into the trace of another', async () => {
    await using open = await startGateway({ work: false });
    const { test: caller } = await open.workspace();
    await caller.query('{ viewer { kind } }', {}, { headers: { traceparent, 'x-request-id': 'untrusted' } });
    const request = await waitFor('the request has ended', () => ofRequest('untrusted', 'POST /graphql'));
    expect(request.traceId).not.toBe(traceId);
    expect(request.parentId).toBeUndefined();
  });
});

test('a request that fails says so by its code, and a probe is not traced', async () => {
  await fetch(`${gateway.url}/livez`);
  await workspace.test.query('{ viewer { kind } }', {}, { key: (await workspace.key({ scopes: [] })).secret });
  const { request } = await run(SEND, { customerId: 'Customer:x' });
  expect(named(childrenOf(request), 'sendVerification')).toBeUndefined();
  const narrow = await workspace.key({ scopes: ['customers:read'] });
  const id = 'forbidden';
  await gateway.query('{ workspace { id } }', {}, { key: narrow.secret, headers: { 'x-request-id': id } });
  const forbidden = await waitFor('the request has ended', () => ofRequest(id, 'POST /graphql'));
  expect(named(childrenOf(forbidden), 'guard Query.workspace')).toMatchObject({
    isFailed: true,
    attributes: { 'error.type': 'FORBIDDEN' },
  });
  expect(spans.all().filter(({ name }) => name.includes('livez'))).toEqual([]);
});

test('a link is told by its route, and a path that is none by its method', async () => {
  await fetch(`${gateway.url}/l/not-a-token-but-as-secret`);
  await fetch(`${gateway.url}/nothing/of-the-kind`);
  await waitFor('both have ended', () => spans.all().filter(({ name }) => name === 'GET').length === 1);
  expect(spans.all().map(({ name }) => name)).toContain('GET /l/*');
  expect(spans.text()).not.toMatch(/not-a-token|of-the-kind/);
});

test('an operation that nobody has published is not named: its sender chose the name', async () => {
  const id = 'unpublished';
  await workspace.test.query('query Chosen { viewer { kind } }', {}, { headers: { 'x-request-id': id } });
  const request = await waitFor('the request has ended', () => ofRequest(id, 'POST /graphql'));
  expect(request.attributes).toMatchObject({ 'graphql.operation.type': 'query' });
  expect(request.attributes).not.toHaveProperty('graphql.operation.name');
});

test('a vendor is called within the job, is sent nothing of the trace, and what it refuses is logged under the request', async () => {
  await using sink = await startWebhookSink();
  await using live = await startGateway({ env: webhookSettings(sink.url) });
  const { live: caller } = await live.workspace();
  const { id: customerId } = await caller.createCustomer({ phone: '+33612345678' });
  sink.misbehave('refuse');
  const id = 'refused-by-vendor';
  const send = 'mutation ($input: SendPhoneVerificationInput!) { sendPhoneVerification(input: $input) { __typename } }';
  await caller.query(send, { input: { customerId } }, { headers: { 'x-request-id': id } });
  const job = await waitFor('the job has ended', () => ofRequest(id, 'process verification-deliver'));
  const call = childrenOf(job).find(({ name }) => name.startsWith('deliver '));
  expect(call).toMatchObject({
    isFailed: true,
    attributes: { 'server.address': '127.0.0.1', 'http.request.method': 'POST', 'http.response.status_code': 422 },
  });
  expect(sink.requests.length).toBeGreaterThan(0);
  for (const { headers } of sink.requests)
    expect(Object.keys(headers).filter((name) => /^(traceparent|tracestate|baggage|x-request-id)$/.test(name))).toEqual(
      [],
    );
  const lines = live.logs.map((line) => JSON.parse(line) as { msg: string; requestId?: string });
  const refused = lines.filter(({ msg }) => msg === 'delivery failed' || msg === 'not delivered');
  expect(refused.length).toBeGreaterThan(0);
  for (const { requestId } of refused) expect(requestId).toBe(id);
});
