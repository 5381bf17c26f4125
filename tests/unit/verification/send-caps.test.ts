import { createSecretKey } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLimitLedger } from '../../../src/access/limit-ledger.js';
import type { Principal, World } from '../../../src/access/principal.js';
import { type Contact, parseEmail, parsePhone } from '../../../src/kernel/contact.js';
import { SEND_CAPS } from '../../../src/verification/send-cap-counters.js';
import { createSendCaps, type SendCaps } from '../../../src/verification/send-caps.js';
import { windowTable } from '../access/window-table.js';
import { principal } from '../principals.js';

const LIVE: World = { workspaceId: 'w', mode: 'LIVE' };
const HOUR = 3_600_000;
const time = { now: 0, answerMs: 0 };
let table = windowTable(time);
const another = (scale = 1) =>
  createSendCaps(
    createLimitLedger(table.pool, createSecretKey(Buffer.alloc(32)), () => time.now),
    scale,
  );
let caps: SendCaps;

beforeEach(() => {
  time.now = 0;
  table = windowTable(time);
  caps = another();
});

const contact = (text: string): Contact => {
  const parsed = text.includes('@') ? parseEmail(text) : parsePhone(text);
  if ('reason' in parsed) throw new Error(parsed.reason);
  return parsed.contact;
};
const numbers = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => contact(`+3361234${String(first + index).padStart(4, '0')}`));
const emails = (count: number) => Array.from({ length: count }, (_, index) => contact(`p${index}@example.com`));

/** How many messages to these contacts are let through, in their order. */
async function passed(
  contacts: readonly Contact[],
  { world = LIVE, by = caps, asker }: { world?: World; by?: SendCaps; asker?: [Principal, string] } = {},
) {
  let count = 0;
  for (const each of contacts) {
    const taken = await by.take(world, each, asker && { principal: asker[0], clientIp: asker[1] });
    if ('release' in taken) count += 1;
    else expect(taken).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: expect.any(Number) });
  }
  return count;
}
/** Numbers that were confirmed as soon as they were sent to, so that their prefix never runs dry. */
async function passedConfirmed(contacts: readonly Contact[]) {
  let count = 0;
  for (const each of contacts) {
    if ('release' in (await caps.take(LIVE, each))) count += 1;
    caps.confirmed(LIVE, each.identity);
    await new Promise(setImmediate);
  }
  return count;
}

describe('S12: a cap', () => {
  test('on a recipient holds for every spelling of it, by the hour and by the day', async () => {
    const spellings = ['ada@gmail.com', 'A.da@gmail.com', 'ada+1@googlemail.com'].map(contact);
    const flood = Array.from({ length: 15 }, (_, index) => spellings[index % 3] as Contact);
    expect(await passed(flood)).toBe(10);
    expect(await caps.take(LIVE, spellings[0] as Contact)).toMatchObject({ retryAfterSeconds: 3_600 });
    time.now = HOUR;
    expect(await passed(flood)).toBe(10);
    time.now = 2 * HOUR;
    expect(await passed(flood)).toBe(0);
    time.now = 24 * HOUR;
    expect(await passed(flood)).toBe(10);
  });

  test('on a prefix stops the 201st message to ten thousand neighboring numbers, and leaves other numbers alone', async () => {
    expect(await passedConfirmed(numbers(250))).toBe(SEND_CAPS.prefix.max);
    expect(await passed([contact('+33612350000'), contact('+14155550123')])).toBe(2);
  });

  test('on a country stops message after message to ever new prefixes', async () => {
    const tight = another(0.01);
    const spread = Array.from({ length: 60 }, (_, index) => contact(`+3361${String(index).padStart(3, '0')}0000`));
    expect(await passed(spread, { by: tight })).toBe(SEND_CAPS.country.max * 0.01);
    expect(await passed([contact('+14155550123')], { by: tight })).toBe(1);
  });

  test('on a workspace and day stops messages to anybody, and other workspaces go on', async () => {
    const tight = another(0.001);
    expect(await passed(emails(60), { by: tight })).toBe(SEND_CAPS.workspace.max * 0.001);
    expect(await passed(emails(1), { by: tight, world: { workspaceId: 'x', mode: 'LIVE' } })).toBe(1);
  });

  test('is another one in test mode, where it is ten times as wide', async () => {
    const flood = new Array(150).fill(contact('ada@example.com'));
    expect(await passed(flood)).toBe(10);
    expect(await passed(flood, { world: { workspaceId: 'w', mode: 'TEST' } })).toBe(100);
  });

  test('is shared by all processes', async () => {
    const other = another();
    const flood = new Array(8).fill(contact('ada@example.com'));
    expect((await passed(flood)) + (await passed(flood, { by: other }))).toBe(10);
  });

  test('that is asked a thousand times at once at two processes lets exactly as many through', async () => {
    const processes = [another(), another()];
    const all = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => processes[index % 2]?.take(LIVE, contact('ada@example.com'))),
    );
    expect(all.filter((taken) => taken && 'release' in taken)).toHaveLength(10);
  });
});

describe('a caller', () => {
  const visitor = principal({ kind: 'CUSTOMER_SESSION', customerId: 'c1', mode: 'LIVE' });

  test('who is a customer is capped by themselves, and another customer of the same key is not', async () => {
    expect(await passed(emails(30), { asker: [visitor, '192.0.2.1'] })).toBe(20);
    expect(await passed(emails(1), { asker: [{ ...visitor, customerId: 'c2' }, '192.0.2.2'] })).toBe(1);
  });

  test('is capped by address whoever they say they are', async () => {
    let count = 0;
    for (let index = 0; index < 80; index += 1) {
      const other = { ...visitor, customerId: `c${index}` };
      count += await passed([contact(`p${index}@example.com`)], { asker: [other, '192.0.2.1'] });
    }
    expect(count).toBe(60);
  });

  test('with a secret key is not: their address is that of a backend that asks for everybody', async () => {
    const backend = principal({ mode: 'LIVE' });
    expect(await passed(emails(100), { asker: [backend, '192.0.2.1'] })).toBe(100);
  });

  test('lockout: who has spent their own messages cannot spend those of a recipient by calling on', async () => {
    await passed(emails(20), { asker: [visitor, '192.0.2.1'] });
    const victim = new Array(50).fill(contact('victim@example.com'));
    expect(await passed(victim, { asker: [visitor, '192.0.2.1'] })).toBe(0);
    expect(await passed(victim)).toBe(10);
  });

  test('lockout: calls that are refused for their recipient spend nothing of the key, prefix, country or workspace', async () => {
    const backend = principal({ mode: 'LIVE' });
    const tight = another(0.02);
    const flood = new Array(300).fill(contact('+33612345678'));
    expect(await passed(flood, { by: tight, asker: [backend, ''] })).toBe(1);
    const others = Array.from({ length: 50 }, (_, index) => contact(`+3361${String(index).padStart(3, '0')}0000`));
    expect(await passed(others, { by: tight, asker: [backend, ''] })).toBe(50);
  });
});

describe('a message that was not sent after all', () => {
  test('is taken back from all it was counted against', async () => {
    for (let index = 0; index < 30; index += 1) {
      const taken = await caps.take(LIVE, contact('+33612345678'));
      if (!('release' in taken)) throw new Error('refused');
      await taken.release();
    }
    expect(await passed(new Array(15).fill(contact('+33612345678')))).toBe(10);
  });

  test('is not taken back from the window that came after its own', async () => {
    const early = await Promise.all(Array.from({ length: 10 }, () => caps.take(LIVE, contact('ada@example.com'))));
    time.now = HOUR;
    expect(await passed(new Array(10).fill(contact('ada@example.com')))).toBe(10);
    await Promise.all(early.map((taken) => 'release' in taken && taken.release()));
    expect(await passed(new Array(10).fill(contact('ada@example.com')))).toBe(0);
  });
});

describe('S12: toll fraud: a prefix whose codes nobody confirms', () => {
  test('is stopped after 50 messages, but for one every ten minutes', async () => {
    expect(await passed(numbers(200))).toBe(51);
    const refused = await caps.take(LIVE, numbers(1)[0] as Contact);
    expect(refused).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: 600 });
    time.now = 10 * 60_000;
    expect(await passed(numbers(20, 300))).toBe(1);
  });

  test('is open again with the first confirmation, and stays open while one in ten is confirmed', async () => {
    await passed(numbers(60));
    caps.confirmed(LIVE, '+33612340050');
    await new Promise(setImmediate);
    time.now = 1;
    expect(await passed(numbers(9, 100))).toBe(9);
    for (let round = 0; round < 12; round += 1) {
      caps.confirmed(LIVE, '+33612340100');
      await new Promise(setImmediate);
      expect(await passed(numbers(10, 1_000 + 10 * round))).toBe(10);
    }
    expect(await passed(numbers(10, 2_000))).toBeLessThanOrEqual(1);
  });

  test('stops no other prefix, and is forgotten after a day', async () => {
    await passed(numbers(60));
    expect(await passed([contact('+33612350000')])).toBe(1);
    time.now = 24 * HOUR;
    expect(await passed(numbers(60, 100))).toBe(51);
  });

  test('a confirmed address gives nothing back to anybody', async () => {
    caps.confirmed(LIVE, 'ada@example.com');
    await new Promise(setImmediate);
    expect(table.statements).toEqual([]);
  });
});

test('one message to a number costs one statement, and one to an address too', async () => {
  const backend = principal({ mode: 'LIVE' });
  const send = (to: Contact) => caps.take(LIVE, to, { principal: backend, clientIp: '192.0.2.1' });
  for (const each of [contact('+33612345678'), contact('ada@example.com')]) {
    // The key's counter is heard of, then taken in blocks.
    await send(each);
    await send(each);
    table.statements.length = 0;
    await send(each);
    expect(table.statements).toHaveLength(1);
  }
});

describe('connect: a message that its caller must not hear about', () => {
  const page = principal({ ...LIVE, kind: 'PUBLISHABLE_KEY' });
  const standIn: Contact = { kind: 'PHONE', value: 'nobody', identity: 'nobody' };
  const blindly = async (contacts: readonly (Contact | undefined)[], caller = page) => {
    let count = 0;
    for (const each of contacts) if (await caps.takeBlindly(caller, Promise.resolve(each), standIn)) count += 1;
    return count;
  };

  test('is counted with those of all other callers', async () => {
    const ada = contact('+33612345678');
    expect(await blindly(new Array(4).fill(ada))).toBe(4);
    expect(await passed(new Array(20).fill(ada))).toBe(6);
    expect(await blindly([ada])).toBe(0);
  });

  test('is stopped by the key of its caller, and spends nothing of its recipient then', async () => {
    const caller = principal({ ...LIVE, kind: 'PUBLISHABLE_KEY', keyId: 'spent' });
    caps = another(0.006);
    expect(await blindly(emails(80), caller)).toBe(60);
    for (const each of emails(80).slice(60)) expect(await passed([each])).toBe(1);
  });

  test('to a prefix that nobody confirms goes out once in ten minutes, and a confirmation opens the prefix', async () => {
    expect(await blindly(numbers(60))).toBe(51);
    time.now += 10 * 60_000;
    expect(await blindly(numbers(3, 60))).toBe(1);
    caps.confirmed(LIVE, numbers(1)[0]?.identity as string);
    await new Promise(setImmediate);
    expect(await blindly(numbers(3, 70))).toBe(3);
  });

  test('lockout: a thousand that are not wanted, or refused, spend nothing of anybody', async () => {
    expect(await blindly(new Array(1_000).fill(undefined))).toBe(0);
    const ada = contact('+33612345678');
    expect(await blindly(new Array(1_000).fill(ada))).toBe(10);
    expect(await passedConfirmed(numbers(150))).toBe(150);
  });

  test('enumeration, lockout: spends nothing of what other callers may send from its address, sent or not', async () => {
    const visitor = principal({ ...LIVE, kind: 'CUSTOMER_SESSION', customerId: 'c' });
    expect(await blindly([...new Array(100).fill(undefined), ...emails(100)])).toBe(100);
    const customers = Array.from({ length: 70 }, (_, index) => ({ ...visitor, customerId: `c${index}` }));
    let count = 0;
    for (const [index, customer] of customers.entries())
      count += await passed([contact(`q${index}@example.com`)], { asker: [customer, '192.0.2.1'] });
    expect(count).toBe(SEND_CAPS.address.max);
  });

  test('timing oracle: what says whether it is wanted shares a statement with the caller’s own counters, which one who has spent them needs', async () => {
    const ledger = createLimitLedger(table.pool, createSecretKey(Buffer.alloc(32)), () => 0);
    const own = createSendCaps(ledger, 1);
    const gate = { workspaceId: 'w', name: 'gate', windowMs: 60_000, max: 5 };
    await own.takeBlindly(
      page,
      ledger.reserve(gate).then(() => undefined),
      standIn,
    );
    // Gate and own, the others, and what is taken back.
    expect(table.statements).toHaveLength(3);
  });

  test('lockout: one that is not wanted does not touch the counters of whom it is about, not for a moment', async () => {
    const [first, second] = [contact('+33612345678'), contact('+33612345679')];
    // The workspace's own count is everybody's: heard of, then taken in blocks.
    await caps.takeBlindly(page, Promise.resolve(undefined), standIn);
    await caps.takeBlindly(page, Promise.resolve(undefined), standIn);
    const keysOf = () => new Set(table.statements.flatMap(({ parameters }) => (parameters[1] as Buffer[]).map(String)));
    const unwanted = keysOf();
    table.statements.length = 0;
    await caps.take(LIVE, first);
    await caps.take(LIVE, second);
    expect([...keysOf()].filter((key) => unwanted.has(key))).toHaveLength(0);
  });
});
