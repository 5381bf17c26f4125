/** An identity provider that publishes its keys somewhere else than it did, as its discovery document says. */
import { afterAll, describe, expect, test } from 'vitest';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const UPDATE = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
const asUser = (token: string) => postGraphql(gateway.url, '{ viewer { kind } }', undefined, { key: token });
const USER = { viewer: { kind: 'USER_TOKEN' } };
const NEW_PLACE = '/keys/v2.json';

/** A provider whose tokens a workspace accepts, and whose keys the gateway has read. */
async function accept(provider: IdentityProvider) {
  const { test: caller } = await gateway.workspace();
  dataOf(await caller.query(UPDATE, { input: { tokenIssuers: [provider.entry] } }));
  await caller.createCustomer({ platformCustomerId: 'u' });
  const before = await provider.sign({ sub: 'u' });
  expect(dataOf(await asUser(before))).toEqual(USER);
  return { before };
}

/** A new key takes the place of all others, at another path; the old path goes on answering with the old ones. */
async function move(provider: IdentityProvider) {
  const old = [...provider.keys];
  await provider.addKey();
  provider.keys.splice(1);
  provider.moveKeys(NEW_PLACE, old);
  return provider.sign({ sub: 'u' });
}

describe('K5: an issuer that was found by its discovery document', () => {
  test('and moves its keys drops no token, and those that it left behind sign for nobody', async () => {
    await using provider = await startIdentityProvider();
    const { before } = await accept(provider);
    const after = await move(provider);
    for (const answer of await Promise.all([after, after, after].map(asUser))) expect(dataOf(answer)).toEqual(USER);
    expect(errorOf(await asUser(before))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(provider.paths.filter((path) => path === NEW_PLACE)).toHaveLength(1);
  });

  test.each([
    ['SSRF: the metadata service of a cloud', 'http://169.254.169.254/latest/keys'],
    ['SSRF: a private address', 'http://10.0.0.1/keys'],
    ['SSRF: a file', 'file:///etc/passwd'],
    ['an address with a password', 'https://a:b@idp.example/keys'],
  ])('and then names %s is not followed: its new keys cannot be read, and the old ones stay good', async (_, uri) => {
    await using provider = await startIdentityProvider();
    const { before } = await accept(provider);
    const after = await move(provider);
    provider.misbehave({ metadata: { jwks_uri: uri } });
    expect(errorOf(await asUser(after))).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(dataOf(await asUser(before))).toEqual(USER);
  });

  test('attack: and then names another issuer is not followed', async () => {
    await using provider = await startIdentityProvider();
    const { before } = await accept(provider);
    const after = await move(provider);
    provider.misbehave({ metadata: { issuer: 'https://evil.example' } });
    expect(errorOf(await asUser(after))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(dataOf(await asUser(before))).toEqual(USER);
    expect(provider.paths).not.toContain(NEW_PLACE);
  });
});

test('keys of an issuer that published no metadata when it was named are at jwksUri and nowhere else', async () => {
  await using provider = await startIdentityProvider();
  provider.misbehave({ noDiscovery: true });
  const { before } = await accept(provider);
  const asked = provider.paths.length;
  provider.misbehave({});
  const after = await move(provider);
  expect(errorOf(await asUser(after))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  expect(dataOf(await asUser(before))).toEqual(USER);
  expect(provider.paths.slice(asked)).toEqual(['/jwks.json']);
});
