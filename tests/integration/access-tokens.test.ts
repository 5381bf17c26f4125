/** Access tokens: what they say, and every way of making one that the gateway did not mean. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, createBrowser, newPerson, type SessionView } from '../support/connect.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { assemble, type Claims, claimsOf, forge, headerOf, signingKeysIn } from '../support/tokens.js';
import type { TestWorkspace } from '../support/workspace.js';

const ISSUER = 'https://id.example.com';
const gateway = await startGateway({
  env: { GATEWAY_PUBLIC_URL: ISSUER, TRUSTED_PROXIES: '127.0.0.1' },
  work: false,
});
afterAll(() => gateway[Symbol.asyncDispose]());

let workspace: TestWorkspace;
let browser: Browser;
let session: SessionView;
let ownKey: JWK;
beforeAll(async () => {
  workspace = await gateway.workspace();
  browser = await createBrowser(gateway.url, workspace);
  session = await start();
  ownKey = signingKeysIn(gateway.dataDirectory)[0] as JWK;
});

async function start(more: Record<string, unknown> = {}): Promise<SessionView> {
  const person = newPerson();
  await workspace.test.createCustomer({ ...person, region: 'DE' });
  return browser.connect(person.email, more);
}

const ask = (token: string, headers: Record<string, string> = {}) =>
  postGraphql<{ viewer: { kind: string; customer: { id: string } } }>(
    gateway.url,
    '{ viewer { kind scopes mode customer { id } } }',
    {},
    { key: token, headers },
  );
const expectRefused = async (token: string, headers?: Record<string, string>) =>
  expect(errorOf(await ask(token, headers))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });

/** The token of the session with something changed, signed with the gateway's own key. */
const changed = (claims: Claims, header: object = {}, token = session.accessToken) =>
  forge(ownKey, { ...headerOf(token), ...header }, { ...claimsOf(token), ...claims });

describe('what the tokens of a session say', () => {
  test('K3: the access token names issuer, workspace, customer, key, scope, proof and mode, for 900 seconds', () => {
    const { accessToken, customer } = session;
    expect(headerOf(accessToken)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    const claims = claimsOf(accessToken);
    expect(claims).toEqual({
      iss: ISSUER,
      aud: `Workspace:${workspace.id}`,
      sub: customer.id,
      azp: `ApiKey:${browser.keyId}`,
      client_id: `ApiKey:${browser.keyId}`,
      scope: 'self:read self:write',
      amr: ['otp', 'sms'],
      mode: 'TEST',
      iat: expect.any(Number),
      exp: (claims['iat'] as number) + 900,
      jti: expect.any(String),
    });
    expect(Date.parse(session.expiresAt)).toBe((claims['exp'] as number) * 1000);
  });

  test('K3: the id token is for the key, with the nonce, both contacts and the time of the proof', async () => {
    const { idToken, customer } = await start({ nonce: 'n-0S6_WzA2Mj' });
    expect(headerOf(idToken)).toEqual({ alg: 'ES256', typ: 'JWT', kid: headerOf(session.accessToken).kid });
    expect(claimsOf(idToken)).toMatchObject({
      iss: ISSUER,
      aud: `ApiKey:${browser.keyId}`,
      sub: customer.id,
      nonce: 'n-0S6_WzA2Mj',
      email: customer.email,
      email_verified: false,
      phone_number: customer.phone,
      phone_number_verified: true,
      auth_time: expect.any(Number),
    });
    expect(claimsOf(session.idToken)['nonce']).toBeUndefined();
  });

  test('K4: claims of the workspace stand under their own names, and override none of the gateway’s', async () => {
    const own = await gateway.workspace();
    const wanted = {
      role: 'buyer',
      'https://shop.example/tier': { level: 3 },
      ...{ sub: 'Customer:eve', exp: 9_999_999_999, scope: 'customers:write', mode: 'LIVE', jti: 'x', iss: 'x' },
      ...{ session_id: 'theirs', nbf: 9_999_999_999, cnf: {}, acr: 'aal3', auth_time: 1 },
    };
    await gateway.sql('update workspace set access_token_claims = $2::jsonb where id = $1', [
      own.id,
      JSON.stringify(wanted),
    ]);
    const person = newPerson();
    await own.test.createCustomer(person);
    const { accessToken, customer } = await (await createBrowser(gateway.url, own)).connect(person.email);
    const claims = claimsOf(accessToken);
    expect(claims).toMatchObject({
      role: 'buyer',
      'https://shop.example/tier': { level: 3 },
      sub: customer.id,
      scope: 'self:read self:write',
      mode: 'TEST',
      iss: ISSUER,
    });
    const names = Object.keys(claimsOf(session.accessToken));
    expect(Object.keys(claims).sort()).toEqual([...names, 'role', 'https://shop.example/tier'].sort());
    expect((await ask(accessToken)).body.data?.viewer.customer.id).toBe(customer.id);
  });
});

describe('the keys are published', () => {
  const get = (path: string) => fetch(`${gateway.url}/.well-known/${path}`);

  test('K4: any OpenID Connect library finds issuer and keys, and verifies both tokens with them', async () => {
    const configuration = (await (await get('openid-configuration')).json()) as Record<string, string>;
    expect(configuration).toMatchObject({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: ['ES256'],
      subject_types_supported: ['public'],
    });
    const keys = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));
    await jwtVerify(session.accessToken, keys, {
      issuer: ISSUER,
      audience: `Workspace:${workspace.id}`,
      typ: 'at+jwt',
    });
    await jwtVerify(session.idToken, keys, { issuer: ISSUER, audience: `ApiKey:${browser.keyId}`, typ: 'JWT' });
    const local = createLocalJWKSet((await (await get('jwks.json')).json()) as JSONWebKeySet);
    await jwtVerify(session.accessToken, local);
  });

  test('K4: in their public parts and nothing else, for caches to keep five minutes', async () => {
    const response = await get('jwks.json');
    const { keys } = (await response.json()) as JSONWebKeySet;
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] as JWK).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(JSON.stringify(keys)).not.toContain(ownKey.d);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  });
});

describe('a session’s access token reaches what its customer may', () => {
  test('itself, and nothing that needs another scope', async () => {
    const answer = dataOf(await ask(session.accessToken));
    expect(answer.viewer).toEqual({
      kind: 'CUSTOMER_SESSION',
      scopes: ['self:read', 'self:write'],
      mode: 'TEST',
      customer: { id: session.customer.id },
    });
    const list = await gateway.query('{ customers { nodes { id } } }', {}, { key: session.accessToken });
    expect(errorOf(list)).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('beside a key of its own workspace and mode, and of no other', async () => {
    const other = await gateway.workspace();
    expect((await ask(session.accessToken, { 'x-api-key': browser.key })).status).toBe(200);
    await expectRefused(session.accessToken, { 'x-api-key': other.test.key });
    await expectRefused(session.accessToken, { 'x-api-key': workspace.live.key });
  });

  test('as its key does: one that runs published operations only starts sessions that do the same', async () => {
    const page = await createBrowser(gateway.url, workspace);
    const person = newPerson();
    await workspace.test.createCustomer(person);
    const { accessToken } = await page.connect(person.email);
    expect((await ask(accessToken)).status).toBe(200);
    await gateway.sql('update api_key set persisted_only = true where id = $1', [page.keyId]);
    expect(errorOf(await ask(accessToken))).toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });
});

describe('a token that is bound to an embed session', () => {
  test('is good beside that one and alone, and refused beside another', async () => {
    const { accessToken } = await start({ sessionId: 'embed-1' });
    expect(claimsOf(accessToken)['session_id']).toBe('embed-1');
    expect((await ask(accessToken)).status).toBe(200);
    expect((await ask(accessToken, { 'x-embed-session': 'embed-1' })).status).toBe(200);
    await expectRefused(accessToken, { 'x-embed-session': 'embed-2' });
    await expectRefused(accessToken, { 'x-embed-session': '' });
  });

  test('and one that is bound to none is good beside any', async () => {
    expect((await ask(session.accessToken, { 'x-embed-session': 'embed-2' })).status).toBe(200);
  });
});

describe('K3: a token that the gateway did not mean is refused', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const stranger = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK;

  test('one that it made is taken: the forger of these tests can sign', async () => {
    expect((await ask(changed({}))).status).toBe(200);
    expect((await ask(changed({ exp: now() + 60, nbf: now() - 60 }))).status).toBe(200);
  });

  test('alg none, in any case, with or without a signature', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const header = { ...headerOf(session.accessToken), alg };
      await expectRefused(assemble(header, claimsOf(session.accessToken), () => Buffer.alloc(0)));
      await expectRefused(changed({}, { alg }));
    }
  });

  test('algorithm confusion: HS256 keyed with what is published of the key', async () => {
    const { d: _, ...published } = ownKey;
    const header = { ...headerOf(session.accessToken), alg: 'HS256' };
    for (const secret of [JSON.stringify(published), ownKey.x ?? '', Buffer.from(ownKey.x ?? '', 'base64url')]) {
      const sign = (input: string) => createHmac('sha256', secret).update(input).digest();
      await expectRefused(assemble(header, claimsOf(session.accessToken), sign));
    }
  });

  test.each(['RS256', 'ES384', 'EdDSA', 'ES256K', 'ES256 '])('a good signature under the name of %s', async (alg) => {
    await expectRefused(changed({}, { alg }));
  });

  test.each(['JWT', 'application/at+jwt', 'AT+JWT', 'logout+jwt', ''])('another typ: %s', async (typ) => {
    await expectRefused(changed({}, { typ }));
  });

  test('an id token where an access token is expected, and one that was dressed up as it', async () => {
    await expectRefused(session.idToken);
    await expectRefused(changed({ jti: claimsOf(session.accessToken)['jti'] }, { typ: 'at+jwt' }, session.idToken));
  });

  test.each<[string, Claims]>([
    ['another iss', { iss: 'https://evil.example' }],
    ['an iss that only ends another way', { iss: `${ISSUER}/` }],
    ['another aud', { aud: 'https://shop.example' }],
    ['an aud among several', { aud: ['Workspace:00000000-0000-7000-8000-000000000000'] }],
    ['another customer', { sub: 'Customer:00000000-0000-7000-8000-000000000000' }],
    ['the other mode', { mode: 'LIVE' }],
    ['no exp', { exp: undefined }],
    ['an exp that is text', { exp: '9999999999' }],
    ['a jti of no session', { jti: '00000000-0000-7000-8000-000000000000.x' }],
    ['a jti that is no session', { jti: "' or 1=1 --" }],
  ])('%s', async (_, claims) => {
    await expectRefused(changed(claims));
  });

  test('another workspace, whose customer the session is not', async () => {
    await expectRefused(changed({ aud: `Workspace:${(await gateway.workspace()).id}` }));
  });

  test('one that expired a second past the leeway, and one whose time is to come; the leeway itself is five seconds', async () => {
    await expectRefused(changed({ exp: now() - 6 }));
    await expectRefused(changed({ nbf: now() + 8 }));
    expect((await ask(changed({ exp: now() - 2 }))).status).toBe(200);
    expect((await ask(changed({ nbf: now() + 3 }))).status).toBe(200);
  });

  test('one of an unknown key, and one that brings its own', async () => {
    const key = stranger();
    const { d: _, ...jwk } = key;
    const claims = claimsOf(session.accessToken);
    const header = headerOf(session.accessToken);
    await expectRefused(forge(key, header, claims));
    await expectRefused(forge(key, { ...header, kid: 'unknown' }, claims));
    await expectRefused(forge(key, { ...header, kid: undefined }, claims));
    for (const brought of [
      { jwk },
      { jku: 'https://evil.example/jwks.json' },
      { x5c: ['AA=='] },
      { x5u: 'https://evil.example' },
    ]) {
      await expectRefused(forge(key, { ...header, ...brought }, claims));
      await expectRefused(forge(ownKey, { ...header, ...brought }, claims));
    }
  });

  test('one that asks for what is not understood', async () => {
    await expectRefused(changed({}, { crit: ['exp'], exp: 1 }));
    await expectRefused(changed({}, { b64: false, crit: ['b64'] }));
  });

  test('one whose claims were changed after it was signed', async () => {
    const [header, , signature] = session.accessToken.split('.');
    const claims = Buffer.from(JSON.stringify({ ...claimsOf(session.accessToken), sub: 'Customer:x' }));
    await expectRefused(`${header}.${claims.toString('base64url')}.${signature}`);
  });

  test('one token in another spelling: padded, with spare bits, with a space, in the other alphabet', async () => {
    const [header = '', claims = '', signature = ''] = session.accessToken.split('.');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet[alphabet.indexOf(signature.at(-1) ?? '') + 1];
    const respelled = `${signature.slice(0, -1)}${last}`;
    expect(Buffer.from(respelled, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
    await expectRefused(`${header}.${claims}.${respelled}`);
    await expectRefused(`${header}.${claims}.${signature}==`);
    await expectRefused(`${header}=.${claims}.${signature}`);
    await expectRefused(`${header}.${claims} .${signature}`);
    await expectRefused(`${header}.${claims}.${signature}.`);
    const standard = signature.replaceAll('-', '+').replaceAll('_', '/');
    if (standard !== signature) await expectRefused(`${header}.${claims}.${standard}`);
  });

  test('one that is longer than any that is issued', async () => {
    await expectRefused(changed({ filler: 'x'.repeat(9_000) }));
  });
});

describe('a token is refused at once', () => {
  test('when its session has ended, in the same request that a moment ago passed', async () => {
    const { accessToken } = await start();
    expect((await ask(accessToken)).status).toBe(200);
    expect(await browser.end({}, { key: accessToken })).toBe(1);
    await expectRefused(accessToken);
  });

  test('when its customer is deleted', async () => {
    const { accessToken, customer } = await start();
    await workspace.test.query('mutation ($i: DeleteCustomerInput!) { deleteCustomer(input: $i) { id } }', {
      i: { id: customer.id },
    });
    await expectRefused(accessToken);
  });

  test('when the key that its session was started with is revoked, or its time has passed', async () => {
    for (const ending of [`revoked_at = now()`, `expires_at = now() - interval '1 second'`]) {
      const page = await createBrowser(gateway.url, workspace);
      const person = newPerson();
      await workspace.test.createCustomer(person);
      const { accessToken } = await page.connect(person.email);
      expect((await ask(accessToken)).status).toBe(200);
      await gateway.sql(`update api_key set ${ending} where id = $1`, [page.keyId]);
      await expectRefused(accessToken);
    }
  });
});
