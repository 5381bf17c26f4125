/** What is tried with JSON Web Tokens (RFC 8725), each against a token that would be good without it. */
import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, type CryptoKey as JoseKey } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import {
  type IdentityProvider,
  makeKey,
  type ProviderKey,
  startIdentityProvider,
} from '../support/identity-provider.js';
import type { TestWorkspace } from '../support/workspace.js';

let gateway: TestGateway;
let provider: IdentityProvider;
let workspace: TestWorkspace;
let strangerKey: ProviderKey;
let rsa: ProviderKey;

beforeAll(async () => {
  gateway = await startGateway({ work: false });
  provider = await startIdentityProvider();
  rsa = await provider.addKey('RS256');
  strangerKey = await makeKey('ES256');
  workspace = await gateway.workspace();
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await workspace.test.query(update, { input: { tokenIssuers: [provider.entry] } }));
  await workspace.test.createCustomer({ platformCustomerId: 'u' });
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const asUser = (token: string, key?: string) =>
  postGraphql(gateway.url, '{ viewer { kind } }', undefined, {
    key: token,
    ...(key !== undefined && { headers: { 'x-api-key': key } }),
  });
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
const claims = () => ({ iss: provider.issuer, aud: provider.audience, sub: 'u', exp: now() + 600 });
const partsOf = async () => (await provider.sign({ sub: 'u' })).split('.') as [string, string, string];
const hmac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest('base64url');

test('the token that all of these start from is good', async () => {
  expect(dataOf(await asUser(await provider.sign({ sub: 'u' })))).toEqual({ viewer: { kind: 'USER_TOKEN' } });
});

const attacks: [string, () => Promise<string>][] = [
  ['alg none, without a signature', async () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claims())}.`],
  ['alg none, with a signature', async () => `${encode({ alg: 'none' })}.${(await partsOf()).slice(1).join('.')}`],
  ['alg nOnE', async () => `${encode({ alg: 'nOnE' })}.${encode(claims())}.AAAA`],
  [
    'HS256 with the public RSA key in PEM as its secret',
    async () => {
      const pem = await exportSPKI((await importJWK(rsa.publicJwk, 'RS256')) as JoseKey);
      const text = `${encode({ alg: 'HS256', kid: rsa.kid, typ: 'at+jwt' })}.${encode(claims())}`;
      return `${text}.${hmac(pem, text)}`;
    },
  ],
  [
    'HS256 with the modulus as its secret',
    async () => {
      const text = `${encode({ alg: 'HS256', kid: rsa.kid })}.${encode(claims())}`;
      return `${text}.${hmac(Buffer.from(rsa.publicJwk.n ?? '', 'base64url'), text)}`;
    },
  ],
  [
    'the other algorithm of the same RSA key',
    async () => {
      const [, payload, signature] = (await provider.sign({ sub: 'u' }, { key: rsa })).split('.');
      return `${encode({ alg: 'PS256', kid: rsa.kid, typ: 'at+jwt' })}.${payload}.${signature}`;
    },
  ],
  [
    'an elliptic key under an RSA key’s kid',
    () => provider.sign({ sub: 'u' }, { key: strangerKey, header: { kid: rsa.kid } }),
  ],
  [
    'a stranger’s key under a good kid',
    () => provider.sign({ sub: 'u' }, { key: { ...strangerKey, kid: provider.keys[1]?.kid ?? '' } }),
  ],
  ['an unknown kid', () => provider.sign({ sub: 'u' }, { key: strangerKey })],
  [
    'its own key in the header (jwk)',
    () => provider.sign({ sub: 'u' }, { key: strangerKey, header: { jwk: strangerKey.publicJwk } }),
  ],
  [
    'the address of its own keys in the header (jku)',
    () => provider.sign({ sub: 'u' }, { header: { jku: 'https://evil.example/jwks' } }),
  ],
  [
    'the address of a certificate in the header (x5u)',
    () => provider.sign({ sub: 'u' }, { header: { x5u: 'https://evil.example/x' } }),
  ],
  ['another audience', () => provider.sign({ sub: 'u', aud: 'another-service' })],
  ['an audience that begins like ours', () => provider.sign({ sub: 'u', aud: `${provider.audience}/x` })],
  ['no audience', () => provider.sign({ sub: 'u', aud: undefined as never })],
  ['another issuer', () => provider.sign({ sub: 'u', iss: 'https://evil.example' })],
  ['an issuer with one more slash', () => provider.sign({ sub: 'u', iss: `${provider.issuer}/` })],
  ['no issuer', () => provider.sign({ sub: 'u', iss: undefined as never })],
  ['an expiry one second past the leeway', () => provider.sign({ sub: 'u', exp: now() - 31 })],
  ['no expiry', () => provider.sign({ sub: 'u' }, { expiresInSeconds: null })],
  ['an expiry in words', () => provider.sign({ sub: 'u', exp: 'never' as never })],
  ['a beginning that is to come', () => provider.sign({ sub: 'u', nbf: now() + 45 })],
  ['no subject', () => provider.sign({})],
  ['an empty subject', () => provider.sign({ sub: '' })],
  ['a subject that is a list', () => provider.sign({ sub: ['u'] as never })],
  ['a subject of 256 characters', () => provider.sign({ sub: 'u'.repeat(256) })],
  ['a subject with a NUL', () => provider.sign({ sub: 'u\0' })],
  ['the type of a logout token', () => provider.sign({ sub: 'u' }, { header: { typ: 'logout+jwt' } })],
  ['a binding to a key that is not shown', () => provider.sign({ sub: 'u', cnf: { jkt: 'x' } } as never)],
  ['more than 8192 characters', () => provider.sign({ sub: 'u', bulk: 'x'.repeat(8_192) })],
  [
    'a changed payload',
    async () => {
      const [header, , signature] = await partsOf();
      return `${header}.${encode({ ...claims(), sub: 'admin' })}.${signature}`;
    },
  ],
  [
    'an extension that must be understood (crit)',
    () => provider.sign({ sub: 'u' }, { header: { crit: ['b64'], b64: true } }),
  ],
  ['five parts, as an encrypted token has', async () => `${(await partsOf()).join('.')}.a.b`],
  ['a payload that is no object', async () => `${(await partsOf())[0]}.${encode('u')}.AAAA`],
];

describe('refused as UNAUTHENTICATED, alone and beside a key of the workspace: a token with', () => {
  test.each(attacks)('%s', async (_, make) => {
    const token = await make();
    for (const key of [undefined, workspace.test.key]) {
      expect(errorOf(await asUser(token, key))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    }
  });
});

describe('a token has one spelling', () => {
  test.each<[string, (parts: [string, string, string]) => string]>([
    ['padding', ([header, payload, signature]) => `${header}.${payload}.${signature}==`],
    [
      'a space inside',
      ([header, payload, signature]) => `${header}.${payload}.${signature.slice(0, 9)} ${signature.slice(9)}`,
    ],
    ['the other base64 alphabet', ([header, payload]) => `${header}.${payload}.${'+/'.repeat(43)}`],
    ['spare bits set', ([header, payload, signature]) => `${header}.${payload}.${withSpareBits(signature)}`],
  ])('and none with %s', async (_, respell) => {
    expect(errorOf(await asUser(respell(await partsOf())))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

// 64 bytes are 86 characters, of whose last one four bits mean nothing.
function withSpareBits(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(signature.at(-1) ?? '');
  const respelled = signature.slice(0, -1) + alphabet[last + 1];
  expect(Buffer.from(respelled, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
  return respelled;
}

test('a clock that is off by less than 30 seconds, in either direction, drops no token', async () => {
  for (const claim of [{ exp: now() - 20 }, { nbf: now() + 20 }]) {
    expect(dataOf(await asUser(await provider.sign({ sub: 'u', ...claim })))).toBeTruthy();
  }
});

test('of several audiences in a token one must be the workspace’s', async () => {
  expect(dataOf(await asUser(await provider.sign({ sub: 'u', aud: ['x', provider.audience] })))).toBeTruthy();
  expect(errorOf(await asUser(await provider.sign({ sub: 'u', aud: ['x', 'y'] }))).code).toBe('UNAUTHENTICATED');
});

test('nothing but the address that the workspace gave is ever asked for keys', () => {
  expect(new Set(provider.paths)).toEqual(new Set(['/.well-known/openid-configuration', '/jwks.json']));
});
