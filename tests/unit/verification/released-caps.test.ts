import { createSecretKey } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLimitLedger } from '../../../src/access/limit-ledger.js';
import type { Connection } from '../../../src/entities/database.js';
import { type Contact, parsePhone } from '../../../src/kernel/contact.js';
import type { Asker } from '../../../src/verification/send-cap-counters.js';
import { createSendCaps, releasedOnFailure } from '../../../src/verification/send-caps.js';
import { windowTable } from '../access/window-table.js';
import { principal } from '../principals.js';

const LIVE = { workspaceId: 'w', mode: 'LIVE' } as const;
const contact = (number: string) => (parsePhone(number) as { contact: Contact }).contact;
const ADA = contact('+33612345678');
const numbers = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => contact(`+3361234${String(first + index).padStart(4, '0')}`));

const time = { now: 0, answerMs: 0 };
let table = windowTable(time);
beforeEach(() => {
  time.now = 0;
  table = windowTable(time);
});
const capsOn = (pool: Connection) =>
  createSendCaps(
    createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), () => time.now),
    1,
  );
/** The database is away for the statement of this number. */
function awayAt(number: number): Connection {
  let left = number;
  return {
    executeQuery(statement) {
      left -= 1;
      return left === 0 ? Promise.reject(new Error('away')) : table.pool.executeQuery(statement);
    },
  };
}
async function taken(by: ReturnType<typeof capsOn>, to: Contact, asker?: Asker) {
  const outcome = await by.take(LIVE, to, asker);
  return 'release' in outcome ? outcome : undefined;
}
async function passed(contacts: readonly Contact[], asker?: Asker) {
  const caps = capsOn(table.pool);
  let count = 0;
  for (const each of contacts) if (await taken(caps, each, asker)) count += 1;
  return count;
}

describe('what was counted for a message that was not sent after all', () => {
  test('is taken back where the caps behind the caller’s own cannot be counted', async () => {
    const customer = principal({ kind: 'CUSTOMER_SESSION', mode: 'LIVE', customerId: 'c', keyId: 'k' });
    const asker = { principal: customer, clientIp: '192.0.2.1' };
    for (let call = 0; call < 30; call += 1) {
      const failing = capsOn(awayAt(2)).take(LIVE, ADA, asker);
      await expect(failing).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      await new Promise(setImmediate);
    }
    expect(await passed(numbers(30), asker)).toBe(20);
  });

  test('is taken back where sending fails, and the caller hears why it failed', async () => {
    const caps = capsOn(table.pool);
    const failing = () => Promise.reject(new Error('the database is away'));
    for (let call = 0; call < 30; call += 1) {
      const counted = (await taken(caps, ADA)) ?? expect.fail('refused');
      await expect(releasedOnFailure(counted, failing)).rejects.toThrow('the database is away');
      await new Promise(setImmediate);
    }
    expect(await passed(new Array(20).fill(ADA))).toBe(10);
    for (const release of [
      () => Promise.reject(new Error('and cannot take it back')),
      () => new Promise<void>(() => {}),
    ])
      await expect(releasedOnFailure({ release }, failing)).rejects.toThrow('the database is away');
  });

  test('is the turn of a prefix that has run dry, too', async () => {
    expect(await passed(numbers(60))).toBe(51);
    time.now += 10 * 60_000;
    const turn = (await taken(capsOn(table.pool), contact('+33612340070'))) ?? expect.fail('refused');
    expect(await passed(numbers(1, 71))).toBe(0);
    await turn.release();
    expect(await passed(numbers(2, 72))).toBe(1);
  });
});
