/** Connect and the caps on messages: its messages count like all others, and a cap refuses like every other gate. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type Browser, CONNECT, createBrowser, newPerson } from '../support/connect.js';
import { startGateway } from '../support/harness.js';
import { type StepSpec, sms, startSteps } from '../support/stepped.js';
import type { TestWorkspace } from '../support/workspace.js';

// In test mode 100 messages to a recipient in an hour and 500 unconfirmed ones to a prefix in a day, scaled down.
const env = { GATEWAY_LIMIT_SCALE: '0.05', TRUSTED_PROXIES: '127.0.0.1' };
const gateway = await startGateway({ env, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const RECIPIENT_CAP = 5;
const PREFIX_CAP = 25;
// 300 in ten minutes in test mode, scaled down.
const IP_GATE = 15;

let workspace: TestWorkspace;
let browser: Browser;
beforeEach(async () => {
  workspace = await gateway.workspace();
  browser = await createBrowser(gateway.url, workspace);
});

const enroll = async (phone = newPerson().phone) => {
  const { email } = newPerson();
  await workspace.test.createCustomer({ email, phone });
  return { email, phone };
};
const send = (step: StepSpec) => startSteps(workspace.test, gateway.sql, [step]);
const sends = async (count: number, step: StepSpec) => {
  for (let sent = 0; sent < count; sent += 1) await send(step);
};

test('S12: connect: a code is a message to its recipient, for every other caller too', async () => {
  const { email, phone } = await enroll();
  expect(await browser.asks(email)).toBe(true);
  await sends(RECIPIENT_CAP - 1, sms(phone));
  await expect(send(sms(phone))).rejects.toThrow('TOO_MANY');
});

test('S12: connect: a phone that was sent too much by others is refused like every other, and nothing is written', async () => {
  const { email, phone } = await enroll();
  await sends(RECIPIENT_CAP, sms(phone));
  const before = await gateway.sql('select from verification');
  expect((await browser.send(email)).body).toEqual({ data: { result: { sent: false } } });
  expect(await gateway.sql('select from verification')).toHaveLength(before.length);
  expect(await browser.confirm({ email, code: '123456' })).toMatchObject({ code: 'CODE_INCORRECT' });
});

test('S12: connect: lockout: what is refused spends nothing of the phone it is about', async () => {
  const { email, phone } = await enroll();
  expect(await browser.asks(email)).toBe(true);
  for (let refused = 0; refused < 20; refused += 1) expect(await browser.asks(email)).toBe(false);
  await sends(RECIPIENT_CAP - 1, sms(phone));
});

test('S9: a backend that signs its visitors in by a secret key has no gate of its own address', async () => {
  for (let visitor = 0; visitor < IP_GATE + 3; visitor += 1) {
    const { email } = await enroll();
    const { body } = await workspace.test.query(CONNECT.send, { input: { email } });
    expect(body, `visitor ${visitor}`).toEqual({ data: { result: { sent: true } } });
  }
});

describe('S12: connect: toll fraud: a prefix whose codes nobody confirms', () => {
  const number = (index: number) => `+1415555${String(index).padStart(4, '0')}`;

  test('is stopped for connect as well, and a code confirmed by connect opens it again', async () => {
    for (let index = 0; index < PREFIX_CAP; index += 1) await send(sms(number(index)));
    const [probe, refused] = [await enroll(number(100)), await enroll(number(101))];
    expect(await browser.asks(probe.email)).toBe(true);
    expect(await browser.asks(refused.email)).toBe(false);
    await expect(send(sms(number(102)))).rejects.toThrow('TOO_MANY');
    const { __typename } = await browser.confirm({ email: probe.email, code: '123456' });
    expect(__typename).toBe('CustomerSession');
    await send(sms(number(103)));
    expect(await browser.asks((await enroll(number(104))).email)).toBe(true);
  });
});
