import { createSecretKey } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLimitLedger } from '../../../src/access/limit-ledger.js';
import { type Contact, parseEmail, parsePhone } from '../../../src/kernel/contact.js';
import { SEND_CAPS } from '../../../src/verification/send-cap-counters.js';
import { createSendCaps } from '../../../src/verification/send-caps.js';
import { windowTable } from '../access/window-table.js';
import { principal } from '../principals.js';

const LIVE = { workspaceId: 'w', mode: 'LIVE' } as const;
const mail = (index: number) => (parseEmail(`p${index}@example.com`) as { contact: Contact }).contact;
const contact = (number: string) => (parsePhone(number) as { contact: Contact }).contact;
const standIn: Contact = { kind: 'PHONE', value: 'nobody', identity: 'nobody' };

let reached: string[];
let caps: ReturnType<typeof createSendCaps>;
beforeEach(() => {
  reached = [];
  const { pool } = windowTable({ now: 0, answerMs: 0 });
  const ledger = createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), () => 0);
  caps = createSendCaps(ledger, 1, (cap) => reached.push(cap));
});

describe('an operator is told', () => {
  test('which cap refused a message, and of none that let one through', async () => {
    const take = () => caps.take(LIVE, contact('+33612345678'));
    for (let sends = 0; sends < SEND_CAPS.recipientHour.max; sends += 1) await take();
    expect(reached).toEqual([]);
    expect(await take()).toMatchObject({ code: 'TOO_MANY' });
    expect(reached).toEqual(['recipientHour']);
  });

  test('toll fraud: that a prefix which nobody confirms has run dry', async () => {
    const numbers = Array.from({ length: 52 }, (_, index) => contact(`+3361234${String(index).padStart(4, '0')}`));
    for (const number of numbers) await caps.take(LIVE, number);
    expect(reached).toEqual(['probe']);
  });

  test('which cap refused a message of connect, whose caller must not hear of it, and of none that was not wanted', async () => {
    const page = principal({ ...LIVE, kind: 'PUBLISHABLE_KEY' });
    const ada = contact('+33612345678');
    for (let sends = 0; sends < SEND_CAPS.recipientHour.max; sends += 1)
      expect(await caps.takeBlindly(page, Promise.resolve(ada), standIn)).toBe(true);
    await caps.takeBlindly(page, Promise.resolve(undefined), standIn);
    expect(reached).toEqual([]);
    expect(await caps.takeBlindly(page, Promise.resolve(ada), standIn)).toBe(false);
    expect(reached).toEqual(['recipientHour']);
  });

  test('nothing of messages that were not wanted, however many come at once: they meet each other at the stand-in', async () => {
    const page = principal({ ...LIVE, kind: 'PUBLISHABLE_KEY' });
    const unwanted = () => caps.takeBlindly(page, Promise.resolve(undefined), standIn);
    const answers = await Promise.all(Array.from({ length: 2 * SEND_CAPS.recipientHour.max }, unwanted));
    expect(new Set(answers)).toEqual(new Set([false]));
    expect(reached).toEqual([]);
  });

  test('that a caller of connect has spent its own, and not the caps of the stand-in that is counted instead', async () => {
    const page = principal({ ...LIVE, kind: 'PUBLISHABLE_KEY' });
    // Ten for a key, and one for a recipient.
    const { pool } = windowTable({ now: 0, answerMs: 0 });
    const ledger = createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), () => 0);
    const few = createSendCaps(ledger, 0.001, (cap) => reached.push(cap));
    const send = (number: string) => few.takeBlindly(page, Promise.resolve(contact(number)), standIn);
    for (let sends = 0; sends < 10; sends += 1) await few.takeBlindly(page, Promise.resolve(mail(sends)), standIn);
    expect(reached).toEqual([]);
    // At once: the stand-in then has more than its hour's for a moment.
    await Promise.all(Array.from({ length: 20 }, () => send('+33699990000')));
    expect(new Set(reached)).toEqual(new Set(['key']));
  });
});
