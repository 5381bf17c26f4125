import { createSecretKey } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLimitLedger, type Hit, type LimitLedger } from '../../../src/access/limit-ledger.js';
import { fakeConnection } from '../fake-connection.js';
import { windowTable } from './window-table.js';

const WORKSPACE = '018f2c7e-1234-7abc-8def-0123456789ab';
const SECRET = createSecretKey(Buffer.alloc(32, 7));
const hit = (name: string, max = 5, windowMs = 60_000): Hit => ({ workspaceId: WORKSPACE, name, max, windowMs });

const time = { now: 0, answerMs: 0 };
let table = windowTable(time);
let ledger: LimitLedger;
const another = () => createLimitLedger(table.pool, SECRET, () => time.now);

beforeEach(() => {
  time.now = 0;
  time.answerMs = 0;
  table = windowTable(time);
  ledger = another();
});

const reserveAll = (count: number, of: Hit) => Promise.all(Array.from({ length: count }, () => ledger.reserve(of)));
const ordinals = async (count: number, of: Hit) => (await reserveAll(count, of)).map(({ before }) => before);

describe('counting', () => {
  test('tells each hit how many were before it, and when the window ends', async () => {
    expect(await ledger.reserve(hit('a'))).toMatchObject({ before: 0, endsInMs: 60_000 });
    time.now = 1_000;
    expect(await ledger.reserve(hit('a'))).toMatchObject({ before: 1, endsInMs: 59_000 });
    expect((await ledger.reserve(hit('b'))).before).toBe(0);
  });

  test('starts again when the window is over', async () => {
    expect(await ordinals(3, hit('a'))).toEqual([0, 1, 2]);
    time.now = 60_000;
    expect(await ordinals(2, hit('a'))).toEqual([0, 1]);
  });

  test('is one statement for all hits of one turn of the event loop, whatever they count', async () => {
    const hits = Array.from({ length: 50 }, (_, index) => hit(`counter ${index % 10}`));
    const reservations = await Promise.all(hits.map((each) => ledger.reserve(each)));
    expect(table.counters).toEqual([10]);
    const first = reservations.filter((_, index) => index % 10 === 0).map(({ before }) => before);
    expect(first).toEqual([0, 1, 2, 3, 4]);
  });

  test('is one statement for all hits that came while another was under way', async () => {
    let answer = () => {};
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow = fakeConnection(async ({ parameters }) => {
      if (slow.statements.length === 1) await gate;
      const [, keys, hits] = parameters as [string[], Uint8Array[], number[]];
      return keys.map((key, index) => ({ key, hits: hits[index], ends_in_ms: 1_000 }));
    });
    ledger = createLimitLedger(slow.pool, SECRET, () => time.now);
    const all = [ledger.reserve(hit('first'))];
    await nextTurn();
    for (let count = 0; count < 20; count += 1) {
      all.push(ledger.reserve(hit(`other ${count % 4}`)));
      await nextTurn();
    }
    answer();
    await Promise.all(all);
    expect(slow.statements).toHaveLength(2);
  });
});

describe('what the table is shown', () => {
  test('is an HMAC: no contact can be read from it, and another secret makes another key', async () => {
    await ledger.reserve(hit('ada@example.com'));
    const other = createLimitLedger(table.pool, createSecretKey(Buffer.alloc(32, 8)), () => time.now);
    await other.reserve(hit('ada@example.com'));
    expect(JSON.stringify(table.statements)).not.toContain('ada@');
    const [one, two] = table.statements.map(({ parameters }) => (parameters[1] as Buffer[])[0]?.toString('hex'));
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(two).not.toBe(one);
  });

  test('is the same counter for every process with the same secret', async () => {
    await ledger.reserve(hit('a'));
    expect((await another().reserve(hit('a'))).before).toBe(1);
  });
});

describe('when the database fails', () => {
  test('every waiter is told, nothing hangs, and the next hit is counted again', async () => {
    let broken = true;
    const pool = fakeConnection(({ parameters }) => {
      if (broken) throw new Error('connection lost');
      return [{ key: (parameters[1] as Uint8Array[])[0], hits: 1, ends_in_ms: 1_000 }];
    });
    ledger = createLimitLedger(pool.pool, SECRET, () => time.now);
    const outcomes = await Promise.allSettled([...'aabbc'].map((name) => ledger.reserve(hit(name))));
    expect(outcomes.map(({ status }) => status)).toEqual(new Array(5).fill('rejected'));
    broken = false;
    expect((await ledger.reserve(hit('a'))).before).toBe(0);
  });
});
