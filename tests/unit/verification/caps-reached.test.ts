import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLimitLedger } from '../../../src/access/limit-ledger.js';
import { type Contact, parsePhone } from '../../../src/kernel/contact.js';
import { createSendCaps, SEND_CAPS } from '../../../src/verification/send-caps.js';
import { windowTable } from '../access/window-table.js';

test('an operator is told which cap refused a message, and of none that let one through', async () => {
  const reached: string[] = [];
  const { pool } = windowTable({ now: 0, answerMs: 0 });
  const ledger = createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), () => 0);
  const caps = createSendCaps(ledger, 1, (cap) => reached.push(cap));
  const parsed = parsePhone('+33612345678') as { contact: Contact };
  const take = () => caps.take({ workspaceId: 'w', mode: 'LIVE' }, parsed.contact);
  for (let sends = 0; sends < SEND_CAPS.recipientHour.max; sends += 1) await take();
  expect(reached).toEqual([]);
  expect(await take()).toMatchObject({ code: 'TOO_MANY' });
  expect(reached).toEqual(['recipientHour']);
});
