import { hash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { mintKey } from '../../../src/access/key-format.js';
import { createKeyReader, KEY_CACHE_MS } from '../../../src/access/key-reader.js';
import { fakeConnection } from '../fake-connection.js';

const ID = '018f2c7e-1234-7abc-8def-0123456789ab';
const key = mintKey('SECRET', 'TEST');
const row = {
  workspace_id: 'w',
  mode: 'TEST',
  id: ID,
  secret_hash: new Uint8Array(hash('sha256', key.secret, 'buffer')),
  kind: 'SECRET',
  scopes: ['customers:read'],
  persisted_only: false,
  merchant_id: null,
  app_name: 'App',
  default_locale: 'de-DE',
  eligible_countries: ['DE'],
  contact_verification_policy: [{ region: 'EU', channels: ['EMAIL'] }],
  redirect_uris: ['https://app.example/done'],
  connect_stamps_email: true,
  connect_reply: 'UNIFORM',
  access_token_claims: { tier: 1 },
};

let now = 0;
let rows: unknown[] = [row];
const { pool, statements } = fakeConnection(() => rows);
let reader = createKeyReader(pool, () => now);

beforeEach(() => {
  now = 0;
  rows = [row];
  statements.length = 0;
  reader = createKeyReader(pool, () => now);
});

const refused = {
  code: 'UNAUTHENTICATED',
  message: 'The API key is not valid: unknown, expired, revoked or mistyped.',
};

test('a key is its workspace, world, scopes and settings', async () => {
  expect(await reader.read(key.secret)).toEqual({
    kind: 'SECRET_KEY',
    workspaceId: 'w',
    mode: 'TEST',
    keyId: ID,
    scopes: ['customers:read'],
    persistedOnly: false,
    workspace: {
      appName: 'App',
      defaultLocale: 'de-DE',
      redirectUris: ['https://app.example/done'],
      eligibleCountries: ['DE'],
      contactVerificationPolicy: [{ region: 'EU', channels: ['EMAIL'] }],
      connectStampsEmail: true,
      connectReply: 'UNIFORM',
      accessTokenClaims: { tier: 1 },
    },
  });
});

test('a key that runs published operations only is known to', async () => {
  rows = [{ ...row, persisted_only: true }];
  expect(await reader.read(key.secret)).toMatchObject({ persistedOnly: true });
});

test('a key of a merchant is known to be', async () => {
  rows = [{ ...row, merchant_id: 'shop-7' }];
  expect(await reader.read(key.secret)).toMatchObject({ merchantId: 'shop-7' });
});

test('the database is asked for the public part, and never shown the secret or its hash', async () => {
  await reader.read(key.secret);
  expect(statements[0]?.parameters).toEqual([key.lookup]);
});

describe('the cache', () => {
  test('answers a thousand reads with one statement', async () => {
    for (let count = 0; count < 1_000; count += 1) await reader.read(key.secret);
    expect(statements).toHaveLength(1);
  });

  test('accepts a revoked key for KEY_CACHE_MS at most, and reads it no sooner', async () => {
    await reader.read(key.secret);
    rows = [];
    now = KEY_CACHE_MS - 1;
    await reader.read(key.secret);
    expect(statements).toHaveLength(1);
    now = KEY_CACHE_MS;
    await expect(reader.read(key.secret)).rejects.toMatchObject(refused);
    expect(statements).toHaveLength(2);
  });

  test('is not made younger by being used', async () => {
    await reader.read(key.secret);
    rows = [];
    for (now = 0; now < KEY_CACHE_MS; now += 500) await reader.read(key.secret);
    await expect(reader.read(key.secret)).rejects.toMatchObject(refused);
  });

  test('forgets at once where the key was revoked in this process', async () => {
    await reader.read(key.secret);
    rows = [];
    reader.forget();
    await expect(reader.read(key.secret)).rejects.toMatchObject(refused);
  });

  test('remembers no refusal: a key is good from the moment it was made', async () => {
    rows = [];
    await expect(reader.read(key.secret)).rejects.toMatchObject(refused);
    rows = [row];
    expect((await reader.read(key.secret)).keyId).toBe(ID);
  });
});

describe('a key is refused', () => {
  test('without asking the database where it is mistyped', async () => {
    await expect(reader.read(`${key.secret.slice(0, -1)}!`)).rejects.toMatchObject(refused);
    expect(statements).toHaveLength(0);
  });

  test('where only its public part is right: a forger knows that from a log', async () => {
    rows = [{ ...row, secret_hash: new Uint8Array(hash('sha256', mintKey('SECRET', 'TEST').secret, 'buffer')) }];
    await expect(reader.read(key.secret)).rejects.toMatchObject(refused);
  });

  test('where its row holds the hash of nothing', async () => {
    rows = [{ ...row, secret_hash: new Uint8Array(32) }];
    await expect(reader.read(key.secret)).rejects.toMatchObject(refused);
  });

  test.each([
    ['another id', 'ApiKey:018f2c7e-1234-7abc-8def-000000000000'],
    ['an id of another type', `Customer:${ID}`],
    ['no id', ''],
  ])('with HTTP Basic under %s, cached or not', async (_, keyId) => {
    await expect(reader.read(key.secret, keyId)).rejects.toMatchObject(refused);
    await expect(reader.read(key.secret, keyId)).rejects.toMatchObject(refused);
    expect((await reader.read(key.secret, `ApiKey:${ID}`)).keyId).toBe(ID);
    expect((await reader.read(key.secret, ID)).keyId).toBe(ID);
  });
});

test('a flood of different keys cannot fill the memory: the oldest of ten thousand is given up', async () => {
  const floods = Array.from({ length: 10_000 }, () => mintKey('SECRET', 'TEST'));
  await reader.read(key.secret);
  for (const flood of floods) {
    rows = [{ ...row, secret_hash: hash('sha256', flood.secret, 'buffer') }];
    await reader.read(flood.secret);
  }
  rows = [row];
  await reader.read(key.secret);
  expect(statements).toHaveLength(10_002);
});
