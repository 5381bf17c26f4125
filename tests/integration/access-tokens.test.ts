/** Access tokens: what they say, where they are good, and how they end. */
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWK, jwtVerify } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { createBrowser, newPerson } from '../support/connect.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { ISSUER, startSessionGateway } from '../support/session-gateway.js';
import { claimsOf, headerOf } from '../support/tokens.js';

const { gateway, workspace, browser, session, ownKey, start, ask, expectRefused } = await startSessionGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

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
