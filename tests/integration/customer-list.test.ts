/** The list of customers, and objects by their id alone. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Caller, Variables } from '../support/caller.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $platformCustomerId: String,
  $email: EmailAddress, $phone: PhoneNumber, $includeDeleted: Boolean) {
  customers(first: $first, after: $after, last: $last, before: $before, platformCustomerId: $platformCustomerId,
    email: $email, phone: $phone, includeDeleted: $includeDeleted) {
    nodes { id isDeleted } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

interface List {
  nodes: { id: string; isDeleted: boolean }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

const ask = (caller: Caller, variables: Variables = {}) => caller.query<{ customers: List }>(LIST, variables);
const list = async (caller: Caller, variables: Variables = {}) => dataOf(await ask(caller, variables)).customers;
const ids = async (caller: Caller, variables: Variables = {}) =>
  (await list(caller, variables)).nodes.map(({ id }) => id);

describe('customers', () => {
  test('R2: newest first, in pages from either end', async () => {
    const { test: caller } = await gateway.workspace();
    const created: string[] = [];
    for (let index = 0; index < 5; index += 1) created.unshift((await caller.createCustomer()).id);
    expect(await ids(caller)).toEqual(created);
    const first = await list(caller, { first: 2 });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await ids(caller, { first: 2, after: first.pageInfo.endCursor })).toEqual(created.slice(2, 4));
    expect(await ids(caller, { last: 2 })).toEqual(created.slice(3));
    expect(await ids(caller, { last: 5, before: first.pageInfo.endCursor })).toEqual(created.slice(0, 1));
  });

  test('R2: by platform id, and by any contact in any spelling, verified or not', async () => {
    const { test: caller } = await gateway.workspace();
    const ada = await caller.createCustomer({ platformCustomerId: 'shop/1', email: 'Ada@Example.com' });
    const eve = await caller.createCustomer({ email: 'ada@example.com', phone: '+33612345678' });
    await caller.sendEmail(eve.id, { email: 'eve@example.com' });
    await caller.call('confirmEmail', { input: { customerId: eve.id, email: 'eve@example.com', code: '123456' } });
    expect(await ids(caller, { platformCustomerId: 'shop/1' })).toEqual([ada.id]);
    expect(await ids(caller, { email: 'ADA@example.com' })).toEqual([eve.id, ada.id]);
    expect(await ids(caller, { email: 'eve@example.com' })).toEqual([eve.id]);
    expect(await ids(caller, { phone: '+33 6 12 34 56 78' })).toEqual([eve.id]);
    expect(await ids(caller, { email: 'ada@example.com', phone: '+33612345678' })).toEqual([eve.id]);
    expect(await ids(caller, { email: 'ada@example.com', platformCustomerId: 'shop/2' })).toEqual([]);
  });

  test('R2: a deleted customer’s platform id, UMA address and contacts are free: the account that is opened again is found by them, and the closed ones beside it only in the list of deleted ones', async () => {
    const { test: caller } = await gateway.workspace();
    const account = { platformCustomerId: 'shop/1', umaAddress: '$ada@example.com', email: 'ada@example.com' };
    const create = 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }';
    const remove = 'mutation ($id: ID!) { deleteCustomer(input: { id: $id }) { id } }';
    const byPlatformId = async () =>
      (await caller.call<{ id: string } | null>('customer', { platformCustomerId: 'shop/1' }))?.id;
    const opened: string[] = [];
    for (let times = 0; times < 3; times += 1) {
      const { id } = await caller.createCustomer(account);
      opened.unshift(id);
      expect(await byPlatformId()).toBe(id);
      expect(await ids(caller, { platformCustomerId: 'shop/1' })).toEqual([id]);
      expect(await ids(caller, { platformCustomerId: 'shop/1', includeDeleted: true })).toEqual(opened);
      for (const [taken, free] of [
        ['platformCustomerId', 'umaAddress'],
        ['umaAddress', 'platformCustomerId'],
      ] as const) {
        const again = await caller.query(create, { input: { ...account, [free]: '$eve@example.com' } });
        expect(errorOf(again)).toMatchObject({ code: 'CONFLICT', argument: `input.${taken}` });
      }
      dataOf(await caller.query(remove, { id }));
      expect(await byPlatformId(), 'who was deleted last').toBe(id);
    }
    expect(await ids(caller, { platformCustomerId: 'shop/1' })).toEqual([]);
  });

  test.each<[string, Variables, string]>([
    ['an email that is none', { email: 'ada' }, 'email'],
    ['a phone number that is none', { phone: '12' }, 'phone'],
    ['a page that is too long', { first: 101 }, 'first'],
    ['a cursor that is none', { after: 'MTox' }, 'after'],
  ])('R2: %s is refused as BAD_USER_INPUT', async (_, variables, argument) => {
    const { test: caller } = await gateway.workspace();
    expect(errorOf(await ask(caller, variables))).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });

  test('R2: neither the other mode nor another workspace sees a customer, and a key needs customers:read', async () => {
    const { test: caller, live, key } = await gateway.workspace();
    await caller.createCustomer({ platformCustomerId: 'shop/1', email: 'ada@example.com' });
    const { pageInfo } = await list(caller);
    for (const stranger of [live, (await gateway.workspace()).test]) {
      for (const variables of [{}, { email: 'ada@example.com' }, { platformCustomerId: 'shop/1' }]) {
        expect(await ids(stranger, { ...variables, includeDeleted: true })).toEqual([]);
      }
      expect(await ids(stranger, { last: 5, before: pageInfo.startCursor })).toEqual([]);
    }
    const { secret } = await key({ scopes: ['verifications:read'] });
    expect(errorOf(await caller.query(LIST, {}, { key: secret })).code).toBe('FORBIDDEN');
  });
});

describe('node', () => {
  const NODE = `query ($id: ID!) { node(id: $id) { __typename id ... on Customer { email contactPoints { id } }
    ... on ContactPoint { value isPrimary } ... on Verification { status steps { to } } ... on Workspace { appName } } }`;

  async function everything() {
    const workspace = await gateway.workspace();
    const customer = await workspace.test.createCustomer({ email: 'ada@example.com' });
    const { id: verification } = await workspace.test.sendEmail(customer.id);
    const contact = customer.contactPoints[0]?.id as string;
    return { workspace, ids: [customer.id, contact, verification, `Workspace:${workspace.id}`] };
  }
  const read = async (caller: Caller, id: string, key = caller.key) =>
    dataOf(await caller.query<{ node: { __typename: string } | null }>(NODE, { id }, { key })).node;

  test('R2: every object is found by its id, as the type that it is', async () => {
    const { workspace, ids } = await everything();
    const found = await Promise.all(ids.map((id) => read(workspace.test, id)));
    expect(found).toMatchObject([
      { __typename: 'Customer', id: ids[0], email: 'ada@example.com', contactPoints: [{ id: ids[1] }] },
      { __typename: 'ContactPoint', id: ids[1], value: 'ada@example.com', isPrimary: true },
      { __typename: 'Verification', id: ids[2], status: 'PENDING', steps: [{ to: 'ada@example.com' }] },
      { __typename: 'Workspace', id: ids[3], appName: 'Acme Market' },
    ]);
  });

  test('R2: what is of another workspace or mode, or is no id, is null', async () => {
    const { workspace, ids } = await everything();
    const other = await gateway.workspace();
    for (const id of ids) expect(await read(other.test, id)).toBeNull();
    for (const id of ids.slice(0, 3)) expect(await read(workspace.live, id)).toBeNull();
    for (const id of ['', 'x', 'Customer:', 'Customer:1', 'ApiKey:01a1f9f3-2bb7-782f-bb89-9d961c4cf735']) {
      expect(await read(workspace.test, id)).toBeNull();
    }
  });

  test('R2: a key sees only what it may read; without any read it is FORBIDDEN', async () => {
    const { workspace, ids } = await everything();
    const seen: [string, boolean[]][] = [
      ['customers:read', [true, true, false, false]],
      ['verifications:read', [false, false, true, false]],
      ['workspace:read', [false, false, false, true]],
    ];
    for (const [scope, expected] of seen) {
      const { secret } = await workspace.key({ scopes: [scope] });
      const found = await Promise.all(ids.map((id) => read(workspace.test, id, secret)));
      expect(found.map((node) => node !== null)).toEqual(expected);
    }
    const { secret } = await workspace.key({ scopes: ['customers:write'] });
    expect(errorOf(await workspace.test.query(NODE, { id: ids[0] }, { key: secret })).code).toBe('FORBIDDEN');
  });
});
