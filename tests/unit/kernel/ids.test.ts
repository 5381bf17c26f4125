import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { wallClock } from '../../../src/kernel/clock.js';
import { globalId, localId, newId, setIdClock } from '../../../src/kernel/ids.js';

const UUID = '018f2c7e-1234-7abc-8def-0123456789ab';

test('a new id is a version 7 UUID', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('ids sort by the time of their creation, and none is given twice', async () => {
  const ids: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    ids.push(newId());
    await sleep(2);
  }
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 10_000 }, newId)).size).toBe(10_000);
});

test('ids of one millisecond keep the order in which they were made', () => {
  const ids = Array.from({ length: 10_000 }, newId);
  expect([...ids].sort()).toEqual(ids);
});

const millisecondsOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
afterEach(() => {
  setIdClock(wallClock);
  vi.restoreAllMocks();
});

test('a clock that was an hour ahead for a moment makes no ids of that hour afterwards', () => {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(2_000_003_600_000);
  expect(millisecondsOf(newId())).toBe(2_000_003_600_000);
  clock.mockReturnValue(2_000_000_000_000);
  expect(millisecondsOf(newId())).toBe(2_000_000_000_000);
});

test('a clock that is put right by a few milliseconds leaves ids in the order in which they were made', () => {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(2_000_000_000_020);
  const before = newId();
  clock.mockReturnValue(2_000_000_000_000);
  expect(newId() > before).toBe(true);
});

test('ids are of the clock that they are told to follow', () => {
  setIdClock(() => 2_000_100_000_000.4);
  expect(millisecondsOf(newId())).toBe(2_000_100_000_000);
});

test('a global id leads back to its UUID', () => {
  expect(globalId('Customer', UUID)).toBe(`Customer:${UUID}`);
  expect(localId('Customer', globalId('Customer', UUID))).toBe(UUID);
});

test('the UUID may be written in capitals, which are the same object', () => {
  expect(localId('Customer', `Customer:${UUID.toUpperCase()}`)).toBe(UUID);
});

test.each([
  ['an id of another type', `Verification:${UUID}`],
  ['a bare UUID', UUID],
  ['another case of the type', `customer:${UUID}`],
  ['nothing', ''],
  ['a type alone', 'Customer:'],
  ['a space', `Customer: ${UUID}`],
  ['a second line', `Customer:${UUID}\n`],
  ['an SQL injection', `Customer:${UUID}' or 1=1`],
  ['braces that PostgreSQL would take', `Customer:{${UUID}}`],
  ['a UUID without dashes, which PostgreSQL would take', `Customer:${UUID.replaceAll('-', '')}`],
])('%s is the id of no customer', (_, value) => {
  expect(localId('Customer', value)).toBeUndefined();
});
