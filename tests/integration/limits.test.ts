/** Limits as `@guard` declares them: what counts together, what does not, and what a refusal says. */
import { createSecretKey } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { createLimitLedger } from '../../src/access/limit-ledger.js';
import { type Caller, DOCUMENTS } from '../support/caller.js';
import { dump, rowCounts } from '../support/database-state.js';
import { type Answer, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { inTurns } from '../support/in-turns.js';
import { materialize, saved } from '../support/saved-methods.js';

// 20 sends to one contact of one customer in ten minutes, scaled down to 5.
const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '0.25' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const LIMIT = 5;

const send = (caller: Caller, customerId: string, email: string) =>
  caller.query(DOCUMENTS.sendEmail, { input: { customerId, email } });
const sendSms = (caller: Caller, customerId: string, phoneNumber: string) =>
  caller.query(DOCUMENTS.sendPhone, { input: { customerId, phoneNumber } });

async function customer() {
  const { test: caller } = await gateway.workspace();
  const { id } = await caller.createCustomer();
  return { caller, id };
}

/** How many of these calls were let through; the others were all RATE_LIMITED. */
async function passed(calls: (() => Promise<Answer<unknown>>)[]): Promise<number> {
  const answers = await inTurns(50, calls);
  const codes = answers.map(({ body }) => body.errors?.[0]?.extensions.code ?? 'PASSED');
  expect(codes.filter((code) => code !== 'PASSED' && code !== 'RATE_LIMITED')).toEqual([]);
  return codes.filter((code) => code === 'PASSED').length;
}

describe('a refusal', () => {
  test('says after how many seconds to come back, in the error and in Retry-After, and writes nothing', async () => {
    const { caller, id } = await customer();
    for (let call = 0; call < LIMIT; call += 1) await caller.sendEmail(id, { email: 'ada@example.com' });
    const before = await rowCounts(gateway.sql);
    const answer = await send(caller, id, 'ada@example.com');
    const { code, retryAfterSeconds, requestId } = errorOf(answer);
    expect({ code, requestId }).toEqual({ code: 'RATE_LIMITED', requestId: answer.headers.get('x-request-id') });
    expect(retryAfterSeconds).toBeGreaterThan(590);
    expect(retryAfterSeconds).toBeLessThanOrEqual(600);
    expect(answer.headers.get('retry-after')).toBe(String(retryAfterSeconds));
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });

  test('race: a call that is taken back when its window has turned is none of the next one’s', async () => {
    const { id: workspaceId } = await gateway.workspace();
    const ledger = createLimitLedger(gateway.storage.database.pool, createSecretKey(Buffer.alloc(32)), () => 0);
    const hit = { workspaceId, name: 'turned', max: 5, windowMs: 60_000 };
    const { endsAt: before } = await ledger.reserve(hit);
    await gateway.sql(`update rate_limit_window set expires_at = now() where workspace_id = $1`, [workspaceId]);
    const { endsAt: now } = await ledger.reserve(hit);
    await ledger.release({ hit, count: 1, endsAt: before });
    expect(await ledger.reserve(hit)).toMatchObject({ before: 1 });
    await ledger.release({ hit, count: 1, endsAt: now });
    expect(await ledger.reserve(hit)).toMatchObject({ before: 1 });
  });

  test('ends with its window', async () => {
    const { caller, id } = await customer();
    const calls = () => Array.from({ length: LIMIT + 1 }, () => () => send(caller, id, 'ada@example.com'));
    expect(await passed(calls())).toBe(LIMIT);
    await gateway.sql(`update rate_limit_window set expires_at = now() - interval '1 second'`);
    expect(await passed(calls())).toBe(LIMIT);
  });
});

describe('one bucket', () => {
  test('holds a thousand +tags of one mailbox', async () => {
    const { caller, id } = await customer();
    const calls = Array.from({ length: 1_000 }, (_, tag) => () => send(caller, id, `ada+${tag}@example.com`));
    expect(await passed(calls)).toBe(LIMIT);
  });

  test('holds every spelling of one mailbox', async () => {
    const { caller, id } = await customer();
    const spellings = [
      'ada.love@gmail.com',
      'adalove@gmail.com',
      'A.D.A.love@GMAIL.com',
      'adalove@googlemail.com',
      'ada.love+x@gmail.com',
      ' adalove@gmail.com ',
    ];
    expect(await passed(spellings.map((email) => () => send(caller, id, email)))).toBe(LIMIT);
  });

  test('holds every spelling of one number', async () => {
    const { caller, id } = await customer();
    const spellings = [
      '+33612345678',
      '+33 6 12 34 56 78',
      '+33 (0)6 12 34 56 78',
      '+33-6-12-34-56-78',
      '+33.6.12.34.56.78',
      ' +33612345678',
    ];
    expect(await passed(spellings.map((number) => () => sendSms(caller, id, number)))).toBe(LIMIT);
  });

  test('holds a customer however their id is spelled', async () => {
    const { caller, id } = await customer();
    const spellings = [id, id.toUpperCase().replace('CUSTOMER', 'Customer'), id, id, id, id];
    expect(await passed(spellings.map((customerId) => () => send(caller, customerId, 'ada@example.com')))).toBe(LIMIT);
  });

  test('holds a hundred calls at once', async () => {
    const { caller, id } = await customer();
    const calls = Array.from({ length: 100 }, () => () => send(caller, id, 'ada@example.com'));
    expect(await passed(calls)).toBe(LIMIT);
  });
});

describe('a bucket of its own', () => {
  test('has every customer, every contact, and every mode', async () => {
    const { test: caller, live } = await gateway.workspace();
    const [one, two] = [await caller.createCustomer(), await caller.createCustomer()];
    const other = await live.createCustomer();
    const full = (holder: Caller, id: string, email: string) =>
      passed(Array.from({ length: LIMIT + 1 }, () => () => send(holder, id, email)));
    expect(await full(caller, one.id, 'ada@example.com')).toBe(LIMIT);
    expect(await full(caller, two.id, 'ada@example.com')).toBe(LIMIT);
    expect(await full(caller, one.id, 'bob@example.com')).toBe(LIMIT);
    expect(await full(live, other.id, 'ada@example.com')).toBe(LIMIT);
  });
});

describe('an alias is an execution', () => {
  test('so one query cannot ask more often than many', async () => {
    // 6,000 reads of a key in a minute, scaled down to 12.
    await using tight = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '0.002' }, work: false });
    const { test: caller } = await tight.workspace();
    const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: customer(platformCustomerId: "x") { id }`);
    const { body } = await caller.query(`{ ${aliases.join(' ')} }`);
    expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(new Array(8).fill('RATE_LIMITED'));
    expect(await caller.query(`{ ${aliases[0]} }`)).toMatchObject({
      body: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] },
    });
  });
});

describe('the counters', () => {
  test('name nobody: a thief of the table reads no contact in it', async () => {
    const { caller, id } = await customer();
    await send(caller, id, 'somebody@nowhere.example');
    const rows = await dump(gateway.sql);
    const counters = rows.slice(rows.indexOf('-- public.rate_limit_window'));
    const own = counters.slice(0, counters.indexOf('-- public.', 3));
    expect(own).toContain('\\x');
    expect(own).not.toMatch(/somebody|nowhere|736f6d65626f6479/);
  });

  test('that cannot be kept let nobody through', async () => {
    const { caller, id } = await customer();
    const before = await rowCounts(gateway.sql);
    await gateway.sql('alter table rate_limit_window rename to elsewhere');
    try {
      expect(errorOf(await send(caller, id, 'ada@example.com'))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      expect(await rowCounts(gateway.sql)).toEqual(before);
    } finally {
      await gateway.sql('alter table elsewhere rename to rate_limit_window');
    }
    expect(await passed([() => send(caller, id, 'ada@example.com')])).toBe(1);
  });
});

test('attack: a stolen key materializes 600 methods a minute at most, here a quarter of that', async () => {
  const { caller, id } = await customer();
  const method = await saved(caller, { customerId: id });
  const count = await passed(Array.from({ length: 300 }, () => () => materialize(caller, method.id, 'shop-a')));
  expect(count).toBeLessThanOrEqual(150);
  expect(count).toBeGreaterThan(130);
});
