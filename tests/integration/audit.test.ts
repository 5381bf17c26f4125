/** The audit log: who did what to which object, for whoever may know, and no contact in it. */
import { afterAll, describe, expect, test } from 'vitest';
import { createKeyClient, type EventView } from '../support/api-keys.js';
import type { Caller } from '../support/caller.js';
import { type Answer, dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const NOBODY = '01a1f9f3-2bb7-782f-bb89-9d961c4cf735';
const resultOf = <Of>(answer: Answer<{ result: Of }>): Of => dataOf(answer).result;
const eventsOf = async (caller: Pick<Caller, 'query'>, variables = {}) =>
  resultOf(await createKeyClient(caller).events(variables)).nodes;
const actorOf = async ({ key }: Caller) => {
  const [row] = await gateway.sql<{ id: string }>('select id from api_key where lookup = $1', [key.slice(8, 20)]);
  return { actorKind: 'SECRET_KEY', actorId: `ApiKey:${row?.id}` };
};
const change = async <Of = { id: string; contactPoints: { id: string; value: string }[] }>(
  caller: Caller,
  field: string,
  type: string,
  input: object,
) =>
  resultOf(
    await caller.query<{ result: Of }>(
      `mutation ($input: ${type}!) { result: ${field}(input: $input) { id contactPoints { id value } } }`,
      { input },
    ),
  );

const EMAIL = 'grace.hopper@navy.example';
const SECOND = 'amazing.grace@navy.example';
const PHONE = '+33612345678';

/** Everything that an administrator does, in the order in which the log must tell it. */
async function administer(caller: Caller) {
  const keys = createKeyClient(caller);
  const { id } = await caller.createCustomer({ email: EMAIL, phone: PHONE, platformCustomerId: `shop/${EMAIL}` });
  await change(caller, 'updateCustomer', 'UpdateCustomerInput', { id, region: 'FR', locale: null });
  const attested = { customerId: id, kind: 'EMAIL', attestedBy: `bank, ${SECOND}` };
  await change(caller, 'attestContactPoint', 'AttestContactPointInput', { ...attested, value: EMAIL });
  const { contactPoints } = await change(caller, 'attestContactPoint', 'AttestContactPointInput', {
    ...attested,
    value: SECOND,
  });
  const pointOf = (value: string) => contactPoints.find((point) => point.value === value)?.id as string;
  await change(caller, 'setPrimaryContactPoint', 'ContactPointRefInput', { id: pointOf(SECOND) });
  await change(caller, 'removeContactPoint', 'ContactPointRefInput', { id: pointOf(EMAIL) });
  await caller.sendPhone(id);
  await caller.call('confirmPhone', { input: { customerId: id, code: '123456' } });
  await change(caller, 'deleteCustomer', 'DeleteCustomerInput', { id });
  const made = resultOf(await keys.create({ name: `key of ${EMAIL}`, scopes: ['customers:read'] }));
  const next = resultOf(await keys.rotate(made.key.id, 60));
  await keys.revoke(next.key.id);
  return { id, email: pointOf(EMAIL), second: pointOf(SECOND), made, next };
}

describe('every administrative change', () => {
  test('is told once, with who did it, newest first', async () => {
    const { test: caller } = await gateway.workspace();
    const { id, email, second, made, next } = await administer(caller);
    const events = await eventsOf(caller, { first: 100 });
    const told = events.map(({ action, objectId, details }) => ({ action, objectId, details })).reverse();
    // The two of one rotation are of one moment.
    const rotation = told.splice(8, 2);
    const kind = { kind: 'EMAIL', customerId: id };
    const key = { kind: 'SECRET', scopes: ['customers:read'], persistedOnly: false, expiresAt: null };
    expect(told).toEqual([
      { action: 'customer.created', objectId: id, details: { contacts: ['EMAIL', 'PHONE'] } },
      { action: 'customer.updated', objectId: id, details: { changed: ['region', 'locale'] } },
      { action: 'contact_point.attested', objectId: email, details: kind },
      { action: 'contact_point.attested', objectId: second, details: kind },
      { action: 'contact_point.primary_set', objectId: second, details: kind },
      { action: 'contact_point.removed', objectId: email, details: kind },
      { action: 'customer.deleted', objectId: id, details: {} },
      { action: 'api_key.created', objectId: made.key.id, details: key },
      { action: 'api_key.revoked', objectId: next.key.id, details: {} },
    ]);
    expect(rotation).toHaveLength(2);
    expect(rotation).toEqual(
      expect.arrayContaining([
        { action: 'api_key.rotated', objectId: made.key.id, details: { rotatedTo: next.key.id, overlapSeconds: 60 } },
        { action: 'api_key.created', objectId: next.key.id, details: { ...key, rotatedFrom: made.key.id } },
      ]),
    );
    const actor = await actorOf(caller);
    for (const event of events) expect(event).toMatchObject(actor);
    expect(events.map(({ objectType }) => objectType)).toEqual(events.map((each) => each.objectId?.split(':')[0]));
  });

  test('leaves no contact, secret, code or name in the log', async () => {
    const { test: caller, id } = await gateway.workspace();
    const { made, next } = await administer(caller);
    const rows = await gateway.sql<{ row: string }>(
      'select e::text as row from audit_event e where workspace_id = $1',
      [id],
    );
    expect(rows).toHaveLength(11);
    const log = rows.map(({ row }) => row).join('\n');
    const secrets = [made.secret, next.secret, caller.key].flatMap((secret) => [secret, secret.slice(20)]);
    for (const text of [EMAIL, SECOND, PHONE, PHONE.slice(3), 'grace', 'navy', '123456', ...secrets]) {
      expect(log).not.toContain(text);
    }
  });

  test('that is refused is not told', async () => {
    const [{ test: caller, live }, { test: stranger }] = await Promise.all([gateway.workspace(), gateway.workspace()]);
    const customer = await caller.createCustomer({ email: EMAIL });
    const before = await eventsOf(caller);
    const [point] = customer.contactPoints;
    const refused: [string, string, object][] = [
      ['createCustomer', 'CreateCustomerInput', { platformCustomerId: customer.platformCustomerId }],
      ['updateCustomer', 'UpdateCustomerInput', { id: `Customer:${NOBODY}`, region: 'DE' }],
      ['deleteCustomer', 'DeleteCustomerInput', { id: `Customer:${NOBODY}` }],
      ['setPrimaryContactPoint', 'ContactPointRefInput', { id: point?.id }],
      ['removeContactPoint', 'ContactPointRefInput', { id: `ContactPoint:${NOBODY}` }],
    ];
    for (const [field, type, input] of refused) {
      const answer = await caller.query(`mutation ($input: ${type}!) { ${field}(input: $input) { id } }`, { input });
      expect(errorOf(answer).code, field).toMatch(/NOT_FOUND|CONFLICT/);
    }
    for (const other of [live, stranger]) {
      const answer = await other.query(
        `mutation ($input: DeleteCustomerInput!) { deleteCustomer(input: $input) { id } }`,
        {
          input: { id: customer.id },
        },
      );
      expect(errorOf(answer).code).toBe('NOT_FOUND');
      expect(await eventsOf(other)).toEqual([]);
    }
    expect(await eventsOf(caller)).toEqual(before);
  });
});

describe('the log', () => {
  test('K7: of another workspace or mode is not there, by list, object or node', async () => {
    const [{ test: caller, live }, { test: stranger }] = await Promise.all([gateway.workspace(), gateway.workspace()]);
    const { id } = await caller.createCustomer();
    const [event] = (await eventsOf(caller)) as [EventView];
    expect(resultOf(await createKeyClient(caller).node(event.id))).toMatchObject({ id: event.id, objectId: id });
    for (const other of [live, stranger]) {
      expect(await eventsOf(other)).toEqual([]);
      expect(await eventsOf(other, { objectId: id })).toEqual([]);
      expect(resultOf(await createKeyClient(other).node(event.id))).toBeNull();
    }
  });

  test('is for those who may read the workspace', async () => {
    const { test: caller, key } = await gateway.workspace();
    await caller.createCustomer();
    const [event] = (await eventsOf(caller)) as [EventView];
    const { secret } = await key({ scopes: ['customers:read', 'keys:read'] });
    const narrow = createKeyClient({
      query: (document, variables) => caller.query(document, variables, { key: secret }),
    });
    expect(errorOf(await narrow.events()).code).toBe('FORBIDDEN');
    expect(resultOf(await narrow.node(event.id))).toBeNull();
  });

  test('is cut by object, and an id that cannot be one has no events', async () => {
    const { test: caller } = await gateway.workspace();
    const [one, two] = [await caller.createCustomer(), await caller.createCustomer()];
    await change(caller, 'updateCustomer', 'UpdateCustomerInput', { id: one.id, region: 'DE' });
    const actionsOf = async (objectId: string) => (await eventsOf(caller, { objectId })).map(({ action }) => action);
    expect(await actionsOf(one.id)).toEqual(['customer.updated', 'customer.created']);
    expect(await actionsOf(two.id)).toEqual(['customer.created']);
    for (const none of [`Customer:${NOBODY}`, 'Customer:1', one.id.replace('Customer', 'ContactPoint')]) {
      expect(await actionsOf(none)).toEqual([]);
    }
    for (const objectId of ['', 'x', `Robot:${NOBODY}`]) {
      const answer = await createKeyClient(caller).events({ objectId });
      expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'objectId' });
    }
  });

  test('is cut by time, from inclusive and to exclusive', async () => {
    const { test: caller } = await gateway.workspace();
    for (let count = 0; count < 4; count += 1) await caller.createCustomer();
    const events = await eventsOf(caller);
    const [last, first] = [events[0]?.at ?? '', events.at(-1)?.at ?? ''];
    const within = async (range: object) => (await eventsOf(caller, range)).map(({ id }) => id);
    const ids = (keep: (event: EventView) => boolean) => events.filter(keep).map(({ id }) => id);
    expect(await within({ from: first })).toEqual(ids(() => true));
    expect(await within({ from: last })).toEqual(ids(({ at }) => at >= last));
    expect(await within({ to: last })).toEqual(ids(({ at }) => at < last));
    expect(await within({ from: first, to: first })).toEqual([]);
    expect(await within({ from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' })).toEqual([]);
  });

  test('comes in pages that meet without a gap', async () => {
    const { test: caller } = await gateway.workspace();
    for (let count = 0; count < 5; count += 1) await caller.createCustomer();
    const all = (await eventsOf(caller)).map(({ id }) => id);
    const seen: string[] = [];
    for (let after: string | null | undefined; ; ) {
      const page = resultOf(await createKeyClient(caller).events({ first: 2, ...(after && { after }) }));
      seen.push(...page.nodes.map(({ id }) => id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(seen).toEqual(all);
    expect(errorOf(await createKeyClient(caller).events({ first: 101 }))).toMatchObject({ argument: 'first' });
  });
});
