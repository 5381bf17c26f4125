import { expect, test } from 'vitest';
import { inTime, untilAborted } from '../../../src/kernel/in-time.js';

test('an answer that comes in time is the answer, and so is a failure', async () => {
  expect(await inTime(1_000, Promise.resolve(1), 'late')).toBe(1);
  await expect(inTime(1_000, Promise.reject(new Error('down')), 'late')).rejects.toThrow('down');
  const { signal } = new AbortController();
  expect(await untilAborted(signal, Promise.resolve(1))).toBe(1);
  await expect(untilAborted(signal, Promise.reject(new Error('down')))).rejects.toThrow('down');
});

test('nobody waits longer than that, or than the signal, and a failure that comes later ends no process', async () => {
  let fail = (_error: Error): void => {};
  const silent = new Promise<never>((_, reject) => {
    fail = reject;
  });
  expect(await inTime(10, silent, 'late')).toBe('late');
  await expect(untilAborted(AbortSignal.timeout(10), silent)).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(untilAborted(AbortSignal.abort('before'), silent)).rejects.toBe('before');
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  fail(new Error('given up'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
