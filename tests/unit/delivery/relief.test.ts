/** A batch that waits for somebody slow is relieved by another worker, for as long as it waits. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRelief, type End } from '../../../src/delivery/relief.js';

/** Workers that were begun, and how many of them still work. */
function startable() {
  const workers = { begun: 0, working: 0 };
  const begin = async (): Promise<End> => {
    workers.begun += 1;
    workers.working += 1;
    return async () => {
      workers.working -= 1;
    };
  };
  return { workers, begin };
}

const HELD_UP_MS = 20;
const LONG_MS = 5 * HELD_UP_MS;

test('a batch that ends in time is relieved by nobody, and its answer and its failure are passed on', async () => {
  const { workers, begin } = startable();
  const relief = createRelief(begin, HELD_UP_MS);
  expect(await relief.during(async () => 'done')).toBe('done');
  await expect(relief.during(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await pause(LONG_MS);
  expect(workers).toEqual({ begun: 0, working: 0 });
});

test('each batch that takes long has a worker in its place, which ends with it', async () => {
  const { workers, begin } = startable();
  const relief = createRelief(begin, HELD_UP_MS);
  const batches = [LONG_MS, LONG_MS].map((ms) => relief.during(() => pause(ms)));
  await pause(2 * HELD_UP_MS);
  expect(workers).toEqual({ begun: 2, working: 2 });
  await Promise.all(batches);
  await pause(0);
  expect(workers).toEqual({ begun: 2, working: 0 });
});

test('workers in the place of others are bounded, and those that have ended make room', async () => {
  const { workers, begin } = startable();
  const relief = createRelief(begin, HELD_UP_MS);
  await Promise.all(Array.from({ length: 50 }, () => relief.during(() => pause(LONG_MS))));
  expect(workers.begun).toBe(20);
  await Promise.all(Array.from({ length: 50 }, () => relief.during(() => pause(LONG_MS))));
  expect(workers).toEqual({ begun: 40, working: 0 });
});

test('none begins once the process is to end, and one that cannot begin fails no batch', async () => {
  const { workers, begin } = startable();
  const ending = createRelief(begin, HELD_UP_MS);
  const batch = ending.during(() => pause(LONG_MS, 'done'));
  ending.end();
  expect(await batch).toBe('done');
  expect(workers.begun).toBe(0);
  const broken = createRelief(() => Promise.reject(new Error('the queue stops')), HELD_UP_MS);
  expect(await broken.during(() => pause(LONG_MS, 'done'))).toBe('done');
});
