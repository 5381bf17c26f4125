import { beforeEach, describe, expect, test } from 'vitest';
import { createIssuerDirectory, nameOf } from '../../../src/access/issuer-directory.js';
import { KEY_CACHE_MS } from '../../../src/access/key-reader.js';
import { fakeConnection } from '../fake-connection.js';

const entry = { issuer: 'https://idp.example', jwksUri: 'https://idp.example/keys', audience: 'api' };
const row = {
  id: 'w',
  app_name: 'App',
  default_locale: 'en-US',
  redirect_uris: [],
  eligible_countries: [],
  contact_verification_policy: [],
  connect_stamps_email: false,
  connect_reply: 'EXACT',
  access_token_claims: {},
  token_issuers: [{ ...entry, audience: 'other' }, entry],
};

let now: number;
const { pool, statements } = fakeConnection(() => [row]);
let directory = createIssuerDirectory(pool, () => now);
beforeEach(() => {
  now = 0;
  statements.length = 0;
  directory = createIssuerDirectory(pool, () => now);
});

const origin = { issuer: entry.issuer, audiences: ['x', 'api'] };

test('a workspace is found with the entry of its list that the token falls under', async () => {
  expect(await directory.find(origin)).toMatchObject([{ workspaceId: 'w', issuer: entry }]);
  expect(statements[0]?.parameters).toEqual([entry.issuer, ['x', 'api']]);
});

describe('what was found', () => {
  test('is one statement for five seconds, and read again after', async () => {
    await directory.find(origin);
    now = KEY_CACHE_MS - 1;
    await directory.find(origin);
    expect(statements).toHaveLength(1);
    now = KEY_CACHE_MS;
    await directory.find(origin);
    expect(statements).toHaveLength(2);
  });

  test('is read again at once after a change in this process', async () => {
    await directory.find(origin);
    directory.forget();
    await directory.find(origin);
    expect(statements).toHaveLength(2);
  });

  test('race: rows that were being read while it changed here are not remembered', async () => {
    const before = directory.find(origin);
    directory.forget();
    await before;
    await directory.find(origin);
    expect(statements).toHaveLength(2);
  });

  test('is kept by issuer and audiences: one does not stand for another', async () => {
    await directory.find({ issuer: 'a', audiences: ['b', 'c'] });
    await directory.find({ issuer: 'a', audiences: ['b","c'] });
    expect(statements).toHaveLength(2);
  });
});

test('attack: memory filled with unsigned tokens, each with another audience beside the right one, ends at some tens of megabytes', async () => {
  const redirects = Array.from({ length: 45 }, (_, index) => `https://app.example/${index}/`.padEnd(2_000, 'x'));
  const heavy = fakeConnection(() => [{ ...row, redirect_uris: redirects }]);
  directory = createIssuerDirectory(heavy.pool, () => now);
  const origins = Array.from({ length: 1_000 }, (_, index) => ({ ...origin, audiences: ['api', `x-${index}`] }));
  for (const each of origins) await directory.find(each);
  heavy.statements.length = 0;
  for (const each of origins.toReversed()) await directory.find(each);
  const held = origins.length - heavy.statements.length;
  expect(held * JSON.stringify(redirects).length).toBeLessThanOrEqual(32 * 2 ** 20);
  expect(held).toBeGreaterThan(100);
});

test('memory filled with unsigned tokens: what a token claims is kept by its hash, whatever its length', () => {
  const long = (last: string) => ({ issuer: 'i', audiences: ['x'.repeat(6_000), last] });
  expect(nameOf(long('a'))).toHaveLength(44);
  expect(nameOf(long('a'))).not.toBe(nameOf(long('b')));
});
