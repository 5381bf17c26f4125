import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyUsage, type KeyUsage } from '../../../src/access/key-usage.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { fakeConnection } from '../fake-connection.js';
import { principal } from '../principals.js';

let now = 0;
let answer: () => Promise<unknown[]> = async () => [];
let warnings: string[] = [];
let usage: KeyUsage;
const { pool, statements } = fakeConnection(() => answer());
const logger = { warn: (_: unknown, message: string) => warnings.push(message) } as unknown as Logger;
const use = (keyId: string) => usage.note(principal({ keyId, workspaceId: 'w', mode: 'LIVE' }));
const written = () => statements.map(({ parameters }) => parameters[2]);

beforeEach(() => {
  vi.useFakeTimers();
  now = 0;
  warnings = [];
  statements.length = 0;
  answer = async () => [];
  usage = createKeyUsage(pool, () => now, logger);
});
afterEach(() => void vi.useRealTimers());

test('using a key asks nothing of the database on the way', () => {
  use('a');
  expect(statements).toEqual([]);
});

test('all keys of a second are one statement, with their worlds', async () => {
  for (let count = 0; count < 1_000; count += 1) use(`key-${count % 3}`);
  await vi.advanceTimersByTimeAsync(1_000);
  const world = [
    ['w', 'w', 'w'],
    ['LIVE', 'LIVE', 'LIVE'],
  ];
  expect(statements.map(({ parameters }) => parameters)).toEqual([[...world, ['key-0', 'key-1', 'key-2'], 60]]);
});

test('a key is written once a minute at most, however often it is used', async () => {
  for (now = 0; now < 60_000; now += 1_000) {
    use('a');
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(written()).toEqual([['a']]);
  use('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written()).toEqual([['a'], ['a']]);
});

test('what waits is written at the stop, and nothing is written when nothing waits', async () => {
  use('a');
  await usage.close();
  await usage.close();
  expect(written()).toEqual([['a']]);
});

describe('a database that is down', () => {
  test('is a warning and nobody’s failure', async () => {
    answer = () => Promise.reject(new Error('down'));
    use('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(warnings).toEqual(['the use of keys was not written']);
    await expect(usage.close()).resolves.toBeUndefined();
  });
});

test('a stop waits for the statement under way', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown[]>();
  answer = () => promise;
  use('a');
  await vi.advanceTimersByTimeAsync(1_000);
  const order: string[] = [];
  const closing = usage.close().then(() => order.push('closed'));
  await vi.advanceTimersByTimeAsync(0);
  order.push('written');
  resolve([]);
  await closing;
  expect(order).toEqual(['written', 'closed']);
  expect(statements).toHaveLength(1);
});
