import { expect, test } from 'vitest';
import { inTime } from '../../../src/kernel/in-time.js';

test('an answer that comes in time is the answer, and so is a failure', async () => {
  expect(await inTime(1_000, Promise.resolve(1), 'late')).toBe(1);
  await expect(inTime(1_000, Promise.reject(new Error('down')), 'late')).rejects.toThrow('down');
});

test('nobody waits longer than that, and a failure that comes later ends no process', async () => {
  let fail = (_error: Error): void => {};
  const silent = new Promise<never>((_, reject) => {
    fail = reject;
  });
  expect(await inTime(10, silent, 'late')).toBe('late');
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  fail(new Error('given up'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
