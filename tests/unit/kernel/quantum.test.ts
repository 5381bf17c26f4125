import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onBeat } from '../../../src/kernel/quantum.js';

// A clock of the test's own that moves with the timers. Node's timers fire on whole milliseconds of their own clock,
// so a call that is begun between two of them is the case to look at.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());
const clock = () => performance.now();

const { pauses } = vi.hoisted(() => ({ pauses: [] as number[] }));
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    pauses.push(ms);
    return new Promise((resolve) => setTimeout(resolve, ms));
  },
}));

const work = (ms: number, outcome: () => unknown = () => 'done') =>
  new Promise((resolve) => setTimeout(resolve, ms)).then(outcome);

/** How long an answer takes whose work takes this long. */
async function leavesAfter(ms: number, outcome?: () => unknown): Promise<number> {
  const begun = clock();
  let left = Number.NaN;
  const answer = onBeat(50, clock, () => work(ms, outcome));
  const note = () => {
    left = clock() - begun;
  };
  answer.then(note, note);
  await vi.advanceTimersByTimeAsync(400);
  return left;
}

test.each([
  [0, 50],
  [1, 50],
  [7, 50],
  [49, 50],
  [50, 100],
  [51, 100],
  [120, 150],
])('work of %d ms is answered after %d ms', async (ms, answered) => {
  expect(await leavesAfter(ms)).toBe(answered);
});

test('a failure leaves on the same beat as an answer', async () => {
  const failing = () => {
    throw new Error('no');
  };
  expect(await leavesAfter(7, failing)).toBe(50);
  const answer = onBeat(50, clock, () => work(3, failing));
  const refused = expect(answer).rejects.toThrow('no');
  await vi.advanceTimersByTimeAsync(50);
  await refused;
});

test('a timer that fires too early is waited for again, and a pause is never cut to less than what is left', async () => {
  let now = 0;
  const early = () => now;
  pauses.length = 0;
  const answer = onBeat(50, early, async () => {
    now = 3.4;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(pauses).toEqual([47]);
  now = 49.9;
  await vi.advanceTimersByTimeAsync(47);
  expect(pauses).toEqual([47, 1]);
  now = 50.9;
  await vi.advanceTimersByTimeAsync(1);
  await answer;
});
