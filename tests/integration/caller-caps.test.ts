/** The caps that are wider than one recipient, each through the endpoint: what fills it, and whom it leaves alone. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Caller, type CustomerView, createCaller, type Outcome, type Variables } from '../support/caller.js';
import { type Cap, leaveMessages } from '../support/counters.js';
import { rowCounts, type Sql } from '../support/database-state.js';
import { dataOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { startPeople } from '../support/people.js';

const SECRET = 'the secret that the tests of caps know';
const HOUR = 3_600;
const DAY = 24 * HOUR;

// Of test mode, scaled down: 30 messages from an address, 10 of a customer and 100 to a prefix in an hour.
const tight = await startGateway({
  env: { GATEWAY_LIMIT_SCALE: '0.05', TRUSTED_PROXIES: '127.0.0.1/32' },
  work: false,
});
const gateway = await startGateway({ env: { GATEWAY_SECRET: SECRET }, work: false });
const people = await startPeople(tight);
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await tight[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});
const FROM_AN_ADDRESS = 30;
const OF_A_CUSTOMER = 10;
const TO_A_PREFIX = 100;

interface Sent {
  __typename: string;
  code?: string;
  retryAfterSeconds?: number;
  verification?: { id: string };
}

const send = (field: string) => `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) {
  result: ${field}(input: $input) {
    __typename ... on VerificationSent { verification { id } } ... on Refused { code retryAfterSeconds } } }`;
const SEND = { email: send('sendEmailVerification'), phone: send('sendPhoneVerification') };

const RESEND = `mutation ($id: ID!) { result: resendVerification(input: { verificationId: $id }) {
  __typename ... on Refused { code retryAfterSeconds } } }`;

async function ask(caller: Caller, kind: keyof typeof SEND, input: Variables, address?: string): Promise<Sent> {
  const options = address === undefined ? {} : { headers: { 'x-forwarded-for': address } };
  return dataOf(await caller.query<{ result: Sent }>(SEND[kind], { input }, options)).result;
}

const SENT = { __typename: 'VerificationSent' };

/** Refused until a window of this many seconds ends, which a test has begun; and nothing is written. */
async function expectTooMany(sql: Sql, window: number, call: () => Promise<Sent>) {
  const before = await rowCounts(sql);
  const { retryAfterSeconds = 0, ...refused } = await call();
  expect(refused).toEqual({ __typename: 'Refused', code: 'TOO_MANY' });
  expect(retryAfterSeconds).toBeGreaterThan(window - 300);
  expect(retryAfterSeconds).toBeLessThanOrEqual(window);
  expect(await rowCounts(sql)).toEqual(before);
}

let recipients = 0;
const newEmail = () => `recipient${++recipients}@example.com`;

describe('S12: messages of customers who call for themselves', () => {
  test.each([
    ['an IPv4 address', (index: number) => (index < 0 ? '198.51.100.8' : '198.51.100.7')],
    ['all addresses of an IPv6 /64', (index: number) => (index < 0 ? '2001:db8:1:3::1' : `2001:db8:1:2::${index + 1}`)],
  ])('are capped by %s, whoever they are, and another one goes on', async (_, addressOf) => {
    const from = async (index: number) =>
      ask((await people.person()).self, 'email', { email: newEmail() }, addressOf(index));
    for (let index = 0; index < FROM_AN_ADDRESS; index += 1) expect(await from(index)).toMatchObject(SENT);
    const { self } = await people.person();
    const email = newEmail();
    await expectTooMany(tight.sql, HOUR, () => ask(self, 'email', { email }, addressOf(FROM_AN_ADDRESS)));
    expect(await from(-1)).toMatchObject(SENT);
  });

  test('are capped by customer, and another customer at the same address goes on', async () => {
    const { self } = await people.person();
    const address = '198.51.100.20';
    for (let sent = 0; sent < OF_A_CUSTOMER; sent += 1) {
      expect(await ask(self, 'email', { email: newEmail() }, address)).toMatchObject(SENT);
    }
    for (const other of [address, '198.51.100.21']) {
      await expectTooMany(tight.sql, HOUR, () => ask(self, 'email', { email: newEmail() }, other));
    }
    expect(await ask((await people.person()).self, 'email', { email: newEmail() }, address)).toMatchObject(SENT);
  });

  test('are capped by customer with their resends: who has spent theirs cannot have the first one sent again', async () => {
    const { self } = await people.person();
    const { verification } = await ask(self, 'email', { email: newEmail() });
    for (let sent = 1; sent < OF_A_CUSTOMER; sent += 1) await ask(self, 'email', { email: newEmail() });
    const verificationId = verification?.id as string;
    const values = [verificationId.split(':')[1] as string];
    await tight.sql(`update verification_step set status = 'SENT', sends = 1 where verification_id = $1`, values);
    await tight.sql('update verification set resend_available_at = now() where id = $1', values);
    await expectTooMany(
      tight.sql,
      HOUR,
      async () => dataOf(await self.query<{ result: Sent }>(RESEND, { id: verificationId })).result,
    );
  });
});

describe('S12: messages to a prefix', () => {
  test('are capped however many of its numbers are confirmed, and its neighbor goes on', async () => {
    const { test: caller } = await tight.workspace();
    const { id: customerId } = await caller.createCustomer();
    const number = (index: number) => `+3361234${String(index).padStart(4, '0')}`;
    for (let index = 0; index < TO_A_PREFIX; index += 1) {
      const { verification } = await ask(caller, 'phone', { customerId, phoneNumber: number(index) });
      const input = { verificationId: verification?.id, code: '123456' };
      expect(await caller.call('confirm', { input })).toMatchObject({ __typename: 'VerificationConfirmed' });
    }
    await expectTooMany(tight.sql, HOUR, () => ask(caller, 'phone', { customerId, phoneNumber: number(TO_A_PREFIX) }));
    expect(await ask(caller, 'phone', { customerId, phoneNumber: '+33612350000' })).toMatchObject(SENT);
  }, 60_000);
});

// Thousands of messages: the counters are set to where those before have left them.
describe('S12: messages', () => {
  const LEFT = 3;
  const prefixes = (index: number) => `+336${String(10 + index)}340000`;

  async function expectFull(on: TestGateway, cap: Cap, window: number, one: (index: number) => Promise<Sent>) {
    await leaveMessages(on.sql, SECRET, cap, LEFT);
    for (let index = 0; index < LEFT; index += 1) expect(await one(index)).toMatchObject(SENT);
    for (let index = LEFT; index < LEFT + 3; index += 1) await expectTooMany(on.sql, window, () => one(index));
  }

  async function beginIn() {
    const workspace = await gateway.workspace();
    const { id: customerId } = await workspace.test.createCustomer();
    const to = (kind: keyof typeof SEND, value: string, caller = workspace.test) =>
      ask(caller, kind, { customerId, [kind === 'email' ? 'email' : 'phoneNumber']: value });
    return { workspace, to };
  }

  test('to a country are capped, however many prefixes they are spread over; other countries and addresses go on', async () => {
    const { workspace, to } = await beginIn();
    const cap: Cap = { workspaceId: workspace.id, cap: 'country', value: 'FR' };
    await expectFull(gateway, cap, HOUR, (index) => to('phone', prefixes(index)));
    expect(await to('phone', '+4915112345678')).toMatchObject(SENT);
    expect(await to('email', newEmail())).toMatchObject(SENT);
  });

  test('of a key are capped, whoever they are for; another key of the workspace goes on', async () => {
    const { workspace, to } = await beginIn();
    const { id, secret } = await workspace.key();
    const caller = createCaller(gateway.url, secret);
    const cap: Cap = { workspaceId: workspace.id, cap: 'key', value: id };
    await expectFull(gateway, cap, HOUR, () => to('email', newEmail(), caller));
    expect(await to('email', newEmail())).toMatchObject(SENT);
  });

  test('of a workspace are capped by the day, by every key and to everybody; another workspace goes on', async () => {
    const { workspace, to } = await beginIn();
    const cap: Cap = { workspaceId: workspace.id, cap: 'workspace' };
    const keys = [workspace.test, createCaller(gateway.url, (await workspace.key()).secret)];
    await expectFull(gateway, cap, DAY, (index) =>
      index % 2 === 0 ? to('email', newEmail(), keys[0]) : to('phone', prefixes(index), keys[1]),
    );
    const { to: elsewhere } = await beginIn();
    expect(await elsewhere('email', newEmail())).toMatchObject(SENT);
  });

  test('to two spellings of a mailbox count as one, and each is a contact of its own', async () => {
    const { workspace, to } = await beginIn();
    const cap: Cap = { workspaceId: workspace.id, cap: 'recipientHour', value: 'ada@gmail.com' };
    const spellings = ['ada@gmail.com', 'A.d.a+x@Gmail.com'];
    const sent: Sent[] = [];
    await expectFull(gateway, cap, HOUR, async (index) => {
      const outcome = await to('email', spellings[index % 2] as string);
      sent.push(outcome);
      return outcome;
    });
    let customer: CustomerView | undefined;
    for (const { verification } of sent.slice(0, 2)) {
      const input = { verificationId: verification?.id, code: '123456' };
      customer = (await workspace.test.call<Outcome>('confirm', { input })).customer;
    }
    expect(customer?.contactPoints.map(({ value }) => value)).toEqual(['ada@gmail.com', 'A.d.a+x@gmail.com']);
  });
});
