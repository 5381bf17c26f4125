/** Saving methods: one for all merchants, and nothing that is no instrument. */
import { afterAll, describe, expect, test } from 'vitest';
import { createCaller, type Variables } from '../support/caller.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { instrumentOf, materialize, methodsOf, save, saved } from '../support/saved-methods.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

async function customerOf() {
  const workspace = await gateway.workspace();
  const { id } = await workspace.test.createCustomer();
  return { workspace, caller: workspace.test, customerId: id };
}

describe('saving', () => {
  test('R3: the same fingerprint for another merchant adds to the one method, and each merchant gets its own instrument', async () => {
    const { caller, customerId } = await customerOf();
    const first = await saved(caller, { customerId, merchantId: 'shop-a', instrumentId: 'PIaaa' });
    const second = await saved(caller, { customerId, merchantId: 'shop-b', instrumentId: 'PIbbb' });
    expect(second.id).toBe(first.id);
    expect(await methodsOf(caller, { customerId })).toEqual([second]);
    expect(await instrumentOf(caller, first.id, 'shop-a')).toBe('PIaaa');
    expect(await instrumentOf(caller, first.id, 'shop-b')).toBe('PIbbb');
  });

  test('R3: again for the same merchant takes its new instrument', async () => {
    const { caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId, instrumentId: 'PIold' });
    await saved(caller, { customerId, instrumentId: 'PInew' });
    expect(await instrumentOf(caller, id, 'shop-a')).toBe('PInew');
  });

  test('R3: shows what was said, what was said last stands, and what was left out stays', async () => {
    const { caller, customerId } = await customerOf();
    const details = {
      type: 'CARD',
      brand: 'Visa',
      cardType: 'CREDIT',
      last4: '4242',
      expiryMonth: 12,
      expiryYear: 2030,
      holderName: ' Zoë O’Neil-Þór ',
      issuerCountry: 'DE',
      bankName: 'Bank of America, N.A.',
      currency: 'EUR',
    };
    const first = await saved(caller, { customerId, ...details });
    expect(first).toMatchObject({ ...details, holderName: 'Zoë O’Neil-Þór', archivedAt: null });
    const last = await saved(caller, { customerId, type: 'APPLE_PAY', expiryYear: 2034, brand: null });
    expect(last).toEqual({ ...first, type: 'APPLE_PAY', expiryYear: 2034 });
  });

  test('R3: another fingerprint, another customer and the other mode are each a method of their own', async () => {
    const { workspace, caller, customerId } = await customerOf();
    const { id: other } = await caller.createCustomer();
    const { id: live } = await workspace.live.createCustomer();
    const ids = [
      await saved(caller, { customerId }),
      await saved(caller, { customerId, fingerprint: 'FPother' }),
      await saved(caller, { customerId: other }),
      await saved(workspace.live, { customerId: live }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(await methodsOf(caller, { customerId: other })).toHaveLength(1);
  });

  test('R3: an unknown, a deleted and another world’s customer is NOT_FOUND alike, and a key must name one', async () => {
    const { workspace, caller, customerId } = await customerOf();
    const deleted = await caller.createCustomer();
    await caller.query(`mutation { deleteCustomer(input: { id: "${deleted.id}" }) { id } }`);
    const stranger = (await gateway.workspace()).test;
    const refusals = [
      await save(caller, { customerId: 'Customer:01a1f9f3-2bb7-782f-bb89-9d961c4cf735' }),
      await save(caller, { customerId: deleted.id }),
      await save(workspace.live, { customerId }),
      await save(stranger, { customerId }),
      await save(caller, { customerId: 'nobody' }),
    ].map(({ body }) => [body.errors?.[0]?.extensions.code, body.errors?.[0]?.message]);
    expect(refusals).toEqual(refusals.map(() => ['NOT_FOUND', 'There is no such customer.']));
    expect(errorOf(await save(caller, {}))).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.customerId' });
  });

  test.each<[string, Variables]>([
    ['merchantId', { merchantId: '' }],
    ['merchantId', { merchantId: 'm'.repeat(101) }],
    ['merchantId', { merchantId: ' shop' }],
    ['merchantId', { merchantId: 'sh\u202eop' }],
    ['instrumentId', { instrumentId: '' }],
    ['instrumentId', { instrumentId: 'PI a' }],
    ['instrumentId', { instrumentId: 'PIé' }],
    ['instrumentId', { instrumentId: 'a'.repeat(256) }],
    ['fingerprint', { fingerprint: '' }],
    ['fingerprint', { fingerprint: 'f'.repeat(256) }],
    ['last4', { last4: '424' }],
    ['last4', { last4: '42424' }],
    ['last4', { last4: '4a42' }],
    ['last4', { last4: '٤٢٤٢' }],
    ['expiryMonth', { expiryMonth: 0 }],
    ['expiryMonth', { expiryMonth: 13 }],
    ['expiryYear', { expiryYear: 1999 }],
    ['expiryYear', { expiryYear: 2101 }],
    ['holderName', { holderName: 'a'.repeat(101) }],
    ['holderName', { holderName: 'Ada\u202eecalevoL' }],
    ['holderName', { holderName: 'Ada\nLovelace' }],
    ['holderName', { holderName: ' ' }],
    ['bankName', { bankName: 'b'.repeat(101) }],
    ['brand', { brand: 'v'.repeat(51) }],
    ['brand', { brand: 'Vi\u200bsa' }],
    ['currency', { currency: 'EURO' }],
    ['currency', { currency: 'eur' }],
    ['currency', { currency: 'QQQ' }],
    ['issuerCountry', { issuerCountry: 'ZZ' }],
    ['issuerCountry', { issuerCountry: 'EU' }],
  ])('R3: %s is refused by name: %j', async (argument, input) => {
    const { caller, customerId } = await customerOf();
    expect(errorOf(await save(caller, { customerId, ...input }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: `input.${argument}`,
    });
    expect(await methodsOf(caller, { customerId, includeArchived: true })).toEqual([]);
  });

  test('R3: at each of its bounds it is taken', async () => {
    const { caller, customerId } = await customerOf();
    const long = {
      merchantId: 'm'.repeat(100),
      instrumentId: '~'.repeat(255),
      fingerprint: 'é'.repeat(255),
      holderName: 'é'.repeat(100),
      bankName: 'b'.repeat(100),
      brand: 'v'.repeat(50),
      expiryMonth: 1,
      expiryYear: 2000,
    };
    const { id } = await saved(caller, { customerId, ...long });
    expect(await instrumentOf(caller, id, long.merchantId)).toBe(long.instrumentId);
    await saved(caller, { customerId, ...long, expiryMonth: 12, expiryYear: 2100 });
  });

  test('R3: a key of one merchant saves and materializes for that merchant and no other', async () => {
    const { workspace, caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId, merchantId: 'shop-b', instrumentId: 'PIbbb' });
    const shopA = createCaller(gateway.url, (await workspace.key({ merchantId: 'shop-a' })).secret);
    expect(errorOf(await save(shopA, { customerId, merchantId: 'shop-b' })).code).toBe('FORBIDDEN');
    expect(errorOf(await materialize(shopA, id, 'shop-b')).code).toBe('FORBIDDEN');
    expect(errorOf(await materialize(shopA, id, 'shop-a')).code).toBe('NOT_FOUND');
    expect((await saved(shopA, { customerId, merchantId: 'shop-a', instrumentId: 'PIaaa' })).id).toBe(id);
    expect(await instrumentOf(shopA, id, 'shop-a')).toBe('PIaaa');
    expect(await instrumentOf(caller, id, 'shop-b')).toBe('PIbbb');
  });
});
