/** A code proves the contact it went to, whichever step of its verification is under way. Live mode, real mails. */
import { afterAll, describe, expect, test } from 'vitest';
import type { CustomerView } from '../support/caller.js';
import { startGateway } from '../support/harness.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { askSteps, email, startSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';

const mailbox = await startMailbox();
const gateway = await startGateway({ env: { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example' } });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

let pairs = 0;
/** Two addresses of one verification, both of which have their code. */
async function bothSent(terms = {}) {
  pairs += 1;
  const [own, foreign] = [`attacker${pairs}@example.com`, `victim${pairs}@example.com`] as const;
  const { live } = await gateway.workspace();
  const verification = await startSteps(live, gateway.sql, [email(own), email(foreign)], terms);
  await verification.stepsAre('SENT', 'PENDING');
  await verification.failOver();
  await verification.stepsAre('SENT', 'SENT');
  const codeTo = async (address: string) =>
    codeIn(await waitFor(`mail to ${address}`, () => mailbox.mailsTo(address)[0]));
  const { customerId, verificationId } = verification;
  return {
    ...verification,
    live,
    own,
    foreign,
    codes: { own: await codeTo(own), foreign: await codeTo(foreign) },
    confirmEmail: (address: string, code: string) =>
      live.call('confirmEmail', { input: { verificationId, email: address, code } }),
    verified: async () => {
      const { contactPoints } = await live.call<CustomerView>('customer', { id: customerId });
      return contactPoints.filter(({ verifiedAt }) => verifiedAt !== null).map(({ value }) => value);
    },
  };
}

describe('security: a code that went to the attacker’s own contact', () => {
  test('is not the code of the address that the verification failed over to', async () => {
    const { codes } = await bothSent({ codeLength: 12 });
    expect(codes.own).not.toBe(codes.foreign);
  });

  test('cannot verify the address that the verification failed over to', async () => {
    const { confirm, codes, own, verified } = await bothSent({ codeLength: 12 });
    const { __typename, customer } = await confirm(codes.own);
    expect(__typename).toBe('VerificationConfirmed');
    expect(customer).toMatchObject({ email: own });
    expect(await verified()).toEqual([own]);
  });

  test('is incorrect where the caller asks about the other address, and counts', async () => {
    const { confirmEmail, codes, foreign, verified, read } = await bothSent({ codeLength: 12 });
    expect(await confirmEmail(foreign, codes.own)).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
    expect(await verified()).toEqual([]);
    expect(await read()).toMatchObject({ status: 'PENDING', failedAttempts: 1 });
    expect(await confirmEmail(foreign, codes.foreign)).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await verified()).toEqual([foreign]);
  });
});

test('S6: a code sent earlier stays good for its own contact after failover, and after a resend of the other', async () => {
  const { confirmEmail, codes, own, resend, coolDown, stepsAre } = await bothSent();
  await coolDown();
  await resend(1);
  await stepsAre('SENT', 'SENT');
  expect(await confirmEmail(own, codes.own)).toMatchObject({ __typename: 'VerificationConfirmed' });
});

test('S5: a code that failover took to the other kind of contact is confirmed by the customer, with no id of the verification', async () => {
  const { test: caller } = await gateway.workspace();
  const [number, address] = ['+15005550001', 'after-the-text@example.com'];
  const verification = await startSteps(caller, gateway.sql, [{ channel: 'SMS', to: number }, email(address)]);
  const { customerId } = verification;
  await verification.stepsAre('FAILED', 'DELIVERED');
  for (const [field, code, type] of [
    ['confirmPhone', '123456', 'Refused'],
    ['confirmEmail', '000000', 'CodeIncorrect'],
    ['confirmEmail', '123456', 'VerificationConfirmed'],
  ] as const)
    expect(await caller.call(field, { input: { customerId, code } })).toMatchObject({ __typename: type });
  const text = await startSteps(caller, gateway.sql, [
    email('undeliverable@test.invalid'),
    { channel: 'SMS', to: '+33612345678' },
  ]);
  await text.stepsAre('FAILED', 'DELIVERED');
  const input = { customerId: text.customerId, phoneNumber: '+33612345678', code: '123456' };
  expect(await caller.call('confirmPhone', { input })).toMatchObject({ __typename: 'VerificationConfirmed' });
});

test('a contact of test mode that nothing could be sent to is not verified by the code that everybody knows', async () => {
  const { test: caller } = await gateway.workspace();
  const [nowhere, number] = ['undeliverable@test.invalid', '+33612345677'];
  const { customerId, verificationId, stepsAre, read } = await startSteps(caller, gateway.sql, [
    email(nowhere),
    { channel: 'SMS', to: number },
  ]);
  await stepsAre('FAILED', 'DELIVERED');
  const named = { verificationId, email: nowhere };
  for (const input of [named, { customerId, email: nowhere }, { customerId }])
    expect(await caller.call('confirmEmail', { input: { ...input, code: '123456' } })).toMatchObject({
      __typename: 'Refused',
      code: 'NOT_FOUND',
    });
  expect(await read()).toMatchObject({ status: 'PENDING', failedAttempts: 0 });
  expect(await caller.call('confirm', { input: { verificationId, code: '123456' } })).toMatchObject({
    __typename: 'VerificationConfirmed',
    customer: { phone: number, email: null },
  });
});

test('nor is one that failover came to last, behind a message that is out: the code is that message’s', async () => {
  const { test: caller } = await gateway.workspace();
  const [nowhere, number] = ['undeliverable@test.invalid', '+33612345676'];
  const { verificationId, stepsAre, failOver, confirm, read } = await startSteps(caller, gateway.sql, [
    { channel: 'SMS', to: number },
    email(nowhere),
  ]);
  await stepsAre('DELIVERED', 'PENDING');
  await failOver();
  await stepsAre('DELIVERED', 'FAILED');
  const input = { verificationId, email: nowhere, code: '123456' };
  expect(await caller.call('confirmEmail', { input })).toMatchObject({ __typename: 'Refused', code: 'NOT_FOUND' });
  expect(await read()).toMatchObject({ status: 'PENDING', failedAttempts: 0 });
  expect(await confirm('123456')).toMatchObject({
    __typename: 'VerificationConfirmed',
    customer: { phone: number, email: null },
  });
});

test('a guess at a verification of test mode that has ended because nothing could be sent is FINISHED, by its customer too', async () => {
  const { test: caller } = await gateway.workspace();
  const nowhere = email('undeliverable@test.invalid');
  const { customerId, verificationId, stepsAre } = await startSteps(caller, gateway.sql, [nowhere]);
  await stepsAre('FAILED');
  for (const input of [{ verificationId }, { customerId }, { verificationId, email: nowhere.to }])
    expect(await caller.call('confirmEmail', { input: { ...input, code: '123456' } })).toMatchObject({
      code: 'FINISHED',
    });
});

test('a code of live mode is good although its step failed without an answer: the message may have arrived', async () => {
  const { confirmEmail, codes, own, uuid } = await bothSent();
  await gateway.sql(
    `update verification_step set status = 'FAILED', sends = 0, sent_at = null where verification_id = $1 and index = 0`,
    [uuid],
  );
  expect(await confirmEmail(own, codes.own)).toMatchObject({ __typename: 'VerificationConfirmed' });
});

test('a step that waits for failover is nobody’s newest: the one before it is meant', async () => {
  const { test: caller } = await gateway.workspace();
  const { id: customerId } = await caller.createCustomer({ email: 'waits@example.com', phone: '+33612345679' });
  const { id } = await caller.sendEmail(customerId);
  const steps = [{ channel: 'SMS', to: '+33612345679' }, email('waits@example.com')];
  await askSteps(caller, 'start', { customerId, steps });
  const confirmed = await caller.call('confirmEmail', { input: { customerId, code: '123456' } });
  expect(confirmed).toMatchObject({ __typename: 'VerificationConfirmed', verification: { id } });
});

test('C7: all contacts of a verification share its attempts', async () => {
  const { confirmEmail, own, foreign, codes } = await bothSent({ codeLength: 12 });
  for (const [address, left] of [
    [own, 2],
    [foreign, 1],
    [own, 0],
  ] as const) {
    expect(await confirmEmail(address, '000000000000')).toMatchObject({ attemptsLeft: left });
  }
  for (const [address, code] of [
    [own, codes.own],
    [foreign, codes.foreign],
  ] as const) {
    expect(await confirmEmail(address, code)).toMatchObject({ code: 'ATTEMPTS_EXHAUSTED' });
  }
});

test('C3: a wrong code tells the attempts left, the expiry and the next resend', async () => {
  const { live } = await gateway.workspace();
  const { confirm, read } = await startSteps(live, gateway.sql, [email('told@example.com')], { maxAttempts: 2 });
  const { resendAvailableAt } = await read();
  expect(resendAvailableAt).not.toBeNull();
  expect(await confirm('000000')).toMatchObject({ code: 'CODE_INCORRECT', attemptsLeft: 1, resendAvailableAt });
  expect(await confirm('000000')).toMatchObject({ code: 'CODE_INCORRECT', attemptsLeft: 0, resendAvailableAt: null });
  expect(await confirm('000000')).toMatchObject({ code: 'ATTEMPTS_EXHAUSTED' });
});
