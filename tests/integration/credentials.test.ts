/** Who may call what: every way to present a key, and every attempt to get further than the key allows. */
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { mintKey } from '../../src/access/key-format.js';
import { KEY_CACHE_MS } from '../../src/access/key-reader.js';
import { PUBLISHABLE_KEY_SCOPES } from '../../src/access/scopes.js';
import { DOCUMENTS } from '../support/caller.js';
import { rowCounts } from '../support/database-state.js';
import { errorOf, postGraphql } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
afterEach(() => void vi.restoreAllMocks());

const MODE = '{ viewer { mode } }';
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const withHeaders = (headers: Record<string, string>, document: string = MODE) =>
  postGraphql(gateway.url, document, undefined, { headers });

describe('a key', () => {
  test('K2: is taken as Bearer, X-Api-Key, Basic and AccessKey, and beside itself', async () => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key();
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { authorization: `bearer ${secret}` },
      { 'x-api-key': secret },
      { authorization: basic(`ApiKey:${id}`, secret) },
      { authorization: basic(id, secret) },
      { authorization: `AccessKey ${secret}` },
      { authorization: `Bearer ${secret}`, 'x-api-key': secret },
    ]) {
      const { status, body } = await withHeaders(headers);
      expect({ headers, status, body }).toEqual({ headers, status: 200, body: { data: { viewer: { mode: 'TEST' } } } });
    }
  });

  test('that is narrowed does what is left to it and nothing else', async () => {
    const workspace = await gateway.workspace();
    const { id } = await workspace.test.createCustomer({ email: 'a@example.com' });
    const { secret } = await workspace.key({ scopes: ['customers:read'] });
    const read = await gateway.query(DOCUMENTS.customer, { id }, { key: secret });
    expect(read.body).toMatchObject({ data: { result: { id } } });
    const send = await gateway.query(DOCUMENTS.sendEmail, { input: { customerId: id } }, { key: secret });
    expect(errorOf(send)).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('that holds verifications:write alone sees recipients masked', async () => {
    const workspace = await gateway.workspace();
    const { id } = await workspace.test.createCustomer({ email: 'ada@example.com' });
    const { secret } = await workspace.key({ scopes: ['verifications:write'] });
    const sent = await gateway.query(DOCUMENTS.sendEmail, { input: { customerId: id } }, { key: secret });
    expect(sent.body).toMatchObject({ data: { result: { verification: { steps: [{ to: 'a***@example.com' }] } } } });
  });
});

test('a key that runs published operations only runs nothing that anybody may write', async () => {
  const { key } = await gateway.workspace();
  const { secret } = await key({ persistedOnly: true });
  const answer = await gateway.query('{ viewer { mode } }', {}, { key: secret });
  expect(errorOf(answer)).toMatchObject({ status: 403, code: 'OPERATION_NOT_ALLOWED' });
});

describe('a key that was ended', () => {
  test('in this process is refused at once', async () => {
    const { test: caller, key } = await gateway.workspace();
    const { id, secret } = await key();
    expect((await gateway.query(MODE, {}, { key: secret })).status).toBe(200);
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [id]);
    gateway.app.forgetKeys();
    expect(errorOf(await gateway.query(MODE, {}, { key: secret }))).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
    expect((await caller.query(MODE)).status).toBe(200);
  });

  test('by another process is refused within five seconds', async () => {
    expect(KEY_CACHE_MS).toBeLessThanOrEqual(5_000);
    const { key } = await gateway.workspace();
    const { id, secret } = await key();
    expect((await gateway.query(MODE, {}, { key: secret })).status).toBe(200);
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [id]);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + KEY_CACHE_MS);
    expect(errorOf(await gateway.query(MODE, {}, { key: secret }))).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
  });

  test('by its date is refused', async () => {
    const { key } = await gateway.workspace();
    const { id, secret } = await key();
    await gateway.sql('update api_key set expires_at = now() where id = $1', [id]);
    expect(errorOf(await gateway.query(MODE, {}, { key: secret }))).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('a bad credential is UNAUTHENTICATED and never taken for none', () => {
  const forgeries: [string, (key: { id: string; secret: string }) => Record<string, string>][] = [
    ['an unknown key', () => ({ authorization: 'Bearer sk_test_000000000000000000000000000000000000000000000vBtZPY' })],
    ['a key with its secret half changed', ({ secret }) => ({ authorization: `Bearer ${reverse(secret)}` })],
    ['a key in another case', ({ secret }) => ({ authorization: `Bearer ${secret.toLowerCase()}` })],
    ['a test key renamed to live', ({ secret }) => ({ authorization: `Bearer ${secret.replace('_test_', '_live_')}` })],
    ['half a key', ({ secret }) => ({ authorization: `Bearer ${secret.slice(0, 30)}` })],
    ['an empty bearer token', () => ({ authorization: 'Bearer ' })],
    ['an empty header', () => ({ authorization: '' })],
    ['an unknown scheme', ({ secret }) => ({ authorization: `Digest ${secret}` })],
    ['a scheme without a credential', () => ({ authorization: 'Bearer' })],
    ['an empty x-api-key', () => ({ 'x-api-key': '' })],
    ['two keys in one header', ({ secret }) => ({ 'x-api-key': `${secret}, ${secret}` })],
    ['a good key beside a bad one', ({ secret }) => ({ authorization: `Bearer ${secret}`, 'x-api-key': 'sk_test_x' })],
    [
      'basic with the id of another key',
      ({ secret }) => ({ authorization: basic('ApiKey:01a1f9f3-2bb7-782f-bb89-9d961c4cf735', secret) }),
    ],
    ['basic without an id', ({ secret }) => ({ authorization: basic('', secret) })],
    ['basic without a colon', ({ secret }) => ({ authorization: `Basic ${Buffer.from(secret).toString('base64')}` })],
  ];
  test.each(forgeries)('%s', async (_, forge) => {
    const { key } = await gateway.workspace();
    const answer = await withHeaders(forge(await key()), '{ __typename }');
    const { status, code, requestId } = errorOf(answer);
    expect({ status, code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(requestId).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('a key that finds a row, has a right checksum and is not that row’s key', async () => {
    const { key } = await gateway.workspace();
    const { id } = await key();
    const forged = mintKey('SECRET', 'TEST');
    await gateway.sql('update api_key set lookup = $2 where id = $1', [id, forged.lookup]);
    const answer = await gateway.query(MODE, {}, { key: forged.secret });
    expect(errorOf(answer)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('two credentials of two workspaces, or of test and live', async () => {
    const [one, two] = await Promise.all([gateway.workspace(), gateway.workspace()]);
    for (const other of [two.test.key, one.live.key]) {
      const answer = await withHeaders({ authorization: `Bearer ${one.test.key}`, 'x-api-key': other });
      expect(errorOf(answer)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    }
  });

  test('is also refused by Basic when the key was cached by Bearer', async () => {
    const { key } = await gateway.workspace();
    const { secret } = await key();
    await withHeaders({ authorization: `Bearer ${secret}` });
    const answer = await withHeaders({ authorization: basic('ApiKey:01a1f9f3-2bb7-782f-bb89-9d961c4cf735', secret) });
    expect(errorOf(answer)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});

const FIELDS: [string, string][] = [
  ['unblockContact', 'mutation { unblockContact(input: {value: "+33612345678"}) { unblocked } }'],
  ['customer', '{ customer(platformCustomerId: "x") { id } }'],
  ['contactVerification', '{ contactVerification(customerId: "x") { email } }'],
  ['verification', '{ verification(id: "x") { id } }'],
  ['createCustomer', 'mutation { createCustomer(input: {platformCustomerId: "x"}) { id } }'],
  ['sendEmailVerification', 'mutation { sendEmailVerification(input: {customerId: "x"}) { __typename } }'],
  ['sendPhoneVerification', 'mutation { sendPhoneVerification(input: {customerId: "x"}) { __typename } }'],
  [
    'confirmEmailVerification',
    'mutation { confirmEmailVerification(input: {customerId: "x", code: "123456"}) { __typename } }',
  ],
  [
    'confirmPhoneVerification',
    'mutation { confirmPhoneVerification(input: {customerId: "x", code: "123456"}) { __typename } }',
  ],
  [
    'confirmVerification',
    'mutation { confirmVerification(input: {verificationId: "x", code: "123456"}) { __typename } }',
  ],
];

describe('nobody gets past the guard of', () => {
  test.each(FIELDS)('K1: %s: no key is UNAUTHENTICATED, a publishable one FORBIDDEN', async (field, document) => {
    const before = await rowCounts(gateway.sql);
    const { key } = await gateway.workspace();
    expect(errorOf(await gateway.query(document))).toMatchObject({ code: 'UNAUTHENTICATED' });
    for (const scopes of [PUBLISHABLE_KEY_SCOPES, ['customers:write' as const]]) {
      const { secret } = await key({ kind: 'PUBLISHABLE', scopes });
      const answer = await gateway.query(document, {}, { key: secret });
      expect(errorOf(answer)).toMatchObject({ code: 'FORBIDDEN' });
      expect(answer.body.errors?.[0]?.path).toEqual([field]);
    }
    const counts = await rowCounts(gateway.sql);
    expect({ ...counts, workspace: 0, api_key: 0 }).toEqual({ ...before, workspace: 0, api_key: 0 });
  });

  test('K1: viewer: no key is UNAUTHENTICATED, a publishable one sees what it carries', async () => {
    const { key } = await gateway.workspace();
    expect(errorOf(await gateway.query(MODE))).toMatchObject({ code: 'UNAUTHENTICATED' });
    const { secret } = await key({ kind: 'PUBLISHABLE' });
    const { body } = await gateway.query('{ viewer { kind scopes } }', {}, { key: secret });
    expect(body.data).toEqual({ viewer: { kind: 'PUBLISHABLE_KEY', scopes: PUBLISHABLE_KEY_SCOPES } });
  });

  test('K1: a publishable key that somebody wrote more scopes into', async () => {
    const { key } = await gateway.workspace();
    const { id, secret } = await key({ kind: 'PUBLISHABLE' });
    await gateway.sql(`update api_key set scopes = '{customers:read,verifications:write}' where id = $1`, [id]);
    const answer = await gateway.query('{ customer(platformCustomerId: "x") { id } }', {}, { key: secret });
    expect(errorOf(answer)).toMatchObject({ code: 'FORBIDDEN' });
  });
});

function reverse(secret: string): string {
  const [head, body] = [secret.slice(0, 20), secret.slice(20)];
  return head + [...body].reverse().join('');
}
