/** Connect and wrong guesses in a row: those at its codes count like all others. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { type Browser, createBrowser, newPerson } from '../support/connect.js';
import { startGateway } from '../support/harness.js';
import type { TestWorkspace } from '../support/workspace.js';

const env = { GATEWAY_LIMIT_SCALE: '100', TRUSTED_PROXIES: '127.0.0.1' };
const gateway = await startGateway({ env, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

let workspace: TestWorkspace;
let browser: Browser;
beforeEach(async () => {
  workspace = await gateway.workspace();
  browser = await createBrowser(gateway.url, workspace);
});

const enroll = async () => {
  const person = newPerson();
  await workspace.test.createCustomer(person);
  return person;
};
const streakAt = async (phone: string) => {
  const rows = await gateway.sql<{ n: number }>('select wrong_guesses as n from guess_streak where identity = $1', [
    phone,
  ]);
  return rows[0]?.n ?? 0;
};

/** Guesses wrongly this often, at as many codes as it takes. */
async function guessWrongly(email: string, count: number) {
  for (let guess = 0; guess < count; guess += 1) {
    if (guess % 3 === 0) expect(await browser.asks(email)).toBe(true);
    expect(await browser.confirm({ email, code: '000000' })).toMatchObject({ code: 'CODE_INCORRECT' });
  }
}

test('C8: connect: a hundred wrong guesses in a row block the phone: no code is sent and none is taken', async () => {
  const { email, phone } = await enroll();
  const other = newPerson().email;
  await workspace.test.createCustomer({ email: other, phone });
  await guessWrongly(email, 99);
  expect(await browser.asks(other)).toBe(true);
  await guessWrongly(email, 1);
  expect(await streakAt(phone)).toBe(100);

  // What was sent before the block is refused as any wrong code is.
  for (const each of [email, other]) {
    expect(await browser.confirm({ email: each, code: '123456' })).toMatchObject({ code: 'CODE_INCORRECT' });
    expect((await browser.send(each)).body).toEqual({ data: { result: { sent: false } } });
  }

  const unblock = 'mutation ($value: String!) { unblockContact(input: {value: $value}) { unblocked } }';
  const answer = await workspace.test.query(unblock, { value: phone });
  expect(answer.body.data).toEqual({ unblockContact: { unblocked: true } });
  expect((await browser.connect(email)).__typename).toBe('CustomerSession');
});

test('connect: a right code starts the count again', async () => {
  const { email, phone } = await enroll();
  await guessWrongly(email, 99);
  expect(await streakAt(phone)).toBe(99);
  expect((await browser.connect(email)).__typename).toBe('CustomerSession');
  expect(await streakAt(phone)).toBe(0);
  await guessWrongly(email, 3);
  expect(await streakAt(phone)).toBe(3);
});

test('connect: lockout: guesses for an email that nobody has count at no phone', async () => {
  const { email } = newPerson();
  await browser.asks(email);
  for (let guess = 0; guess < 5; guess += 1) await browser.confirm({ email, code: '000000' });
  expect(await gateway.sql('select from guess_streak where workspace_id = $1', [workspace.id])).toEqual([]);
});
