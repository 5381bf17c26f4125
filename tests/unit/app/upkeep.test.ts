/** How much a round of upkeep does, and for whom. */
import { expect, test } from 'vitest';
import { createUpkeep, ROUND, type Sweep } from '../../../src/app/upkeep.js';

/** Sweeps over this many rows each, a hundred to a batch, which take `batchMs` of the clock. */
function piledUp(rows: Record<string, number>, batchMs = 0) {
  const worked: string[] = [];
  const warnings: object[] = [];
  const stopping = new AbortController();
  let now = 0;
  const sweeps = Object.keys(rows).map((name): Sweep => {
    const batch = async () => {
      worked.push(name);
      now += batchMs;
      const left = rows[name] as number;
      if (Number.isNaN(left)) throw new Error('canceling statement due to lock timeout');
      const taken = Math.min(100, left);
      rows[name] = left - taken;
      return taken;
    };
    return { name, limit: 100, batch };
  });
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  const round = createUpkeep(sweeps, { clock: () => now, logger, signal: stopping.signal });
  return { rows, worked, warnings, stopping, round };
}

test('a round goes on while batches are full, and no longer', async () => {
  const { rows, worked, round } = piledUp({ counters: 450, keys: 30, sessions: 0 });
  await round();
  expect(rows).toEqual({ counters: 0, keys: 0, sessions: 0 });
  expect(worked).toEqual(['counters', 'keys', 'sessions', ...Array(4).fill('counters')]);
});

test('a round ends after so many batches, and the next goes on', async () => {
  const { rows, round } = piledUp({ counters: 3_000 });
  await round();
  expect(rows).toEqual({ counters: 3_000 - 100 * ROUND.batches });
  await round();
  expect(rows).toEqual({ counters: 0 });
});

test('a sweep that never ends starves no other: they take turns, and each has one however slow they are', async () => {
  const { rows, worked, round } = piledUp({ counters: 1e9, keys: 250 }, 1_000);
  await round();
  expect(rows['keys']).toBe(0);
  expect(worked.length).toBeLessThanOrEqual(ROUND.ms / 1_000 + 1);
  const slow = piledUp({ counters: 1e9, keys: 250, sessions: 10 }, ROUND.ms);
  await slow.round();
  expect(slow.worked).toEqual(['counters', 'keys', 'sessions']);
});

test('a sweep that fails is named in the log, is left for this round, and ends none of the others', async () => {
  const { rows, worked, warnings, round } = piledUp({ counters: Number.NaN, keys: 250 });
  await round();
  expect(rows['keys']).toBe(0);
  expect(worked.filter((name) => name === 'counters')).toHaveLength(1);
  expect(warnings).toEqual([{ err: expect.any(Error), sweep: 'counters' }]);
});

test('a process that stops waits for one batch, not for what has piled up', async () => {
  const { worked, stopping, round } = piledUp({ counters: 1e9, keys: 250 });
  const ended = round();
  stopping.abort();
  await ended;
  expect(worked).toEqual(['counters']);
});
