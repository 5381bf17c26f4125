import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createLimitLedger } from '../../../src/access/limit-ledger.js';
import type { Mode } from '../../../src/kernel/world.js';
import { createConnectGates } from '../../../src/sessions/connect-gates.js';
import { windowTable } from '../access/window-table.js';

/** How many requests pass that have one thing in common, out of so many. */
async function passed(mode: Mode, common: 'ip' | 'email' | 'phone', asked: number): Promise<number> {
  const { pool } = windowTable({ now: 0, answerMs: 0 });
  const gates = createConnectGates(
    createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), () => 0),
    1,
  );
  let count = 0;
  for (let index = 0; index < asked; index += 1) {
    const own = { ip: `192.0.2.${index}`, email: `p${index}@example.com`, phone: `+336123${10_000 + index}` };
    if (await gates({ workspaceId: 'w', mode }, { ...own, [common]: 'the same' })) count += 1;
  }
  return count;
}

describe('S9: spraying: within ten minutes', () => {
  test.each([
    ['LIVE', 'ip', 30],
    ['LIVE', 'email', 5],
    ['LIVE', 'phone', 5],
    ['TEST', 'ip', 300],
    ['TEST', 'email', 5],
    ['TEST', 'phone', 5],
  ] as const)('in %s mode one %s is let through %i times', async (mode, common, times) => {
    expect(await passed(mode, common, times + 10)).toBe(times);
  });
});
