/** Secrets rotate, and saved methods outlive them. */
import { afterAll, describe, expect, test } from 'vitest';
import { methodKeysOf } from '../../src/customers/saved-methods/instruments.js';
import { materializeSavedMethod } from '../../src/customers/saved-methods/materialize.js';
import { createMethodReseal } from '../../src/customers/saved-methods/reseal.js';
import { type SaveMethodInput, saveMethod } from '../../src/customers/saved-methods/save.js';
import { RESEAL_BATCH } from '../../src/entities/reseal.js';
import { localId } from '../../src/kernel/ids.js';
import { startGateway } from '../support/harness.js';
import { principal } from '../unit/principals.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const { database } = gateway.storage;

const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(32)];
const [before, during, after] = [[OLD], [NEW, OLD], [NEW]].map((secrets) => ({
  database,
  methodKeys: methodKeysOf(secrets),
})) as [Deps, Deps, Deps];
type Deps = Parameters<typeof saveMethod>[0];
const rotation = ({ methodKeys }: Deps) => createMethodReseal(database.pool, methodKeys);

async function backend() {
  const { id: workspaceId, test: caller } = await gateway.workspace();
  const customerId = localId('Customer', (await caller.createCustomer()).id) as string;
  const holder = principal({ workspaceId });
  const save = async (deps: Deps, fingerprint = 'FP', merchantId = 'shop-a') => {
    const input = {
      customerId,
      fingerprint,
      merchantId,
      instrumentId: `PI-${fingerprint}-${merchantId}`,
      type: 'CARD',
    };
    return (await saveMethod(deps, holder, input as SaveMethodInput)).id;
  };
  const open = async (deps: Deps, id: string, merchantId = 'shop-a') =>
    (await materializeSavedMethod(deps, holder, { id, merchantId })).instrumentId;
  return { save, open };
}

describe('a secret that is rotated', () => {
  test('R3: an instrument saved before is the same method after, and both keys open what they sealed', async () => {
    const { save, open } = await backend();
    const id = await save(before);
    expect(await open(during, id)).toBe('PI-FP-shop-a');
    expect(await save(during, 'FP', 'shop-b')).toBe(id);
    expect(await open(during, id)).toBe('PI-FP-shop-a');
    expect(await open(after, id, 'shop-b')).toBe('PI-FP-shop-b');
    await expect(open(after, id)).rejects.toThrow('not configured');
  });

  test('R3: once the upkeep has moved everything, the old secret can be taken out: all is found and opened without it', async () => {
    const { save, open } = await backend();
    const ids = [await save(before), await save(before, 'FQ'), await save(during, 'FR')];
    const rotate = rotation(during);
    while ((await rotate()).found > 0);
    expect(await Promise.all(['FP', 'FQ', 'FR'].map((fingerprint) => save(after, fingerprint)))).toEqual(ids);
    expect(await open(after, ids[1] as string)).toBe('PI-FQ-shop-a');
    expect(await rotate()).toEqual({ found: 0, unopened: [] });
  });

  test('one that cannot be opened is told of and keeps no other from moving', async () => {
    const { save, open } = await backend();
    const [broken, whole] = [await save(before), await save(before, 'FQ')];
    await gateway.sql(`update saved_method_instrument set sealed = sealed || '\\x00' where method_id = $1`, [broken]);
    const { unopened } = await rotation(during)();
    expect(unopened).toEqual([{ methodId: broken, merchantId: 'shop-a' }]);
    expect(await open(after, whole)).toBe('PI-FQ-shop-a');
    await gateway.sql('delete from saved_method where id = $1', [broken]);
  });

  test('more that cannot be opened than a batch takes keep none behind them under the old secret', async () => {
    const { save, open } = await backend();
    const id = await save(before);
    // Boxes of another place, all of them in front of the one that opens.
    await gateway.sql(
      `insert into saved_method_instrument select (jsonb_populate_record(i, jsonb_build_object(
         'merchant_id', 'a-' || lpad(n::text, 6, '0')))).*
       from saved_method_instrument i, generate_series(1, ${RESEAL_BATCH + 1}) n where i.method_id = $1`,
      [id],
    );
    const rotate = rotation(during);
    const reports = [await rotate(), await rotate()];
    expect(reports.map(({ found, unopened }) => [found, unopened.length])).toEqual([
      [RESEAL_BATCH, RESEAL_BATCH],
      [2, 1],
    ]);
    expect(await open(after, id)).toBe('PI-FP-shop-a');
    // They are tried again, and told of again, for as long as they are there.
    expect((await rotate()).unopened).toHaveLength(RESEAL_BATCH);
    await gateway.sql('delete from saved_method where id = $1', [id]);
  });

  test('two methods that a process without the old secret made of one are no dead end: the newer goes on', async () => {
    const { save, open } = await backend();
    const [older, newer] = [await save(before), await save(after)];
    expect(newer).not.toBe(older);
    expect(await save(during)).toBe(newer);
    await rotation(during)();
    expect(await save(after)).toBe(newer);
    expect(await open(after, older)).toBe('PI-FP-shop-a');
  });

  test('without an older secret there is nothing to do', async () => {
    const { save } = await backend();
    await save(before);
    expect(await rotation(before)()).toEqual({ found: 0, unopened: [] });
  });
});
