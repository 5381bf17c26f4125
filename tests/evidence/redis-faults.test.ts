/** Redis that fails in the middle of a burst, in every way that there is. */
import { expect } from 'vitest';
import { evidence } from '../support/evidence.js';
import {
  FAULTS,
  type FaultRound,
  failDuringBurst,
  LIMIT,
  MAX_ATTEMPTS,
  startFailing,
} from '../support/redis-faults.js';

evidence('redis-faults', 'Redis failing in the middle of a burst', async ({ size, progress, about, figure }) => {
  // The short form is run beside other tests.
  const hangMs = size(2_000, 10_000);
  const rounds = size(10, 1);
  await using resources = new AsyncDisposableStack();
  const failing = await startFailing(resources);
  const all: FaultRound[] = [];
  for (const fault of FAULTS) {
    const own: FaultRound[] = [];
    for (let round = 0; round < rounds; round += 1) {
      progress(`${fault.name}, ${round + 1} of ${rounds}`);
      own.push(await failDuringBurst(failing, fault));
    }
    const most = own.toSorted((left, right) => right.passed / right.windows - left.passed / left.windows)[0];
    figure(
      `Redis ${fault.name}: slowest request`,
      `${Math.max(...own.map(({ slowestMs }) => slowestMs)).toFixed(0)} ms`,
      `below ${hangMs.toLocaleString('en')} ms`,
    );
    figure(
      `Redis ${fault.name}: sends that passed a limit of ${LIMIT}, at most`,
      `${most?.passed}, over ${most?.windows} windows`,
      `${LIMIT} a window`,
    );
    all.push(...own);
  }
  about(
    `${rounds} times each: 400 sends and 100 guesses at two processes, and Redis fails after the first half. A window's worth may pass in Redis, one in PostgreSQL where a process gave Redis up, and one more where Redis forgot.`,
  );
  const compared = Math.max(...all.map(({ compared: each }) => each));
  const unanswered = all.reduce((sum, each) => sum + each.unanswered, 0);
  figure('guesses compared of one verification, at most', compared, `at most ${MAX_ATTEMPTS}`);
  figure('guesses that nobody could answer', unanswered, '0');
  expect(all.filter(({ passed, windows }) => passed > windows * LIMIT)).toEqual([]);
  expect(all.filter(({ slowestMs }) => slowestMs >= hangMs)).toEqual([]);
  expect(compared).toBeLessThanOrEqual(MAX_ATTEMPTS);
  expect(unanswered).toBe(0);
});
