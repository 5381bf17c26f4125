/** Every way of making an access token that the gateway did not mean. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { ISSUER, startSessionGateway } from '../support/session-gateway.js';
import { assemble, type Claims, claimsOf, forge, headerOf } from '../support/tokens.js';

const { gateway, session, ownKey, ask, expectRefused } = await startSessionGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

/** The token of the session with something changed, signed with the gateway's own key. */
const changed = (claims: Claims, header: object = {}, token = session.accessToken) =>
  forge(ownKey, { ...headerOf(token), ...header }, { ...claimsOf(token), ...claims });

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
