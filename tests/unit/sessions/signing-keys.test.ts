import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/kernel/config.js';
import { loadSigningKeys, newKeySet } from '../../../src/sessions/signing-keys.js';

const dataDirectory = mkdtempSync(join(tmpdir(), 'signing-keys-'));
afterAll(() => rmSync(dataDirectory, { recursive: true }));

const load = (signingKeys?: string) => loadSigningKeys({ signingKeys, dataDirectory });
const setOf = (...keys: object[]) => JSON.stringify({ keys });
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const ed = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const publicOf = ({ d: _, ...jwk }: ReturnType<typeof ec>) => jwk;

describe('signing keys', () => {
  test('are made in the data directory, for its user only, and stay the same', async () => {
    const { current } = await load();
    expect(current).toMatchObject({ alg: 'ES256', kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(statSync(join(dataDirectory, 'signing-keys.json')).mode & 0o777).toBe(0o600);
    expect((await load()).current.kid).toBe(current.kid);
  });

  test('are read from JSON and from a file alike', async () => {
    const set = newKeySet();
    const path = join(dataDirectory, 'given.json');
    writeFileSync(path, set);
    expect((await load(path)).current.kid).toBe((await load(set)).current.kid);
  });

  test('are named by their RFC 7638 thumbprint where they have no name', async () => {
    // The thumbprint of RFC 8037 appendix A.3, of the key in appendix A.1.
    const jwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    };
    const { current } = await load(setOf(jwk));
    expect(current).toMatchObject({ kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', alg: 'EdDSA' });
    expect((await load(setOf({ ...jwk, kid: 'own' }))).current.kid).toBe('own');
  });

  test('the first signs and all verify, public ones too', async () => {
    const keys = await load(
      setOf({ ...ec(), kid: 'new' }, { ...ed(), kid: 'old' }, { ...publicOf(ec()), kid: 'gone' }),
    );
    expect(keys.current.kid).toBe('new');
    expect(['new', 'old', 'gone', 'other', undefined].map((kid) => keys.find(kid)?.kid)).toEqual([
      'new',
      'old',
      'gone',
      undefined,
      undefined,
    ]);
  });

  test('no private member is among what is published', async () => {
    const { all } = await load(setOf({ ...ec(), kid: 'a', p: 'AQAB', q: 'AQAB', oth: [] }, { ...ed(), kid: 'b' }));
    for (const { jwk } of all) {
      const allowed = ['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use'];
      expect(Object.keys(jwk).filter((member) => !allowed.includes(member))).toEqual([]);
    }
  });
});

describe('the process does not start with', () => {
  const { d: foreign } = ec();
  test.each<[string, string]>([
    ['text that is no JSON', '{'],
    ['no key', setOf()],
    ['a key of RSA', setOf({ kty: 'RSA', n: 'AQAB', e: 'AQAB' })],
    ['a shared secret', setOf({ kty: 'oct', k: 'c2VjcmV0' })],
    ['a key of another curve', setOf({ ...ec(), crv: 'P-384' })],
    ['a key for encryption', setOf({ ...ec(), use: 'enc' })],
    ['a key for another algorithm', setOf({ ...ec(), alg: 'ES384' })],
    ['a public key in the first place', setOf(publicOf(ec()), ec())],
    ['two keys of one name', setOf({ ...ec(), kid: 'a' }, { ...ec(), kid: 'a' })],
    ['a point that is not on its curve', setOf({ ...ec(), x: 'AAAA' })],
    ['a private part that is not of its public one', setOf({ ...ec(), d: foreign })],
    ['a file that is not there', '/nowhere/keys.json'],
  ])('%s', async (_, signingKeys) => {
    const refused = await load(signingKeys).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as ConfigError).message).toMatch(/GATEWAY_SIGNING_KEYS .{20,}/);
    expect((refused as ConfigError).message).not.toContain(foreign);
  });
});
