import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPatience, LateError } from '../../../src/redis/patience.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => {});

test('an answer and a failure come through as they are', async () => {
  const inTime = createPatience(200);
  expect(await inTime(Promise.resolve(1))).toBe(1);
  await expect(inTime(Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

test('what does not come in 200 ms is late, and so is all that was waited for beside it', async () => {
  const inTime = createPatience(200);
  const first = inTime(never()).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(150);
  const second = inTime(never()).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(50);
  expect(await first).toBeInstanceOf(LateError);
  expect(await second).toBeInstanceOf(LateError);
  expect(vi.getTimerCount()).toBe(0);
});

test('a process that was held up for a second does not call an answer late that it could not read', async () => {
  const inTime = createPatience(200);
  let answer = (_: string) => {};
  const work = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const result = inTime(work);
  // All that is seen of a second in which nothing ran is one timer that comes late.
  vi.advanceTimersToNextTimer();
  answer('here');
  expect(await result).toBe('here');
});

test('nothing is watched while nothing is waited for', async () => {
  const inTime = createPatience(200);
  await inTime(Promise.resolve());
  await vi.advanceTimersByTimeAsync(25);
  expect(vi.getTimerCount()).toBe(0);
});
