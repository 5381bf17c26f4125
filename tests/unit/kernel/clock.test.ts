import { expect, test, vi } from 'vitest';
import { wallClock } from '../../../src/kernel/clock.js';

test('the wall clock follows the host’s when that is set, or when the host has slept, without a restart', () => {
  const before = wallClock();
  const host = vi.spyOn(Date, 'now').mockReturnValue(before + 3_600_000);
  expect(wallClock()).toBe(before + 3_600_000);
  host.mockRestore();
});
