/** Saved methods across merchants, read, archived and charged. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Caller, createCaller, type Variables } from '../support/caller.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { instrumentOf, METHOD, type MethodView, materialize, methodsOf, saved } from '../support/saved-methods.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const change = (caller: Caller, field: string, id: string) =>
  caller.query<{ result: MethodView }>(
    `mutation ($input: SavedMethodRefInput!) { result: ${field}(input: $input) { ${METHOD} } }`,
    { input: { id } },
  );
const archive = async (caller: Caller, id: string) => dataOf(await change(caller, 'archiveSavedMethod', id)).result;
const restore = async (caller: Caller, id: string) => dataOf(await change(caller, 'restoreSavedMethod', id)).result;

async function customerOf() {
  const workspace = await gateway.workspace();
  const { id } = await workspace.test.createCustomer();
  return { workspace, caller: workspace.test, customerId: id };
}
const narrowed = async (workspace: Awaited<ReturnType<typeof gateway.workspace>>, options: Variables) =>
  createCaller(gateway.url, (await workspace.key(options)).secret);
const audited = (id: string) =>
  gateway.sql<{ action: string; details: object }>(
    'select action, details from audit_event where object_id = $1 order by id',
    [id.split(':')[1] as string],
  );

describe('archiving', () => {
  test('R3: takes a method out of the list and out of every merchant’s reach until it is restored; again changes nothing', async () => {
    const { caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId });
    const once = await archive(caller, id);
    expect(once.archivedAt).not.toBeNull();
    expect(await archive(caller, id)).toEqual(once);
    expect(await methodsOf(caller, { customerId })).toEqual([]);
    expect(await methodsOf(caller, { customerId, includeArchived: true })).toEqual([once]);
    expect(errorOf(await materialize(caller, id, 'shop-a')).code).toBe('NOT_FOUND');
    const back = await restore(caller, id);
    expect(back.archivedAt).toBeNull();
    expect(await restore(caller, id)).toEqual(back);
    expect(await instrumentOf(caller, id, 'shop-a')).toBe('PI4242');
    expect((await audited(id)).map(({ action }) => action)).toEqual([
      'saved_method.saved',
      'saved_method.archived',
      'saved_method.restored',
      'saved_method.materialized',
    ]);
  });

  test('R3: saving a method that was archived restores it, and the audit log says so', async () => {
    const { caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId });
    await archive(caller, id);
    expect(await saved(caller, { customerId })).toMatchObject({ id, archivedAt: null });
    expect((await audited(id)).at(-1)).toEqual({
      action: 'saved_method.saved',
      details: { merchantId: 'shop-a', restored: true },
    });
  });

  test('R3: is not for the key of one merchant, nor for one that may only read, and another world’s method is NOT_FOUND', async () => {
    const { workspace, caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId });
    const shop = await narrowed(workspace, { merchantId: 'shop-a' });
    const reader = await narrowed(workspace, { scopes: ['saved_methods:read'] });
    const stranger = (await gateway.workspace()).test;
    for (const field of ['archiveSavedMethod', 'restoreSavedMethod']) {
      expect(errorOf(await change(shop, field, id)).code).toBe('FORBIDDEN');
      expect(errorOf(await change(reader, field, id)).code).toBe('FORBIDDEN');
      for (const other of [stranger, workspace.live])
        expect(errorOf(await change(other, field, id)).code).toBe('NOT_FOUND');
      expect(errorOf(await change(caller, field, 'SavedMethod:1')).code).toBe('NOT_FOUND');
    }
    expect(await methodsOf(caller, { customerId })).toHaveLength(1);
  });
});

describe('reading', () => {
  test('R3: newest first, in pages of at most 100 that are cut by key', async () => {
    const { caller, customerId } = await customerOf();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1)
      ids.unshift((await saved(caller, { customerId, fingerprint: `FP${index}` })).id);
    const PAGE = `query ($id: ID!, $first: Int, $after: String) { savedMethods(customerId: $id, first: $first, after: $after) {
      edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    interface Page {
      savedMethods: {
        edges: { cursor: string; node: { id: string } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
    }
    const ask = (variables: Variables) => caller.query<Page>(PAGE, { id: customerId, ...variables });
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const { edges, pageInfo }: Page['savedMethods'] = dataOf(await ask({ first: 2, after })).savedMethods;
      seen.push(...edges.map(({ node }) => node.id));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(ids);
    for (const first of [0, 101]) expect(errorOf(await ask({ first }))).toMatchObject({ argument: 'first' });
    expect(errorOf(await ask({ after: 'x' }))).toMatchObject({ argument: 'after' });
  });

  test('R3: the methods of many customers in one list are each their own, also where a page is asked for twice', async () => {
    const { caller } = await customerOf();
    const own = new Map<string, string[]>();
    for (let index = 0; index < 4; index += 1) {
      const { id } = await caller.createCustomer();
      const methods: string[] = [];
      for (let n = 0; n < index; n += 1)
        methods.unshift((await saved(caller, { customerId: id, fingerprint: `FP${n}` })).id);
      own.set(id, methods);
    }
    const { customers } = dataOf(
      await caller.query<{ customers: { nodes: { id: string; two: Nodes; again: Nodes; all: Nodes }[] } }>(
        `{ customers { nodes { id two: savedMethods(first: 2) { nodes { id } } again: savedMethods(first: 2) { nodes { id } }
           all: savedMethods(includeArchived: true) { nodes { id } } } } }`,
      ),
    );
    for (const { id, two, again, all } of customers.nodes) {
      const expected = own.get(id) ?? [];
      expect(two.nodes.map((node) => node.id)).toEqual(expected.slice(0, 2));
      expect(again).toEqual(two);
      expect(all.nodes.map((node) => node.id)).toEqual(expected);
    }
  });

  test('R3: a key needs saved_methods:read, through the customer and by node too; nobody and strangers have none', async () => {
    const { workspace, caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId });
    const THROUGH = 'query ($id: ID!) { customer(id: $id) { id savedMethods { nodes { id } } } }';
    const NODE = 'query ($id: ID!) { node(id: $id) { __typename id ... on SavedMethod { last4 } } }';
    const blind = await narrowed(workspace, { scopes: ['customers:read'] });
    const reader = await narrowed(workspace, { scopes: ['saved_methods:read'] });
    expect(dataOf(await caller.query(THROUGH, { id: customerId }))).toEqual({
      customer: { id: customerId, savedMethods: { nodes: [{ id }] } },
    });
    expect(errorOf(await blind.query(THROUGH, { id: customerId })).code).toBe('FORBIDDEN');
    expect(
      errorOf(
        await blind.query('query ($id: ID) { savedMethods(customerId: $id) { nodes { id } } }', { id: customerId }),
      ).code,
    ).toBe('FORBIDDEN');
    expect(dataOf(await blind.query(NODE, { id }))).toEqual({ node: null });
    expect(dataOf(await reader.query(NODE, { id }))).toEqual({
      node: { __typename: 'SavedMethod', id, last4: '4242' },
    });
    expect(await methodsOf(reader, { customerId })).toHaveLength(1);
    for (const stranger of [workspace.live, (await gateway.workspace()).test]) {
      expect(await methodsOf(stranger, { customerId, includeArchived: true })).toEqual([]);
      expect(dataOf(await stranger.query(NODE, { id }))).toEqual({ node: null });
    }
    expect(await methodsOf(caller, { customerId: 'Customer:1' })).toEqual([]);
    expect(errorOf(await caller.query('{ savedMethods { nodes { id } } }'))).toMatchObject({ argument: 'customerId' });
  });
});

describe('materializing', () => {
  test('R3: is for secret keys with the scope, for a method of their world that was saved for the merchant', async () => {
    const { workspace, caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId });
    const all = ['saved_methods:read', 'saved_methods:write', 'customers:read', 'customers:write'];
    const narrow = await narrowed(workspace, { scopes: all });
    const publishable = await narrowed(workspace, { kind: 'PUBLISHABLE' });
    for (const other of [narrow, publishable])
      expect(errorOf(await materialize(other, id, 'shop-a')).code).toBe('FORBIDDEN');
    const stranger = (await gateway.workspace()).test;
    for (const other of [workspace.live, stranger])
      expect(errorOf(await materialize(other, id, 'shop-a')).code).toBe('NOT_FOUND');
    expect(errorOf(await materialize(caller, id, 'shop-b')).code).toBe('NOT_FOUND');
    expect(errorOf(await materialize(caller, id, ''))).toMatchObject({ argument: 'input.merchantId' });
    expect((await audited(id)).map(({ action }) => action)).toEqual(['saved_method.saved']);
    expect(dataOf(await materialize(caller, id, 'shop-a')).result).toMatchObject({
      instrumentId: 'PI4242',
      merchantId: 'shop-a',
      method: { id, last4: '4242' },
    });
    expect((await audited(id)).at(-1)).toEqual({
      action: 'saved_method.materialized',
      details: { merchantId: 'shop-a' },
    });
  });

  test('attack: a sealed row that is copied over another merchant’s or method’s does not open, and nothing is told', async () => {
    const { caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId, merchantId: 'victim', instrumentId: 'PIvictim' });
    await saved(caller, { customerId, merchantId: 'thief', instrumentId: 'PIthief' });
    const { id: other } = await saved(caller, { customerId, merchantId: 'thief', fingerprint: 'FPown' });
    const copy = (from: string, to: [string, string]) =>
      gateway.sql(
        `update saved_method_instrument set (key_id, sealed) =
           (select key_id, sealed from saved_method_instrument where method_id = $1 and merchant_id = $2)
         where method_id = $3 and merchant_id = $4`,
        [id.split(':')[1] as string, from, to[0].split(':')[1] as string, to[1]],
      );
    for (const target of [
      [id, 'thief'],
      [other, 'thief'],
    ] as [string, string][]) {
      await copy('victim', target);
      const answer = await materialize(caller, ...target);
      expect(errorOf(answer).code).toBe('INTERNAL_SERVER_ERROR');
      expect(JSON.stringify(answer.body)).not.toContain('PIvictim');
    }
    expect(await instrumentOf(caller, id, 'victim')).toBe('PIvictim');
    expect((await audited(other)).map(({ action }) => action)).not.toContain('saved_method.materialized');
  });

  test('R3: deleting the customer leaves neither method nor instrument', async () => {
    const { caller, customerId } = await customerOf();
    const { id } = await saved(caller, { customerId });
    dataOf(await caller.query(`mutation { deleteCustomer(input: { id: "${customerId}" }) { id } }`));
    expect(await methodsOf(caller, { customerId, includeArchived: true })).toEqual([]);
    expect(errorOf(await materialize(caller, id, 'shop-a')).code).toBe('NOT_FOUND');
    const rows = await gateway.sql('select 1 from saved_method_instrument where method_id = $1', [
      id.split(':')[1] as string,
    ]);
    expect(rows).toEqual([]);
  });
});

interface Nodes {
  nodes: { id: string }[];
}
