/** The settings of a workspace: read, changed, checked, and put to use. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Caller, DOCUMENTS, type Variables } from '../support/caller.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { startIdentityProvider } from '../support/identity-provider.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ work: false });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const SETTINGS = `id name appName defaultLocale redirectUris eligibleCountries contactVerificationPolicy { region channels }
  connectStampsEmail connectReply accessTokenClaims autofillDomain tokenIssuers { issuer jwksUri audience }`;
const READ = `{ result: workspace { ${SETTINGS} } }`;
const UPDATE = `mutation ($input: UpdateWorkspaceInput!) { result: updateWorkspace(input: $input) { ${SETTINGS} } }`;

type Settings = Record<string, unknown>;
const read = async (caller: Caller) => dataOf(await caller.query<{ result: Settings }>(READ)).result;
const update = async (caller: Caller, input: Variables) =>
  dataOf(await caller.query<{ result: Settings }>(UPDATE, { input })).result;
const faultOf = async (caller: Caller, input: Variables) => errorOf(await caller.query(UPDATE, { input }));

const ISSUER = { issuer: 'https://idp.invalid/tenant', jwksUri: 'https://idp.invalid/keys', audience: 'api' };
const EVERYTHING = {
  name: 'Acme Market Ltd',
  appName: 'Acme',
  defaultLocale: 'de-DE',
  redirectUris: ['https://shop.example/done?step=2', 'http://localhost:3000/done'],
  eligibleCountries: ['DE', 'FR'],
  contactVerificationPolicy: [
    { region: 'EU', channels: ['EMAIL'] },
    { region: 'BR', channels: ['PHONE', 'EMAIL'] },
  ],
  connectStampsEmail: true,
  connectReply: 'UNIFORM',
  accessTokenClaims: { tier: 'gold', limits: { daily: [1, 2] } },
  autofillDomain: 'shop.example',
  tokenIssuers: [ISSUER],
};

describe('a workspace', () => {
  test('K7: takes every setting, shows it to the keys of both its modes, and to those of no other workspace', async () => {
    const [mine, other] = await Promise.all([gateway.workspace(), gateway.workspace()]);
    const before = await read(other.test);
    const id = `Workspace:${mine.id}`;
    expect(await update(mine.test, EVERYTHING)).toEqual({ id, ...EVERYTHING });
    expect(await read(mine.test)).toEqual({ id, ...EVERYTHING });
    expect(await read(mine.live)).toEqual({ id, ...EVERYTHING });
    expect(await read(other.test)).toEqual(before);
    const node = 'query ($id: ID!) { node(id: $id) { id } }';
    expect(dataOf(await other.test.query(node, { id }))).toEqual({ node: null });
  });

  test('keeps what is left out or null; a null autofillDomain, and only that, is taken away', async () => {
    const { test: caller } = await gateway.workspace();
    const before = await update(caller, EVERYTHING);
    const nulls = Object.fromEntries(Object.keys(EVERYTHING).map((name) => [name, null]));
    expect(await update(caller, {})).toEqual(before);
    expect(await update(caller, { appName: 'Other' })).toEqual({ ...before, appName: 'Other' });
    expect(await update(caller, nulls)).toEqual({ ...before, appName: 'Other', autofillDomain: null });
  });

  test('keeps each setting in its canonical form', async () => {
    const { test: caller } = await gateway.workspace();
    expect(
      await update(caller, {
        name: '  Acme  ',
        defaultLocale: 'EN-us',
        redirectUris: ['HTTPS://Shop.Example:443/a/../b'],
        autofillDomain: 'Bücher.Example',
      }),
    ).toMatchObject({
      name: 'Acme',
      defaultLocale: 'en-US',
      redirectUris: ['https://shop.example/b'],
      autofillDomain: 'xn--bcher-kva.example',
    });
  });

  test('puts a change to use with the next call in the same process', async () => {
    const { test: caller } = await gateway.workspace();
    const customer = await caller.createCustomer({ phone: '+33612345678', region: 'FR' });
    expect(await caller.call('contactVerification', { id: customer.id })).toEqual({
      email: 'PENDING',
      phone: 'PENDING',
    });
    await update(caller, {
      eligibleCountries: ['DE'],
      contactVerificationPolicy: [{ region: 'FR', channels: ['PHONE'] }],
    });
    expect(await caller.call('contactVerification', { id: customer.id })).toEqual({ email: null, phone: 'PENDING' });
    expect(await caller.call('sendPhone', { input: { customerId: customer.id } })).toMatchObject({
      code: 'COUNTRY_NOT_ELIGIBLE',
    });
  });

  test('is changed by holders of workspace:write and read by holders of workspace:read', async () => {
    const { key } = await gateway.workspace();
    const ask = async (scopes: string[], document: string) => {
      const { secret } = await key({ scopes });
      return postGraphql(gateway.url, document, { input: {} }, { key: secret });
    };
    expect(errorOf(await ask(['workspace:read'], UPDATE)).code).toBe('FORBIDDEN');
    expect(errorOf(await ask(['workspace:write'], READ)).code).toBe('FORBIDDEN');
    dataOf(await ask(['workspace:read'], READ));
    dataOf(await ask(['workspace:write'], UPDATE));
    const { secret } = await key({ kind: 'PUBLISHABLE' });
    expect(errorOf(await postGraphql(gateway.url, READ, {}, { key: secret })).code).toBe('FORBIDDEN');
  });

  test('has every change in the audit logs of both modes, by names of settings and without a value', async () => {
    const { test: caller, id } = await gateway.workspace();
    await update(caller, { name: 'Audited', redirectUris: ['https://shop.example/?token=hidden'] });
    await update(caller, {});
    await faultOf(caller, { name: '' });
    const events = await gateway.sql(
      `select action, object_type, object_id, actor_kind, mode, details from audit_event
       where workspace_id = $1 order by mode`,
      [id],
    );
    const told = {
      action: 'workspace.updated',
      object_type: 'Workspace',
      object_id: id,
      actor_kind: 'SECRET_KEY',
      details: { changed: ['name', 'redirectUris'] },
    };
    expect(events).toEqual([
      { ...told, mode: 'LIVE' },
      { ...told, mode: 'TEST' },
    ]);
  });
});

const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });
const many = <Item>(count: number, of: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => of(index));

describe('a setting is refused, by the name of its argument, and nothing is changed:', () => {
  test.each<[string, Variables, string]>([
    ['a name of spaces', { name: '  ' }, 'input.name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'input.name'],
    ['a name with a line break', { name: 'a\nb' }, 'input.name'],
    ['a name that turns the text around', { name: 'a\u202eb' }, 'input.name'],
    ['an app name of 51 characters', { appName: 'x'.repeat(51) }, 'input.appName'],
    ['an app name with a link', { appName: 'Visit evil.example' }, 'input.appName'],
    ['an app name with a number to call', { appName: 'Call 0900123456' }, 'input.appName'],
    ['an app name with a hidden character', { appName: 'Ac\u200bme' }, 'input.appName'],
    ['an app name with a control character', { appName: 'Ac\u0007me' }, 'input.appName'],
    ['a locale that is none', { defaultLocale: 'en_US' }, 'input.defaultLocale'],
    ['a redirect URI by HTTP', { redirectUris: ['http://shop.example/'] }, 'input.redirectUris.0'],
    ['a relative one', { redirectUris: ['/done'] }, 'input.redirectUris.0'],
    [
      'one that runs a script',
      { redirectUris: ['https://ok.example/', 'javascript:alert(1)'] },
      'input.redirectUris.1',
    ],
    ['one with a fragment', { redirectUris: ['https://shop.example/#a'] }, 'input.redirectUris.0'],
    ['one with an empty fragment', { redirectUris: ['https://shop.example/#'] }, 'input.redirectUris.0'],
    ['one with a user', { redirectUris: ['https://shop.example@evil.example/'] }, 'input.redirectUris.0'],
    ['one with a wildcard', { redirectUris: ['https://*.example/'] }, 'input.redirectUris.0'],
    ['one with a tab inside', { redirectUris: ['https://shop.example/\ta'] }, 'input.redirectUris.0'],
    ['one with a backslash', { redirectUris: ['https://shop.example\\@evil.example'] }, 'input.redirectUris.0'],
    [
      'one that only begins like localhost',
      { redirectUris: ['http://localhost.evil.example/'] },
      'input.redirectUris.0',
    ],
    ['one too long once encoded', { redirectUris: [`https://a.example/${'é'.repeat(700)}`] }, 'input.redirectUris.0'],
    ['one twice', { redirectUris: ['https://a.example', 'https://a.example/'] }, 'input.redirectUris'],
    ['51 of them', { redirectUris: many(51, (index) => `https://a.example/${index}`) }, 'input.redirectUris'],
    ['an unknown country', { eligibleCountries: ['DE', 'ZZ'] }, 'input.eligibleCountries.1'],
    ['a country in lower case', { eligibleCountries: ['de'] }, 'input.eligibleCountries.0'],
    ['the EU as a country', { eligibleCountries: ['EU'] }, 'input.eligibleCountries.0'],
    ['a country twice', { eligibleCountries: ['DE', 'DE'] }, 'input.eligibleCountries'],
    [
      'a rule for an unknown region',
      { contactVerificationPolicy: [{ region: 'XX', channels: ['EMAIL'] }] },
      'input.contactVerificationPolicy.0.region',
    ],
    [
      'a rule with a channel twice',
      { contactVerificationPolicy: [{ region: 'DE', channels: ['EMAIL', 'EMAIL'] }] },
      'input.contactVerificationPolicy.0.channels',
    ],
    [
      'two rules for one region',
      { contactVerificationPolicy: ['EMAIL', 'PHONE'].map((kind) => ({ region: 'DE', channels: [kind] })) },
      'input.contactVerificationPolicy',
    ],
    [
      '251 rules',
      { contactVerificationPolicy: many(251, () => ({ region: 'DE', channels: ['EMAIL'] })) },
      'input.contactVerificationPolicy',
    ],
    ['claims that say who the customer is', { accessTokenClaims: { sub: 'admin' } }, 'input.accessTokenClaims'],
    ['claims in another case', { accessTokenClaims: { Scope: 'all' } }, 'input.accessTokenClaims'],
    ['claims of more than 4096 bytes', { accessTokenClaims: { a: 'é'.repeat(2_100) } }, 'input.accessTokenClaims'],
    ['claims six levels deep', { accessTokenClaims: nested(6) }, 'input.accessTokenClaims'],
    ['claims with a NUL', { accessTokenClaims: { a: ['\0'] } }, 'input.accessTokenClaims'],
    ['a domain with a path', { autofillDomain: 'shop.example/x' }, 'input.autofillDomain'],
    ['a domain of 254 characters', { autofillDomain: `${'a.'.repeat(125)}shop` }, 'input.autofillDomain'],
    ['a domain with a label of 64', { autofillDomain: `${'a'.repeat(64)}.example` }, 'input.autofillDomain'],
    ['a domain of one label', { autofillDomain: 'localhost' }, 'input.autofillDomain'],
    ['an IP address as a domain', { autofillDomain: '10.0.0.1' }, 'input.autofillDomain'],
    [
      'an issuer by HTTP',
      { tokenIssuers: [{ ...ISSUER, issuer: 'http://idp.example' }] },
      'input.tokenIssuers.0.issuer',
    ],
    [
      'an issuer with a query',
      { tokenIssuers: [{ ...ISSUER, issuer: 'https://a.example/?b' }] },
      'input.tokenIssuers.0.issuer',
    ],
    [
      'an issuer with a user',
      { tokenIssuers: [{ ...ISSUER, issuer: 'https://a@b.example' }] },
      'input.tokenIssuers.0.issuer',
    ],
    [
      'keys by another scheme',
      { tokenIssuers: [{ ...ISSUER, jwksUri: 'file:///etc/passwd' }] },
      'input.tokenIssuers.0.jwksUri',
    ],
    ['an audience of nothing', { tokenIssuers: [{ ...ISSUER, audience: '' }] }, 'input.tokenIssuers.0.audience'],
    [
      'an issuer with an audience twice',
      { tokenIssuers: [ISSUER, { ...ISSUER, jwksUri: 'https://idp.invalid/other' }] },
      'input.tokenIssuers',
    ],
    ['11 issuers', { tokenIssuers: many(11, (index) => ({ ...ISSUER, audience: `${index}` })) }, 'input.tokenIssuers'],
  ])('%s', async (_, input, argument) => {
    const { test: caller } = await gateway.workspace();
    const before = await read(caller);
    expect(await faultOf(caller, { ...input, connectStampsEmail: true })).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument,
      reason: expect.stringMatching(/\S/),
    });
    expect(await read(caller)).toEqual(before);
  });

  test('claims with the name of a prototype, at any depth', async () => {
    const { test: caller } = await gateway.workspace();
    const refusals: [string, string][] = [
      // Refused before GraphQL sees it: no body may hold one.
      ['{"__proto__":{"a":1}}', 'BAD_REQUEST'],
      ['{"a":{"__proto__":1}}', 'BAD_REQUEST'],
      ['{"a":[{"constructor":1}]}', 'BAD_USER_INPUT'],
    ];
    for (const [claims, code] of refusals) {
      const input = { accessTokenClaims: JSON.parse(claims) as object };
      expect(await faultOf(caller, input), claims).toMatchObject({ code });
    }
  });
});

describe('an identity provider on the list', () => {
  test('whose discovery document agrees, or which has none or cannot be reached, is taken', async () => {
    await using provider = await startIdentityProvider();
    const { test: caller } = await gateway.workspace();
    const take = async () => (await update(caller, { tokenIssuers: [provider.entry] }))['tokenIssuers'];
    expect(await take()).toEqual([provider.entry]);
    provider.misbehave({ noDiscovery: true });
    expect(await take()).toEqual([provider.entry]);
    await provider.close();
    expect(await take()).toEqual([provider.entry]);
  });

  test('whose discovery document names another issuer or other keys is refused', async () => {
    await using provider = await startIdentityProvider();
    const { test: caller } = await gateway.workspace();
    provider.misbehave({ metadata: { issuer: 'https://another.example' } });
    expect(await faultOf(caller, { tokenIssuers: [provider.entry] })).toMatchObject({
      argument: 'input.tokenIssuers.0.issuer',
    });
    provider.misbehave({ metadata: { jwks_uri: 'https://another.example/jwks' } });
    expect(await faultOf(caller, { tokenIssuers: [provider.entry] })).toMatchObject({
      argument: 'input.tokenIssuers.0.jwksUri',
    });
  });

  test('that is the gateway itself is refused: its tokens are not a provider’s', async () => {
    await using own = await startGateway({ work: false, env: { GATEWAY_PUBLIC_URL: 'https://gateway.example' } });
    const { test: caller } = await own.workspace();
    const tokenIssuers = [{ ...ISSUER, issuer: 'https://gateway.example' }];
    expect(await faultOf(caller, { tokenIssuers })).toMatchObject({ argument: 'input.tokenIssuers.0.issuer' });
  });
});

test('the viewer shows the workspace as it is now', async () => {
  const { test: caller } = await gateway.workspace();
  await update(caller, { appName: 'Now' });
  expect(dataOf(await caller.query(DOCUMENTS.viewer))).toMatchObject({ viewer: { workspace: { appName: 'Now' } } });
});
