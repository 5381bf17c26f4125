/** GraphQL over server-sent events beyond subscriptions: every operation as a stream, and what is none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Caller, DOCUMENTS, type Variables } from '../support/caller.js';
import { newPerson } from '../support/connect.js';
import { listen, WATCH } from '../support/event-stream.js';
import { type CallOptions, dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { get, idOf, post, publish } from '../support/operations.js';
import type { TestWorkspace } from '../support/workspace.js';

let gateway: TestGateway;
let owner: TestWorkspace;
beforeAll(async () => {
  gateway = await startGateway();
  owner = await gateway.workspace();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function pending(caller: Caller = owner.test): Promise<string> {
  const { id: customerId } = await caller.createCustomer({ email: newPerson().email });
  return (await caller.sendEmail(customerId)).id;
}

describe('other operations as a stream', () => {
  const told = async (members: object, options: CallOptions = { key: owner.test.key }) => {
    await using listener = await listen(gateway.url, members, options);
    return await listener.ended();
  };

  test('a query and a mutation are one result and the end', async () => {
    expect(await told({ query: '{ viewer { kind } }' })).toEqual([
      { event: 'next', body: { data: { viewer: { kind: 'SECRET_KEY' } } } },
      { event: 'complete', body: undefined },
    ]);
    const id = await pending();
    const [next, complete] = await told({
      query: DOCUMENTS.confirm,
      variables: { input: { verificationId: id, code: '123456' } },
    });
    expect(next?.body?.data).toMatchObject({ result: { __typename: 'VerificationConfirmed' } });
    expect(complete?.event).toBe('complete');
  });

  test('what cannot be parsed, is not valid or has a variable of a wrong type is told as an event', async () => {
    const codes = async (query: string, variables: Variables = {}) =>
      (await told({ query, variables })).map(({ event, body }) => body?.errors?.[0]?.extensions.code ?? event);
    expect(await codes('subscription {')).toEqual(['GRAPHQL_PARSE_FAILED', 'complete']);
    expect(await codes('subscription { nothing }')).toEqual(['GRAPHQL_VALIDATION_FAILED', 'complete']);
    expect(await codes(WATCH, { id: {} })).toEqual(['BAD_USER_INPUT', 'complete']);
    expect(await codes(WATCH)).toEqual(['BAD_USER_INPUT', 'complete']);
    const deep = `subscription { verificationChanged(id: "x") { ${'customer { verifications { nodes { '.repeat(4)} id ${'} } }'.repeat(4)} } }`;
    expect(await codes(deep)).toEqual(['QUERY_TOO_COMPLEX', 'complete']);
  });

  test('the name of an operation that the document does not have opens nothing', async () => {
    const [next, complete] = await told({ query: WATCH, operationName: 'Other', variables: { id: await pending() } });
    expect(next?.body).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(complete?.event).toBe('complete');
  });

  test('attack: many root fields in one subscription', async () => {
    const id = await pending();
    const two = `subscription { a: verificationChanged(id: "${id}") { id } b: verificationChanged(id: "${id}") { id } }`;
    const [next] = await told({ query: two });
    expect(next?.body?.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('attack: a mutation by GET, from an address that a page makes its visitor follow', async () => {
    const search = new URLSearchParams({ query: 'mutation { endSession(input: {}) { ended } }' });
    const { id, secret } = await owner.key();
    const asked = async (authorization: string) => {
      const headers = { accept: 'text/event-stream', authorization };
      return (await fetch(`${gateway.url}/graphql?${search}`, { headers })).text();
    };
    expect(await asked(`Bearer ${secret}`)).toContain('A mutation is sent by POST.');
    // Which a browser may send by itself, and is not looked at further.
    expect(await asked(`Basic ${btoa(`ApiKey:${id}:${secret}`)}`)).toContain('Cross-Site Request Forgery');
  });

  test('attack: a mutation or a subscription by HEAD, which is no way to ask for either', async () => {
    const id = await pending();
    const asked = async (query: string) => {
      const headers = { accept: 'text/event-stream', 'apollo-require-preflight': 'true' };
      const authorization = `Bearer ${owner.test.key}`;
      const search = new URLSearchParams({ query });
      return fetch(`${gateway.url}/graphql?${search}`, { method: 'HEAD', headers: { ...headers, authorization } });
    };
    const mutation = await asked('mutation { createWebhookEndpoint(input: {}) { endpoint { id } } }');
    const subscription = await asked(`subscription { verificationChanged(id: "${id}") { id } }`);
    expect([mutation.status, subscription.status]).toEqual([405, 405]);
    expect(await gateway.sql('select id from webhook_endpoint')).toEqual([]);
    expect(sampleIn(await scrape(gateway.url), 'gateway_subscriptions', {})).toBe(0);
  });
});

test('a subscription that is not asked for as a stream is refused', async () => {
  const id = await pending();
  const answer = await owner.test.query(WATCH, { id });
  expect(errorOf(answer)).toMatchObject({ status: 406, code: 'BAD_REQUEST' });
  dataOf(await publish(owner.test, WATCH));
  const byId = await post(gateway.url, { documentId: idOf(WATCH), variables: { id } }, { key: owner.test.key });
  expect(errorOf(byId)).toMatchObject({ status: 406, code: 'BAD_REQUEST' });
  const byGet = await get(gateway.url, { query: WATCH, variables: { id } }, { key: owner.test.key });
  expect(errorOf(byGet)).toMatchObject({ status: 405, code: 'BAD_REQUEST' });
});
