/** The list of verifications: its order, its pages and its filters. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Caller, Variables } from '../support/caller.js';
import { expire } from '../support/database-state.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { askSteps, email, sms } from '../support/stepped.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

interface List {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string; status: string; createdAt: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

const FIELDS = `edges { cursor node { id } } nodes { id status createdAt }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const TYPES = {
  first: 'Int',
  after: 'String',
  last: 'Int',
  before: 'String',
  reverse: 'Boolean',
  from: 'DateTime',
  to: 'DateTime',
  status: 'VerificationStatus',
  channel: 'Channel',
  customerId: 'ID',
};
const declared = Object.entries(TYPES).map(([name, type]) => `$${name}: ${type}`);
const passed = Object.keys(TYPES).map((name) => `${name}: $${name}`);
const LIST = `query (${declared}) { verifications(${passed}) { ${FIELDS} } }`;

const ask = (caller: Caller, variables: Variables = {}) => caller.query<{ verifications: List }>(LIST, variables);
const list = async (caller: Caller, variables: Variables = {}) => dataOf(await ask(caller, variables)).verifications;
const ids = async (caller: Caller, variables: Variables = {}) =>
  (await list(caller, variables)).nodes.map(({ id }) => id);

/** A workspace with a number of verifications, oldest first. */
async function populated(count: number) {
  const workspace = await gateway.workspace();
  const caller = workspace.test;
  const { id: customerId } = await caller.createCustomer();
  const sent: string[] = [];
  for (let index = 0; index < count; index += 1) {
    sent.push((await caller.sendEmail(customerId, { email: `a${index}@example.com` })).id);
  }
  return { workspace, caller, customerId, sent, newest: sent.toReversed() };
}

describe('pages', () => {
  test('R4: newest first, 25 a page, and reverse turns the order', async () => {
    const { caller, sent, newest } = await populated(1);
    const [customer, another] = await Promise.all([caller.createCustomer(), caller.createCustomer()]);
    for (let index = 0; index < 26; index += 1) {
      const { id } = index % 2 === 0 ? customer : another;
      newest.unshift((await caller.sendPhone(id, { phoneNumber: '+33612345678' })).id);
    }
    expect(await ids(caller)).toEqual(newest.slice(0, 25));
    expect((await list(caller)).pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await ids(caller, { first: 100 })).toEqual(newest);
    expect(await ids(caller, { reverse: true, first: 2 })).toEqual([sent[0], newest.at(-2)]);
  });

  test.each([false, true])('R4: cursors walk the whole list once, from either end (reverse: %s)', async (reverse) => {
    const { caller, sent, newest } = await populated(7);
    const order = reverse ? sent : newest;
    const walk = async (size: 'first' | 'last', from: 'after' | 'before') => {
      const pages: string[][] = [];
      let cursor: string | null = null;
      do {
        const { edges, pageInfo }: List = await list(caller, { reverse, [size]: 3, [from]: cursor });
        expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor, edges.at(-1)?.cursor]);
        expect(size === 'first' ? pageInfo.hasPreviousPage : pageInfo.hasNextPage).toBe(cursor !== null);
        pages.push(edges.map(({ node }) => node.id));
        const hasMore = size === 'first' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
        cursor = hasMore ? (size === 'first' ? pageInfo.endCursor : pageInfo.startCursor) : null;
      } while (cursor !== null);
      return pages;
    };
    const forward = await walk('first', 'after');
    expect(forward.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(forward.flat()).toEqual(order);
    const backward = await walk('last', 'before');
    expect(backward.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(backward.toReversed().flat()).toEqual(order);
  });

  test('R4: what is created between two pages moves nothing', async () => {
    const { caller, customerId, newest } = await populated(4);
    const { pageInfo } = await list(caller, { first: 2 });
    await caller.sendEmail(customerId, { email: 'late@example.com' });
    expect(await ids(caller, { first: 2, after: pageInfo.endCursor })).toEqual(newest.slice(2));
  });

  test.each<[string, Variables, string]>([
    ['no page', { first: 0 }, 'first'],
    ['more than 100', { first: 101 }, 'first'],
    ['fewer than none', { last: -1 }, 'last'],
    ['more than 100 from the end', { last: 101 }, 'last'],
    ['both ends at once', { first: 3, last: 3 }, 'last'],
    ['a cursor that is none', { after: 'x' }, 'after'],
    ['a cursor with something behind it', { before: `${Buffer.from('1:').toString('base64url')}=` }, 'before'],
    ['an empty cursor', { before: '' }, 'before'],
  ])('R4: %s is refused as BAD_USER_INPUT', async (_, variables, argument) => {
    const { test: caller } = await gateway.workspace();
    expect(errorOf(await ask(caller, variables))).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });
});

describe('filters', () => {
  test('R4: from is inclusive, to is exclusive', async () => {
    const { caller, newest } = await populated(3);
    const at = async (index: number) => (await list(caller)).nodes[index]?.createdAt as string;
    await gateway.sql(`update verification set created_at = created_at + interval '10 milliseconds' where id = $1`, [
      newest[0]?.split(':')[1] as string,
    ]);
    const [third, second, first] = [await at(0), await at(1), await at(2)];
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await ids(caller, { from: second })).toEqual(newest.slice(0, 2));
    expect(await ids(caller, { to: second })).toEqual(newest.slice(2));
    expect(await ids(caller, { from: second, to: third })).toEqual([newest[1]]);
    expect(await ids(caller, { from: second, to: second })).toEqual([]);
    expect(await ids(caller, { from: '1960-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z' })).toEqual(newest);
  });

  test('R4: by status, which is the status that each one shows', async () => {
    const { caller, customerId, sent } = await populated(2);
    const [, expired] = sent as [string, string];
    await expire(gateway.sql, expired);
    const spent = await caller.sendPhone(customerId, { phoneNumber: '+33612345678', maxAttempts: 1 });
    await caller.call('confirm', { input: { verificationId: spent.id, code: '000000' } });
    const verified = await caller.sendEmail(customerId, { email: 'ada@example.com' });
    await caller.call('confirm', { input: { verificationId: verified.id, code: '123456' } });
    const canceled = await caller.sendEmail(customerId, { email: 'eve@example.com' });
    await caller.query('mutation ($id: ID!) { cancelVerification(input: { verificationId: $id }) { __typename } }', {
      id: canceled.id,
    });
    // Attempts that were spent before the time ran out stay FAILED.
    await expire(gateway.sql, spent.id);
    const expected = {
      PENDING: sent[0],
      EXPIRED: expired,
      FAILED: spent.id,
      VERIFIED: verified.id,
      CANCELED: canceled.id,
    };
    for (const [status, id] of Object.entries(expected)) {
      expect((await list(caller, { status })).nodes).toMatchObject([{ id, status }]);
    }
  });

  test('R4: by the channel of any step, and by customer', async () => {
    const { caller, customerId, newest } = await populated(2);
    const other = await caller.createCustomer();
    const sms = await caller.sendPhone(other.id, { phoneNumber: '+33612345678' });
    expect(await ids(caller, { channel: 'EMAIL' })).toEqual(newest);
    expect(await ids(caller, { channel: 'SMS' })).toEqual([sms.id]);
    expect(await ids(caller, { channel: 'VOICE' })).toEqual([]);
    expect(await ids(caller, { customerId })).toEqual(newest);
    expect(await ids(caller, { customerId, first: 1, reverse: true })).toEqual([newest[1]]);
    expect(await ids(caller, { customerId: 'nobody' })).toEqual([]);
    const document = `query ($id: ID!) { customer(id: $id) { verifications(first: 1) { ${FIELDS} } } }`;
    const { customer } = dataOf(
      await caller.query<{ customer: { verifications: List } }>(document, { id: customerId }),
    );
    expect(customer.verifications.nodes).toMatchObject([{ id: newest[0] }]);
    expect(customer.verifications.pageInfo.hasNextPage).toBe(true);
  });
});

test('R4: by channel, a verification is listed once, however many of its steps go by it', async () => {
  const { caller, customerId, newest } = await populated(1);
  const steps = [email('one@example.com'), sms('+33612345678'), email('two@example.com')];
  const { verification } = dataOf(await askSteps(caller, 'start', { customerId, steps })).result;
  expect(await ids(caller, { channel: 'EMAIL' })).toEqual([verification?.id, ...newest]);
  expect(await ids(caller, { channel: 'EMAIL', customerId })).toEqual([verification?.id, ...newest]);
});

describe('who may read it', () => {
  test('R4: neither the other mode nor another workspace sees anything, by filter or by cursor', async () => {
    const { workspace, customerId, caller } = await populated(2);
    const { pageInfo } = await list(caller);
    for (const stranger of [workspace.live, (await gateway.workspace()).test]) {
      for (const variables of [{}, { customerId }, { after: pageInfo.startCursor }, { before: pageInfo.endCursor }]) {
        expect(await ids(stranger, variables)).toEqual([]);
      }
    }
  });

  test('R4: a key without verifications:read is FORBIDDEN', async () => {
    const { key, test: caller } = await gateway.workspace();
    const { secret } = await key({ scopes: ['customers:read', 'verifications:write'] });
    const answer = await caller.query(LIST, {}, { key: secret });
    expect(errorOf(answer).code).toBe('FORBIDDEN');
  });
});
