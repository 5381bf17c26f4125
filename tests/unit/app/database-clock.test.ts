import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followDatabaseClock } from '../../../src/app/database-clock.js';
import type { Connection } from '../../../src/entities/database.js';
import { wallClock } from '../../../src/kernel/clock.js';
import { newId, setIdClock } from '../../../src/kernel/ids.js';

const HOST = 2_000_000_000_000;
let database = HOST;
let isAway = false;
const pool = {
  async executeQuery() {
    if (isAway) throw new Error('away');
    return { rows: [{ ms: database }] };
  },
} as unknown as Connection;
const lines: { level: number; aheadSeconds: number }[] = [];
const logger = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });

beforeEach(() => {
  vi.useFakeTimers({ now: HOST, toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
  lines.length = 0;
  database = HOST;
  isAway = false;
});
afterEach(() => {
  setIdClock(wallClock);
  vi.useRealTimers();
});

const millisecondsOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
const aMinute = async () => {
  await vi.advanceTimersByTimeAsync(60_000);
  return Date.now();
};

test('ids of a host whose clock is a day behind are of the database’s time, and the log says once that it is off', async () => {
  await using resources = new AsyncDisposableStack();
  database = HOST + 86_400_000;
  const ahead = await followDatabaseClock(pool, logger, resources);
  expect(ahead()).toBe(86_400);
  expect(millisecondsOf(newId())).toBe(HOST + 86_400_000);
  database = (await aMinute()) + 86_400_000;
  expect(lines).toMatchObject([{ level: 40, aheadSeconds: 86_400 }]);
});

test('a host whose clock is set right is told at once, and makes no ids of another time on the way', async () => {
  await using resources = new AsyncDisposableStack();
  database = HOST - 3_600_000;
  const ahead = await followDatabaseClock(pool, logger, resources);
  vi.setSystemTime(HOST - 3_600_000);
  expect(ahead()).toBe(0);
  expect(millisecondsOf(newId())).toBe(HOST - 3_600_000);
  database += 60_000;
  await aMinute();
  expect(lines.map(({ level }) => level)).toEqual([40, 30]);
});

test('a database whose clock is another after a failover is followed within ten seconds', async () => {
  await using resources = new AsyncDisposableStack();
  await followDatabaseClock(pool, logger, resources);
  database = HOST + 20_000;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(millisecondsOf(newId())).toBe(HOST + 20_000);
});

test('a database that does not answer leaves the clock as it was last seen, and ends nothing', async () => {
  await using resources = new AsyncDisposableStack();
  database = HOST + 10_000;
  const ahead = await followDatabaseClock(pool, logger, resources);
  isAway = true;
  await aMinute();
  expect(ahead()).toBe(10);
});
