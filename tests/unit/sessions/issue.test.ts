import { generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { issueTokens } from '../../../src/sessions/issue.js';
import { loadSigningKeys } from '../../../src/sessions/signing-keys.js';
import { principal } from '../principals.js';

const session = {
  id: '01890000-0000-7000-8000-000000000001',
  customerId: '01890000-0000-7000-8000-000000000002',
  keyId: '01890000-0000-7000-8000-000000000003',
  embedSessionId: null,
  provedAt: new Date('2026-11-20T12:00:00.900Z'),
  refreshableUntil: new Date('2026-11-20T12:30:00.900Z'),
  readAt: Date.parse('2026-11-20T12:10:00Z') / 1000,
  email: null,
  emailVerified: false,
  phone: '+14155550123',
  phoneVerified: true,
};

async function issue(kind: 'ec' | 'ed25519') {
  const { privateKey } =
    kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  const signingKeys = await loadSigningKeys({
    signingKeys: JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }),
    dataDirectory: '',
  });
  const deps = { signingKeys, issuer: 'https://id.example.com' };
  const issued = await issueTokens(deps, principal(), { session, refreshToken: 'r' });
  return { issued, keys: createLocalJWKSet({ keys: signingKeys.all.map(({ jwk }) => ({ ...jwk })) }) };
}

test.each([
  ['ec', 'ES256'],
  ['ed25519', 'EdDSA'],
] as const)('tokens signed with a key of %s verify under %s', async (kind, alg) => {
  const { issued, keys } = await issue(kind);
  const options = { algorithms: [alg], currentDate: new Date('2026-11-20T12:11:00Z') };
  expect(decodeProtectedHeader(issued.accessToken)).toMatchObject({ alg, typ: 'at+jwt' });
  const { payload } = await jwtVerify(issued.idToken, keys, options);
  expect(payload).toMatchObject({ auth_time: Date.parse('2026-11-20T12:00:00Z') / 1000, exp: session.readAt + 900 });
  await jwtVerify(issued.accessToken, keys, options);
});

test('the database’s clock says when a token starts and expires', async () => {
  const { issued } = await issue('ec');
  expect(issued.expiresAt).toEqual(new Date('2026-11-20T12:25:00.000Z'));
});

test('a contact that the customer does not have is no claim, and neither is its status', async () => {
  const { issued, keys } = await issue('ec');
  const { payload } = await jwtVerify(issued.idToken, keys, { currentDate: new Date('2026-11-20T12:11:00Z') });
  expect(Object.keys(payload).filter((name) => /email|phone|nonce/.test(name))).toEqual([
    'phone_number',
    'phone_number_verified',
  ]);
});
