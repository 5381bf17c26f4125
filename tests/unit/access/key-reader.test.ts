import { hash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { mintKey } from '../../../src/access/key-format.js';
import { createKeyReader, KEY_CACHE_MS } from '../../../src/access/key-reader.js';
import { fakeConnection } from '../fake-connection.js';

const HERE = '192.0.2.1';
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
  allowed_ips: null as string[] | null,
  expires_in: null as number | null,
  app_name: 'App',
  default_locale: 'de-DE',
  eligible_countries: ['DE'],
  contact_verification_policy: [{ region: 'EU', channels: ['EMAIL'] }],
  redirect_uris: ['https://app.example/done'],
  connect_stamps_email: true,
  connect_reply: 'UNIFORM',
  access_token_claims: { tier: 1 },
  token_issuers: [],
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
  message: 'The API key is not valid here: unknown, expired, revoked, mistyped, or not for this address.',
};

test('a key is its workspace, world, scopes and settings', async () => {
  expect(await reader.read(key.secret, HERE)).toEqual({
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
      tokenIssuers: [],
    },
  });
});

test('a key that runs published operations only is known to', async () => {
  rows = [{ ...row, persisted_only: true }];
  expect(await reader.read(key.secret, HERE)).toMatchObject({ persistedOnly: true });
});

test('a key of a merchant is known to be', async () => {
  rows = [{ ...row, merchant_id: 'shop-7' }];
  expect(await reader.read(key.secret, HERE)).toMatchObject({ merchantId: 'shop-7' });
});

test('every use is told, cached or not, and no refusal is', async () => {
  const used: (string | undefined)[] = [];
  reader = createKeyReader(
    pool,
    () => now,
    ({ keyId }) => used.push(keyId),
  );
  await reader.read(key.secret, HERE);
  await reader.read(key.secret, HERE);
  await expect(reader.read(key.secret, HERE, 'another')).rejects.toMatchObject(refused);
  expect(used).toEqual([ID, ID]);
});

test('the database is asked for the public part, and never shown the secret or its hash', async () => {
  await reader.read(key.secret, HERE);
  expect(statements[0]?.parameters).toEqual([key.lookup]);
});

describe('the cache', () => {
  test('answers a thousand reads with one statement', async () => {
    for (let count = 0; count < 1_000; count += 1) await reader.read(key.secret, HERE);
    expect(statements).toHaveLength(1);
  });

  test('is filled by one statement, however many ask at once when it has grown old', async () => {
    const readAll = () => Promise.all(Array.from({ length: 1_000 }, () => reader.read(key.secret, HERE)));
    await readAll();
    now = KEY_CACHE_MS;
    await readAll();
    expect(statements).toHaveLength(2);
  });

  test('attack: who asks after a revocation is not answered by a row that was being read before it', async () => {
    const before = reader.read(key.secret, HERE);
    rows = [];
    reader.forget();
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
    await before;
    expect(statements).toHaveLength(2);
  });

  test('accepts a revoked key for KEY_CACHE_MS at most, and reads it no sooner', async () => {
    await reader.read(key.secret, HERE);
    rows = [];
    now = KEY_CACHE_MS - 1;
    await reader.read(key.secret, HERE);
    expect(statements).toHaveLength(1);
    now = KEY_CACHE_MS;
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
    expect(statements).toHaveLength(2);
  });

  test('is not made younger by being used', async () => {
    await reader.read(key.secret, HERE);
    rows = [];
    for (now = 0; now < KEY_CACHE_MS; now += 500) await reader.read(key.secret, HERE);
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
  });

  test('forgets at once where the key was revoked in this process', async () => {
    await reader.read(key.secret, HERE);
    rows = [];
    reader.forget();
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
  });

  test('outlives no key: one that expires in a second is read again after a second', async () => {
    rows = [{ ...row, expires_in: 1_000 }];
    await reader.read(key.secret, HERE);
    rows = [];
    now = 999;
    await reader.read(key.secret, HERE);
    now = 1_000;
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
  });

  test('does not remember a row that was read before a revocation and came after it', async () => {
    const reads = [Promise.withResolvers<unknown[]>(), Promise.withResolvers<unknown[]>()] as const;
    const slow = fakeConnection(() => (slow.statements.length === 1 ? reads[0] : reads[1]).promise);
    const late = createKeyReader(slow.pool, () => now);
    const first = late.read(key.secret, HERE);
    late.forget();
    reads[0].resolve([row]);
    await first;
    const second = late.read(key.secret, HERE);
    reads[1].resolve([]);
    await expect(second).rejects.toMatchObject(refused);
  });

  test('remembers no refusal: a key is good from the moment it was made', async () => {
    rows = [];
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
    rows = [row];
    expect((await reader.read(key.secret, HERE)).keyId).toBe(ID);
  });
});

describe('a key that is bound to addresses', () => {
  const allowed = ['192.0.2.0/30', '2001:db8::/32', '::ffff:198.51.100.7'];

  test.each([
    ['an address of the range', '192.0.2.3'],
    ['the same, as a socket of both families tells it', '::ffff:192.0.2.3'],
    ['the same, in hexadecimal', '::FFFF:c000:203'],
    ['an IPv6 address', '2001:db8:ffff::1'],
    ['an address whose range was written as IPv6', '198.51.100.7'],
  ])('is good from %s, cached or not', async (_, address) => {
    rows = [{ ...row, allowed_ips: allowed }];
    for (let count = 0; count < 2; count += 1) expect((await reader.read(key.secret, address)).keyId).toBe(ID);
  });

  test.each([
    ['the address behind the range', '192.0.2.4'],
    ['the other family', '::192.0.2.3'],
    ['another IPv6 network', '2001:db9::1'],
    ['nowhere', ''],
    ['a name', 'localhost'],
  ])('is refused from %s, in the words of an unknown key, cached or not', async (_, address) => {
    rows = [{ ...row, allowed_ips: allowed }];
    await expect(reader.read(key.secret, address)).rejects.toMatchObject(refused);
    await reader.read(key.secret, '192.0.2.3');
    await expect(reader.read(key.secret, address)).rejects.toMatchObject(refused);
    expect(statements).toHaveLength(1);
  });

  test('is good from nowhere where its ranges cannot be read', async () => {
    rows = [{ ...row, allowed_ips: ['everywhere'] }];
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
  });
});

describe('a key is refused', () => {
  test('without asking the database where it is mistyped', async () => {
    await expect(reader.read(`${key.secret.slice(0, -1)}!`, HERE)).rejects.toMatchObject(refused);
    expect(statements).toHaveLength(0);
  });

  test('where only its public part is right: a forger knows that from a log', async () => {
    rows = [{ ...row, secret_hash: new Uint8Array(hash('sha256', mintKey('SECRET', 'TEST').secret, 'buffer')) }];
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
  });

  test('where its row holds the hash of nothing', async () => {
    rows = [{ ...row, secret_hash: new Uint8Array(32) }];
    await expect(reader.read(key.secret, HERE)).rejects.toMatchObject(refused);
  });

  test.each([
    ['another id', 'ApiKey:018f2c7e-1234-7abc-8def-000000000000'],
    ['an id of another type', `Customer:${ID}`],
    ['no id', ''],
  ])('with HTTP Basic under %s, cached or not', async (_, keyId) => {
    await expect(reader.read(key.secret, HERE, keyId)).rejects.toMatchObject(refused);
    await expect(reader.read(key.secret, HERE, keyId)).rejects.toMatchObject(refused);
    expect((await reader.read(key.secret, HERE, `ApiKey:${ID}`)).keyId).toBe(ID);
    expect((await reader.read(key.secret, HERE, ID)).keyId).toBe(ID);
  });
});

describe('attack: memory filled with keys of one workspace, each with the settings of all', () => {
  const MiB = 2 ** 20;
  const redirects = Array.from({ length: 45 }, (_, index) => `https://app.example/${index}/`.padEnd(2_000, 'x'));
  const bytes = JSON.stringify(redirects).length;
  const flood = async (length: number, redirect_uris: string[]) => {
    const keys = Array.from({ length }, () => mintKey('SECRET', 'TEST'));
    for (const { secret } of keys) {
      rows = [{ ...row, redirect_uris, secret_hash: hash('sha256', secret, 'buffer') }];
      await reader.read(secret, HERE);
    }
    return keys;
  };
  /** How many of them are read without a statement. */
  const kept = async (keys: { secret: string }[]) => {
    statements.length = 0;
    rows = [];
    const reads = await Promise.allSettled(keys.map(({ secret }) => reader.read(secret, HERE)));
    expect(statements.length).toBe(reads.filter(({ status }) => status === 'rejected').length);
    return keys.length - statements.length;
  };

  test('ends at some tens of megabytes', async () => {
    const held = await kept(await flood(1_000, redirects));
    expect(held * bytes).toBeLessThanOrEqual(32 * MiB);
    expect(held).toBeGreaterThan(100);
  });

  test('pushes no key out that is in use, and thousands have room', async () => {
    await reader.read(key.secret, HERE);
    for (let round = 0; round < 10; round += 1) {
      await flood(100, redirects);
      await reader.read(key.secret, HERE);
    }
    expect(await kept([key])).toBe(1);
    expect(await kept(await flood(5_000, row.redirect_uris))).toBe(5_000);
  });
});
