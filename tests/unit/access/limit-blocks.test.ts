import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLimitLedger, type Hit } from '../../../src/access/limit-ledger.js';
import { windowTable } from './window-table.js';

const WINDOW_MS = 1_000;
const hit = (max: number): Hit => ({ workspaceId: 'w', name: 'counter', max, windowMs: WINDOW_MS });

const time = { now: 0, answerMs: 0 };
let table = windowTable(time);
const process = () => createLimitLedger(table.pool, createSecretKey(Buffer.alloc(32)), () => time.now);

beforeEach(() => {
  time.now = 0;
  time.answerMs = 0;
  table = windowTable(time);
});

describe('a generous limit', () => {
  test('costs about one statement for each hundredth of it', async () => {
    const ledger = process();
    for (let count = 0; count < 6_000; count += 1) await ledger.reserve(hit(6_000));
    // The blocks shrink with what is left, so the last hundred hits are counted one by one.
    expect(table.statements.length).toBeLessThan(600);
    expect((await ledger.reserve(hit(6_000))).before).toBeGreaterThanOrEqual(6_000);
  });

  test('is let through to the last hit where one process has it all', async () => {
    const ledger = process();
    let passed = 0;
    for (let count = 0; count < 2_000; count += 1) if ((await ledger.reserve(hit(1_000))).before < 1_000) passed += 1;
    expect(passed).toBe(1_000);
  });

  test('gives nothing out of a block whose window is over', async () => {
    const ledger = process();
    await ledger.reserve(hit(1_000));
    await ledger.reserve(hit(1_000));
    time.now = WINDOW_MS - 1;
    expect(await ledger.reserve(hit(1_000))).toMatchObject({ before: 2, endsInMs: 1 });
    expect(table.statements).toHaveLength(2);
    time.now = WINDOW_MS;
    expect(await ledger.reserve(hit(1_000))).toMatchObject({ before: 0, endsInMs: WINDOW_MS });
    expect(table.statements).toHaveLength(3);
  });

  test('outage by restarts: what ends after one hit takes one hit, so that processes started by the hundred use up no window', async () => {
    for (let started = 0; started < 150; started += 1) await process().reserve(hit(1_000));
    expect((await process().reserve(hit(1_000))).before).toBe(150);
  });

  test('outage by restarts: a process that ends holds a hundredth at most of what was left', async () => {
    for (let started = 0; started < 100; started += 1) {
      const ledger = process();
      for (let count = 0; count < 3; count += 1) await ledger.reserve(hit(100_000));
    }
    expect((await process().reserve(hit(100_000))).before).toBeLessThan(65_000);
  });

  test('outage by restarts: a process that is stopped gives back what it holds, so that the count is of hits alone', async () => {
    for (let started = 0; started < 100; started += 1) {
      const ledger = process();
      for (let count = 0; count < 3; count += 1) await ledger.reserve(hit(100_000));
      await ledger.giveBack();
    }
    expect((await process().reserve(hit(100_000))).before).toBe(300);
  });

  test('lockout: the block of a counter that is in use is not pushed out by ten thousand names of others', async () => {
    const ledger = process();
    for (let count = 0; count < 2; count += 1) await ledger.reserve(hit(100_000));
    for (let name = 0; name < 12_000; name += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => ledger.reserve({ ...hit(100_000), name: `other ${name + index}` })),
      );
      await ledger.reserve(hit(100_000));
    }
    await ledger.giveBack();
    expect((await process().reserve(hit(100_000))).before).toBe(122);
  });

  test('gives nothing back to the window after its own, and nothing twice', async () => {
    const ledger = process();
    for (let count = 0; count < 3; count += 1) await ledger.reserve(hit(1_000));
    time.now = WINDOW_MS;
    const other = process();
    for (let count = 0; count < 20; count += 1) await other.reserve(hit(1_000));
    await ledger.giveBack();
    await other.giveBack();
    await other.giveBack();
    expect((await process().reserve(hit(1_000))).before).toBe(20);
  });
});

test('a block does not outlive its window by the time that its answer took to come back', async () => {
  const ledger = process();
  time.answerMs = 200;
  await ledger.reserve(hit(1_000));
  await ledger.reserve(hit(1_000));
  time.now = WINDOW_MS + 100;
  expect((await ledger.reserve(hit(1_000))).before).toBe(0);
  expect(table.windows).toHaveLength(2);
});

test('a limit below a hundred is taken hit by hit: nobody is refused because another process held some back', async () => {
  const [one, other] = [process(), process()];
  const before: number[] = [];
  for (let count = 0; count < 60; count += 1) before.push((await (count % 2 ? one : other).reserve(hit(99))).before);
  expect(before).toEqual(Array.from({ length: 60 }, (_, index) => index));
});

test('several processes together never let more through than the limit, in any window, however slow the answers', async () => {
  const call = fc.record({
    process: fc.nat(3),
    hits: fc.integer({ min: 1, max: 120 }),
    waitMs: fc.nat(600),
    isStopped: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 800 }),
      fc.integer({ min: 0, max: 300 }),
      fc.array(call, { minLength: 5, maxLength: 40 }),
      async (max, answerMs, calls) => {
        Object.assign(time, { now: 0, answerMs });
        table = windowTable(time);
        const processes = [process(), process(), process(), process()];
        const passedAt: number[] = [];
        for (const { process: index, hits, waitMs, isStopped } of calls) {
          for (let count = 0; count < hits; count += 1) {
            const askedAt = time.now;
            const { before } = (await processes[index]?.reserve(hit(max))) ?? { before: max };
            if (before < max) passedAt.push(askedAt);
          }
          if (isStopped) await processes[index]?.giveBack();
          time.now += waitMs;
        }
        for (const { startsAt, endsAt } of table.windows) {
          const passed = passedAt.filter((at) => at >= startsAt && at < endsAt).length;
          expect(passed).toBeLessThanOrEqual(max);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a thousand hits of one moment at two processes pass exactly as often as a small limit says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 99 }), async (max) => {
      table = windowTable(time);
      const processes = [process(), process()];
      const all = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => processes[index % 2]?.reserve(hit(max))),
      );
      expect(all.filter((reservation) => (reservation?.before ?? max) < max)).toHaveLength(max);
    }),
    { numRuns: 20 },
  );
});
