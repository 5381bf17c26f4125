import { beforeEach, expect, test } from 'vitest';
import type { World } from '../../../src/access/principal.js';
import { createCustomerFinder } from '../../../src/customers/read.js';
import { fakeConnection } from '../fake-connection.js';

const A: World = { workspaceId: 'a', mode: 'TEST' };
const A_LIVE: World = { workspaceId: 'a', mode: 'LIVE' };
const B: World = { workspaceId: 'b', mode: 'TEST' };

/** Every customer id exists in every world but `nobody`; the row says which world it was read in. */
const { pool, statements } = fakeConnection(({ parameters }) => {
  const [workspaceId, mode, ids] = parameters as [string, string, string[]];
  return [...new Set(ids)]
    .filter((id) => id !== 'nobody')
    .map((id) => ({
      id,
      platform_customer_id: `${workspaceId} ${mode} ${id}`,
      created_at: new Date(),
      updated_at: new Date(),
    }));
});
const find = createCustomerFinder(pool);
beforeEach(() => {
  statements.length = 0;
});

test('customers asked for in one turn are read together, and each caller gets their own', async () => {
  const found = await Promise.all(['1', '2', '1', 'nobody', '3'].map((id) => find(A, id)));
  expect(found.map((customer) => customer?.id)).toEqual(['1', '2', '1', undefined, '3']);
  expect(statements).toHaveLength(1);
});

test('isolation: the same id asked for in three worlds at once is read in each by itself', async () => {
  const found = await Promise.all([A, A_LIVE, B].map((world) => find(world, '1')));
  expect(found.map((customer) => customer?.platformCustomerId)).toEqual(['a TEST 1', 'a LIVE 1', 'b TEST 1']);
  expect(statements.map(({ parameters }) => parameters.slice(0, 2))).toEqual([
    ['a', 'TEST'],
    ['a', 'LIVE'],
    ['b', 'TEST'],
  ]);
});

test('a customer reaches themselves only: for anybody else no statement runs', async () => {
  const reach = { ...A, customerId: '1' };
  expect(await find(reach, '2')).toBeUndefined();
  expect(statements).toHaveLength(0);
  expect(await find(reach, '1')).toMatchObject({ id: '1' });
});
