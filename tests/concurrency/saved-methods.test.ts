/** One method for one instrument, however many merchants save it at once. */
import { afterAll, expect, test } from 'vitest';
import { createFleet } from '../support/fleet.js';
import { dataOf } from '../support/graphql-client.js';
import { instrumentOf, materialize, methodsOf, save, saved } from '../support/saved-methods.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const fleet = await createFleet(sharedPostgres());
afterAll(() => fleet[Symbol.asyncDispose]());
const processes = await Promise.all([fleet.start(['serve', '--no-work']), fleet.start(['serve', '--no-work'])]);
const HUNDRED = Array.from({ length: 100 }, (_, index) => index);

test('R3: a hundred merchants who save one instrument at once at two processes get one method and their own instruments', async () => {
  const { test: caller } = await fleet.workspace(processes);
  const { id: customerId } = await caller.createCustomer();
  const methods = await Promise.all(
    HUNDRED.map((n) => saved(caller, { customerId, merchantId: `shop-${n}`, instrumentId: `PI${n}` })),
  );
  expect(new Set(methods.map(({ id }) => id)).size).toBe(1);
  expect(await methodsOf(caller, { customerId, includeArchived: true })).toHaveLength(1);
  const id = methods[0]?.id as string;
  expect(await Promise.all(HUNDRED.map((n) => instrumentOf(caller, id, `shop-${n}`)))).toEqual(
    HUNDRED.map((n) => `PI${n}`),
  );
});

test('a hundred saves for one merchant at once leave one instrument, and each is in the audit log', async () => {
  const { test: caller } = await fleet.workspace(processes);
  const { id: customerId } = await caller.createCustomer();
  const methods = await Promise.all(HUNDRED.map((n) => saved(caller, { customerId, instrumentId: `PI${n}` })));
  const id = methods[0]?.id.split(':')[1] as string;
  const count = (text: string) => fleet.sql<{ n: number }>(`select count(*)::int as n from ${text}`, [id]);
  expect(await count('saved_method_instrument where method_id = $1')).toEqual([{ n: 1 }]);
  expect(await count('audit_event where object_id = $1')).toEqual([{ n: 100 }]);
});

test('a hundred archivings at once are one in the audit log', async () => {
  const { test: caller } = await fleet.workspace(processes);
  const { id: customerId } = await caller.createCustomer();
  const { id } = await saved(caller, { customerId });
  const archive = 'mutation ($id: ID!) { archiveSavedMethod(input: { id: $id }) { archivedAt } }';
  const answers = await Promise.all(HUNDRED.map(async () => dataOf(await caller.query(archive, { id }))));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  const events = await fleet.sql(
    `select 1 from audit_event where object_id = $1 and action = 'saved_method.archived'`,
    [id.split(':')[1] as string],
  );
  expect(events).toHaveLength(1);
});

test('attack: a customer who is deleted while methods are saved keeps none of them', async () => {
  const { test: caller } = await fleet.workspace(processes);
  for (let round = 0; round < 10; round += 1) {
    const { id: customerId } = await caller.createCustomer();
    const saves = HUNDRED.slice(0, 20).map((n) => save(caller, { customerId, fingerprint: `FP${n}` }));
    const deletion = caller.query(`mutation { deleteCustomer(input: { id: "${customerId}" }) { id } }`);
    const answers = await Promise.all([...saves, deletion]);
    const codes = answers.map(({ body }) => body.errors?.[0]?.extensions.code ?? 'DONE');
    expect(codes.filter((code) => code !== 'DONE' && code !== 'NOT_FOUND')).toEqual([]);
    const rows = await fleet.sql('select 1 from saved_method where customer_id = $1', [
      customerId.split(':')[1] as string,
    ]);
    expect(rows).toEqual([]);
  }
});

test('every answer with an instrument is in the audit log, of a hundred at once too', async () => {
  const { test: caller } = await fleet.workspace(processes);
  const { id: customerId } = await caller.createCustomer();
  const { id } = await saved(caller, { customerId });
  const answers = await Promise.all(HUNDRED.map(() => materialize(caller, id, 'shop-a')));
  expect(answers.every(({ body }) => !body.errors)).toBe(true);
  const events = await fleet.sql(
    `select 1 from audit_event where object_id = $1 and action = 'saved_method.materialized'`,
    [id.split(':')[1] as string],
  );
  expect(events).toHaveLength(100);
});
