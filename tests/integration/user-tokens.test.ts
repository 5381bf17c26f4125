/** Access tokens of a workspace's own identity provider, which is a real HTTP server here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIND_ACCEPTING } from '../../src/access/issuer-directory.js';
import { DOCUMENTS } from '../support/caller.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js';
import type { TestWorkspace } from '../support/workspace.js';

let gateway: TestGateway;
let provider: IdentityProvider;
let workspace: TestWorkspace;

beforeAll(async () => {
  gateway = await startGateway({ work: false });
  provider = await startIdentityProvider();
  workspace = await gateway.workspace();
  await trust(workspace, provider.entry);
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const UPDATE =
  'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { tokenIssuers { issuer } } }';
const VIEWER = '{ viewer { kind mode scopes workspace { id } customer { id platformCustomerId } } }';

interface ViewerView {
  viewer: {
    kind: string;
    mode: string;
    scopes: string[];
    workspace: { id: string };
    customer: { id: string; platformCustomerId: string } | null;
  };
}

async function trust({ test: caller }: TestWorkspace, ...tokenIssuers: IdentityProvider['entry'][]): Promise<void> {
  dataOf(await caller.query(UPDATE, { input: { tokenIssuers } }));
}

const asUser = (token: string, apiKey?: string) =>
  postGraphql<ViewerView>(gateway.url, VIEWER, undefined, {
    key: token,
    ...(apiKey !== undefined && { headers: { 'x-api-key': apiKey } }),
  });

describe('a user token', () => {
  test('K5: is the customer whom its sub names, and holds self:read and self:write only', async () => {
    const customer = await workspace.test.createCustomer({ platformCustomerId: 'auth0|ada' });
    const token = await provider.sign({ sub: 'auth0|ada' });
    const { viewer } = dataOf(await asUser(token));
    expect(viewer).toEqual({
      kind: 'USER_TOKEN',
      mode: 'TEST',
      scopes: ['self:read', 'self:write'],
      workspace: { id: `Workspace:${workspace.id}` },
      customer: { id: customer.id, platformCustomerId: 'auth0|ada' },
    });
    const { body } = await postGraphql(gateway.url, '{ customers { nodes { id } } }', undefined, { key: token });
    expect(body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('may be signed by %s', async (alg) => {
    await using signer = await startIdentityProvider();
    const other = await gateway.workspace();
    await trust(other, signer.entry);
    await other.test.createCustomer({ platformCustomerId: 'u' });
    const token = await signer.sign({ sub: 'u' }, { key: await signer.addKey(alg) });
    expect(dataOf(await asUser(token)).viewer.kind).toBe('USER_TOKEN');
  });

  test('whose customer does not exist is NOT_FOUND, in the form of GraphQL, and nobody is created', async () => {
    const token = await provider.sign({ sub: 'nobody' });
    const answer = await asUser(token);
    expect(errorOf(answer)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(errorOf(answer).requestId).toBeTruthy();
    const found = await workspace.test.call('customer', { platformCustomerId: 'nobody' });
    expect(found).toBeNull();
  });

  test('of a deleted customer is NOT_FOUND from the next call on, and reaches the one who is made again with that id', async () => {
    const customer = await workspace.test.createCustomer({ platformCustomerId: 'leaving' });
    const token = await provider.sign({ sub: 'leaving' });
    expect(dataOf(await asUser(token)).viewer.customer?.id).toBe(customer.id);
    dataOf(
      await workspace.test.query('mutation ($input: DeleteCustomerInput!) { deleteCustomer(input: $input) { id } }', {
        input: { id: customer.id },
      }),
    );
    expect(errorOf(await asUser(token))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    // Somebody else may have the id by now: who is reached is who has it, never who had it.
    const { id } = await workspace.test.createCustomer({ platformCustomerId: 'leaving' });
    expect(dataOf(await asUser(token)).viewer.customer?.id).toBe(id);
  });

  test('is of the mode of the key beside it; alone, of the mode in which the customer exists, live before test', async () => {
    const inTest = await workspace.test.createCustomer({ platformCustomerId: 'both' });
    const token = await provider.sign({ sub: 'both' });
    expect(dataOf(await asUser(token)).viewer).toMatchObject({ mode: 'TEST', customer: { id: inTest.id } });
    expect(errorOf(await asUser(token, workspace.live.key))).toMatchObject({ code: 'NOT_FOUND' });
    const inLive = await workspace.live.createCustomer({ platformCustomerId: 'both' });
    expect(dataOf(await asUser(token)).viewer).toMatchObject({ mode: 'LIVE', customer: { id: inLive.id } });
    expect(dataOf(await asUser(token, workspace.test.key)).viewer).toMatchObject({ customer: { id: inTest.id } });
  });

  test('decides beside a secret or a publishable key: the key lends its workspace and no right', async () => {
    await workspace.test.createCustomer({ platformCustomerId: 'beside' });
    const token = await provider.sign({ sub: 'beside' });
    const publishable = await workspace.key({ kind: 'PUBLISHABLE' });
    for (const key of [workspace.test.key, publishable.secret]) {
      expect(dataOf(await asUser(token, key)).viewer).toMatchObject({
        kind: 'USER_TOKEN',
        scopes: ['self:read', 'self:write'],
      });
    }
  });

  test('beside a key of a workspace that does not accept its issuer is refused, wherever else it is accepted', async () => {
    const stranger = await gateway.workspace();
    await stranger.test.createCustomer({ platformCustomerId: 'auth0|ada' });
    const token = await provider.sign({ sub: 'auth0|ada' });
    expect(errorOf(await asUser(token, stranger.test.key))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('beside a key that runs published operations only runs nothing else either', async () => {
    const token = await provider.sign({ sub: 'auth0|ada' });
    const { secret } = await workspace.key({ persistedOnly: true });
    expect(errorOf(await asUser(token, secret))).toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });

  test('that two workspaces accept is refused alone, with what to do, and works beside a key', async () => {
    await using shared = await startIdentityProvider('shared');
    const [one, two] = await Promise.all([gateway.workspace(), gateway.workspace()]);
    await trust(one, shared.entry);
    const customer = await one.test.createCustomer({ platformCustomerId: 'u' });
    const token = await shared.sign({ sub: 'u' });
    expect(dataOf(await asUser(token)).viewer.workspace.id).toBe(`Workspace:${one.id}`);
    await trust(two, shared.entry);
    const refused = await asUser(token);
    expect(errorOf(refused)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(refused.body.errors?.[0]?.message).toContain('X-Api-Key');
    expect(dataOf(await asUser(token, one.test.key)).viewer.customer?.id).toBe(customer.id);
  });

  test('alone finds its workspace by the index on the lists, not by looking at every workspace', async () => {
    await gateway.sql('set enable_seqscan = off');
    const plan = await gateway.sql(`explain ${FIND_ACCEPTING}`, [provider.issuer, [provider.audience]]);
    await gateway.sql('reset enable_seqscan');
    const text = JSON.stringify(plan);
    expect(text).toContain('Bitmap Index Scan on workspace_token_issuers_index');
    expect(text).not.toContain('Seq Scan on workspace');
  });

  test('of an issuer that was taken off the list is refused at once', async () => {
    await using former = await startIdentityProvider();
    const other = await gateway.workspace();
    await trust(other, former.entry);
    await other.test.createCustomer({ platformCustomerId: 'u' });
    const token = await former.sign({ sub: 'u' });
    dataOf(await asUser(token));
    await trust(other);
    expect(errorOf(await asUser(token))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('is in no log and no row', async () => {
    const token = await provider.sign({ sub: 'auth0|ada' });
    dataOf(await asUser(token));
    dataOf(await postGraphql(gateway.url, DOCUMENTS.viewer, undefined, { key: token }));
    expect(errorOf(await asUser(`${token}x`)).code).toBe('UNAUTHENTICATED');
    const [, , signature = ''] = token.split('.');
    expect(gateway.logs.filter((line) => line.includes(signature))).toEqual([]);
  });
});

describe('the issuer', () => {
  test('rotates its keys without a dropped token', async () => {
    await using rotating = await startIdentityProvider();
    const other = await gateway.workspace();
    await trust(other, rotating.entry);
    await other.test.createCustomer({ platformCustomerId: 'u' });
    const before = await rotating.sign({ sub: 'u' });
    dataOf(await asUser(before));
    await rotating.addKey('RS256');
    const after = await rotating.sign({ sub: 'u' });
    const answers = await Promise.all([before, after, after, before, after].map((token) => asUser(token)));
    for (const answer of answers) expect(dataOf(answer).viewer.kind).toBe('USER_TOKEN');
    expect(rotating.reads()).toBe(2);
  });

  test('is down: its kept keys go on being good, and without any the answer is SERVICE_UNAVAILABLE', async () => {
    await using known = await startIdentityProvider();
    await using unknown = await startIdentityProvider();
    const other = await gateway.workspace();
    await trust(other, known.entry, unknown.entry);
    await other.test.createCustomer({ platformCustomerId: 'u' });
    const token = await known.sign({ sub: 'u' });
    dataOf(await asUser(token));
    await Promise.all([known.close(), unknown.close()]);
    dataOf(await asUser(token));
    expect(errorOf(await asUser(await unknown.sign({ sub: 'u' })))).toMatchObject({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  test.each<[string, Parameters<IdentityProvider['misbehave']>[0]]>([
    ['answers HTML', { body: '<!doctype html><title>Sign in</title>' }],
    ['answers an error', { status: 500 }],
    ['answers more than a set of keys', { body: `{"keys":[],"x":"${'x'.repeat(200_000)}"}` }],
    ['answers JSON that is no set of keys', { body: '[1,2,3]' }],
    ['redirects', { redirectTo: '/elsewhere.json' }],
  ])('%s in place of its keys: the token is not judged, and the answer is SERVICE_UNAVAILABLE', async (_, wrong) => {
    await using strange = await startIdentityProvider();
    const other = await gateway.workspace();
    await trust(other, strange.entry);
    strange.misbehave(wrong);
    const token = await strange.sign({ sub: 'u' });
    expect(errorOf(await asUser(token))).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(strange.paths).not.toContain('/elsewhere.json');
  });

  test('never answers: the call ends within the time of a document', async () => {
    await using slow = await startIdentityProvider();
    const other = await gateway.workspace();
    await trust(other, slow.entry);
    slow.misbehave({ slowMs: Number.POSITIVE_INFINITY });
    const token = await slow.sign({ sub: 'u' });
    const answers = await Promise.all([asUser(token), asUser(token), asUser(token)]);
    for (const answer of answers) expect(errorOf(answer)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(slow.reads()).toBe(1);
  });

  test('is asked once for any number of tokens with keys that it does not have', async () => {
    await using flooded = await startIdentityProvider();
    const other = await gateway.workspace();
    await trust(other, flooded.entry);
    const tokens = await Promise.all(
      Array.from({ length: 40 }, (_, index) => flooded.sign({ sub: 'u' }, { header: { kid: `made-up-${index}` } })),
    );
    for (const token of tokens) expect(errorOf(await asUser(token)).code).toBe('UNAUTHENTICATED');
    expect(flooded.reads()).toBe(1);
  });
});
