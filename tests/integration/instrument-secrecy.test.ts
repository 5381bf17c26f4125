/** A processor's instrument id comes out at one place, and a card number never comes in. */
import { afterAll, describe, expect, test } from 'vitest';
import { dump } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { instrumentOf, METHOD, materialize, methodsOf, save, saved } from '../support/saved-methods.js';

const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

const CARD = '4242424242424242';

/** A value as it might be written down. */
const formsOf = (value: string): string[] => {
  const bytes = Buffer.from(value);
  // Without the last group, which what follows decides about.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [
    value,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(value),
    [...value].reverse().join(''),
    ...base64,
  ];
};

test('R3: an instrument id is in no other answer, no log at trace level, no error, no audit event and no row', async () => {
  const { test: caller } = await gateway.workspace();
  const { id: customerId } = await caller.createCustomer();
  const instrumentId = 'PI/kxmtueemLD6dN9+ZoWGHT44';
  const fingerprint = 'FP/9sXw2kQvB71LmPzT';
  const secrets = [...formsOf(instrumentId), ...formsOf(fingerprint)];
  const seen: unknown[] = [];
  const input = { customerId, instrumentId, fingerprint };

  const method = await saved(caller, input);
  seen.push(method, await saved(caller, { ...input, merchantId: 'shop-b' }));
  const document = 'mutation ($input: SavedMethodRefInput!) { archiveSavedMethod(input: $input) { id } }';
  seen.push((await caller.query(document, { input: { id: method.id } })).body);
  seen.push(await methodsOf(caller, { customerId, includeArchived: true }));
  seen.push((await materialize(caller, method.id, 'shop-a')).body);
  seen.push((await caller.query(document.replaceAll('archive', 'restore'), { input: { id: method.id } })).body);
  seen.push(
    (await caller.query(`query ($id: ID!) { node(id: $id) { ... on SavedMethod { ${METHOD} } } }`, { id: method.id }))
      .body,
  );
  seen.push(
    (await caller.query('query ($id: ID!) { customer(id: $id) { savedMethods { nodes { id } } } }', { id: customerId }))
      .body,
  );
  // Every way to be refused with the id in hand: one bad value, one missing, one unknown, as a literal, in bad syntax.
  const { body } = await save(caller, { ...input, last4: '1' });
  seen.push(body, (await save(caller, { ...input, customerId: 'Customer:1' })).body);
  seen.push(
    (await save(caller, { ...input, expiryMonth: 'x' })).body,
    (await save(caller, { ...input, unknown: 1 })).body,
  );
  seen.push(
    (await save(caller, { ...input, type: undefined })).body,
    (await save(caller, { ...input, type: instrumentId })).body,
  );
  const literal = (text: string) => caller.query(`mutation { saveMethod(input: ${text}) { id } }`);
  for (const text of [
    JSON.stringify(instrumentId),
    `{ instrumentId: ${JSON.stringify(instrumentId)} }`,
    `{ instrumentId: "x", type: ${JSON.stringify(instrumentId)} }`,
    `{ ${JSON.stringify(instrumentId)} }`,
    `[{ instrumentId: ${JSON.stringify(instrumentId)} }, 1]`,
  ]) {
    seen.push((await literal(text)).body);
  }
  // And two accidents with it under way: a table that is not there, and a box that was changed.
  await gateway.sql('alter table saved_method_instrument rename to gone');
  seen.push((await save(caller, input)).body);
  await gateway.sql('alter table gone rename to saved_method_instrument');
  await gateway.sql(`update saved_method_instrument set sealed = sealed || '\\x00' where merchant_id = 'shop-a'`);
  seen.push((await materialize(caller, method.id, 'shop-a')).body);
  const told = JSON.stringify(seen).replaceAll('\\"', '"');
  const stored = await dump(gateway.sql);
  const logged = gateway.logs.join('\n');
  expect(stored).toContain('saved_method.saved');
  expect(gateway.logs.filter((line) => line.includes('request failed'))).toHaveLength(2);
  for (const secret of secrets) {
    for (const [where, text] of Object.entries({ told, stored, logged }))
      expect(text, `${where}: ${secret}`).not.toContain(secret);
  }
  expect(await instrumentOf(caller, method.id, 'shop-b')).toBe(instrumentId);
  expect((await dump(gateway.sql)).includes(instrumentId)).toBe(false);
});

test('R3: equal cards of two customers, and of one customer in two worlds, do not show in the table', async () => {
  const { test: caller, live } = await gateway.workspace();
  for (const each of [caller, caller, live])
    await saved(each, { customerId: (await each.createCustomer()).id, fingerprint: 'FPsame' });
  const rows = await gateway.sql<{ n: number }>('select count(distinct fingerprint)::int as n from saved_method');
  const all = await gateway.sql<{ n: number }>('select count(*)::int as n from saved_method');
  expect(rows).toEqual(all);
});

describe('attack: a card number', () => {
  const SHAPES = [
    CARD,
    '4242 4242 4242 4242',
    '4242-4242-4242-4242',
    '４２４２４２４２４２４２４２４２',
    '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢',
    '4.2.4.2.4.2.4.2.4.2.4.2.4.2.4.2',
    `tok_${CARD}`,
    '378282246310005',
    '6799990100000000019',
  ];

  test.each(['merchantId', 'instrumentId', 'fingerprint', 'brand', 'holderName', 'bankName', 'last4'])(
    'in %s is refused by name in every shape, is not repeated, and is nowhere afterwards',
    async (field) => {
      const { test: caller } = await gateway.workspace();
      const { id: customerId } = await caller.createCustomer();
      for (const shape of SHAPES) {
        const answer = await save(caller, { customerId, [field]: shape });
        expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument: `input.${field}` });
        expect(JSON.stringify(answer.body)).not.toContain(shape);
        expect(gateway.logs.join('\n')).not.toContain(shape);
      }
      expect(await methodsOf(caller, { customerId, includeArchived: true })).toEqual([]);
    },
  );

  test('as a value of a wrong type, as a literal, as an enum or as a name of a field is not repeated either', async () => {
    const { test: caller } = await gateway.workspace();
    const { id: customerId } = await caller.createCustomer();
    const answers = [
      await save(caller, { customerId, instrumentId: Number(CARD) }),
      await save(caller, { customerId, expiryYear: Number(CARD) }),
      await save(caller, { customerId, type: CARD }),
      await save(caller, { customerId, [`n${CARD}`]: 1 }),
      await save(caller, { customerId, holderName: CARD, merchantId: undefined }),
      await caller.query(`mutation { saveMethod(input: { instrumentId: ${CARD} }) { id } }`),
      await caller.query(`mutation { saveMethod(input: { type: C${CARD} }) { id } }`),
      await caller.query(`mutation { saveMethod(input: "${CARD}") { id } }`),
      await caller.query(`mutation { saveMethod("${CARD}") { id } }`),
      await caller.query(`mutation { saveMethod(${CARD}) { id } }`),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(400);
      expect(JSON.stringify(body)).not.toContain(CARD);
    }
    expect(gateway.logs.join('\n')).not.toContain(CARD);
  });
});
