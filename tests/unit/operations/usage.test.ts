import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOperationUsage } from '../../../src/operations/usage.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { fakeConnection } from '../fake-connection.js';

let broken = false;
const warnings: string[] = [];
const logger = { warn: (_: unknown, text: string) => warnings.push(text) } as unknown as Logger;
const { pool, statements } = fakeConnection(() => {
  if (broken) throw new Error('gone');
  return [];
});
beforeEach(() => {
  vi.useFakeTimers();
  statements.length = 0;
  warnings.length = 0;
  broken = false;
});
afterEach(() => void vi.useRealTimers());

const written = () => statements.map(({ parameters }) => parameters);

describe('runs of operations', () => {
  test('cost no statement while they happen, and one for all of them by the minute', async () => {
    const usage = createOperationUsage(pool, logger);
    for (let run = 0; run < 1_000; run += 1) usage.count('w', `${run % 2}`);
    usage.count('v', '0');
    await vi.advanceTimersByTimeAsync(59_000);
    expect(statements).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written()).toEqual([
      [
        ['w', 'w', 'v'],
        ['0', '1', '0'],
        [500, 500, 1],
      ],
    ]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(statements).toHaveLength(1);
    await usage.close();
  });

  test('that could not be written are written the next time, together with those since', async () => {
    const usage = createOperationUsage(pool, logger);
    usage.count('w', '0');
    broken = true;
    await usage.write();
    expect(warnings).toEqual(['counting operations failed']);
    usage.count('w', '0');
    broken = false;
    await usage.write();
    expect(written().at(-1)).toEqual([['w'], ['0'], [2]]);
    await usage.close();
  });

  test('are written when the process stops, and none after', async () => {
    const usage = createOperationUsage(pool, logger);
    usage.count('w', '0');
    await usage.close();
    expect(statements).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(statements).toHaveLength(1);
  });
});
