import { beforeEach, expect, test } from 'vitest';
import type { World } from '../../../src/access/principal.js';
import {
  hashFingerprint,
  methodKeysOf,
  openInstrument,
  sealInstrument,
} from '../../../src/customers/saved-methods/instruments.js';
import { createSavedMethodLister } from '../../../src/customers/saved-methods/list.js';
import { parsePage } from '../../../src/kernel/cursor.js';
import { fakeConnection } from '../fake-connection.js';

const A: World = { workspaceId: 'a', mode: 'TEST' };
const A_LIVE: World = { workspaceId: 'a', mode: 'LIVE' };
const B: World = { workspaceId: 'b', mode: 'TEST' };
const keys = methodKeysOf(['n'.repeat(32), 'o'.repeat(32)]);

/** Every customer has two methods, and the row says in which world it was read. */
const { pool, statements } = fakeConnection(({ parameters }) => {
  const [workspaceId, mode, customers] = parameters as [string, string, string[]];
  return customers.flatMap((customer) =>
    [2, 1].map((n) => ({
      customer_id: customer,
      id: `${workspaceId} ${mode} ${customer} ${n}`,
      created_at: new Date(),
      archived_at: null,
    })),
  );
});
const list = createSavedMethodLister(pool);
const page = parsePage({});
const ids = async (world: World, customerId: string, includeArchived = false, args = page) =>
  (await list(world, { customerId, includeArchived }, args)).items.map(({ id }) => id);

beforeEach(() => {
  statements.length = 0;
});

test('the methods of a hundred customers of one turn are one statement, and each gets their own', async () => {
  const customers = Array.from({ length: 100 }, (_, index) => `c${index % 50}`);
  const found = await Promise.all(customers.map((customer) => ids(A, customer)));
  expect(found).toEqual(customers.map((customer) => [`a TEST ${customer} 2`, `a TEST ${customer} 1`]));
  expect(statements).toHaveLength(1);
  expect(statements[0]?.parameters[2]).toHaveLength(50);
});

test('isolation: the same customer asked for in three worlds at once is read in each by itself', async () => {
  const found = await Promise.all([A, A_LIVE, B].map((world) => ids(world, 'c')));
  expect(found.map(([first]) => first)).toEqual(['a TEST c 2', 'a LIVE c 2', 'b TEST c 2']);
  expect(statements).toHaveLength(3);
});

test('pages that differ are not read together, and a row more than the page says that there are more', async () => {
  const one = parsePage({ first: 1 });
  const [short, archived, whole] = await Promise.all([
    list(A, { customerId: 'c', includeArchived: false }, one),
    list(A, { customerId: 'c', includeArchived: true }, page),
    list(A, { customerId: 'c', includeArchived: false }, page),
  ]);
  expect(statements).toHaveLength(3);
  expect([short?.items.length, short?.hasNextPage]).toEqual([1, true]);
  expect([archived?.items.length, whole?.items.length, whole?.hasNextPage]).toEqual([2, 2, false]);
});

test('a fingerprint is hashed with the key, the world and the customer', () => {
  const [newest, older] = keys.fingerprints.all as [typeof keys.fingerprints.current, typeof keys.fingerprints.current];
  const hashes = [
    hashFingerprint(newest, A, 'c', 'FP'),
    hashFingerprint(older, A, 'c', 'FP'),
    hashFingerprint(newest, A_LIVE, 'c', 'FP'),
    hashFingerprint(newest, B, 'c', 'FP'),
    hashFingerprint(newest, A, 'd', 'FP'),
    hashFingerprint(newest, A, 'c', 'FQ'),
  ].map((hash) => hash.toString('hex'));
  expect(new Set(hashes).size).toBe(6);
  expect(hashFingerprint(newest, A, 'c', 'FP').toString('hex')).toBe(hashes[0]);
});

test('an instrument opens in its own row and in no other', () => {
  const place = { ...A, methodId: 'm', merchantId: 'shop' };
  const instrument = { instrumentId: 'PI', fingerprint: 'FP' };
  const sealed = sealInstrument(keys, place, instrument);
  expect(openInstrument(keys, place, sealed)).toEqual(instrument);
  for (const other of [
    { ...place, ...B },
    { ...place, ...A_LIVE },
    { ...place, methodId: 'n' },
    { ...place, merchantId: 's' },
  ]) {
    expect(() => openInstrument(keys, other, sealed)).toThrow('not where it was sealed for');
  }
});
