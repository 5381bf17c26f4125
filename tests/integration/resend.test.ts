/** Sending a step's message again: when, how often, and what stays as it is. */
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { email, type StepSpec, sms, startSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';

const mailbox = await startMailbox();
const gateway = await startGateway({ env: { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example' } });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

const start = async (steps: readonly StepSpec[], terms = {}) =>
  startSteps((await gateway.workspace()).test, gateway.sql, steps, terms);
const PHONE = '+33612345678';
const secondsUntil = (time: string | null | undefined) => (Date.parse(time ?? '') - Date.now()) / 1_000;

/** Started, and its first message is out. */
async function delivered(steps: readonly StepSpec[] = [sms(PHONE)]) {
  const verification = await start(steps);
  await verification.stepsAre('DELIVERED', ...steps.slice(1).map(() => 'PENDING'));
  return verification;
}

test('S6: before the cooldown a resend is TOO_SOON, and says for how long', async () => {
  const { resend, started, jobs } = await delivered();
  expect(secondsUntil(started.resendAvailableAt)).toBeGreaterThan(20);
  expect(secondsUntil(started.resendAvailableAt)).toBeLessThanOrEqual(30);
  const refused = await resend();
  expect(refused).toMatchObject({ __typename: 'Refused', code: 'TOO_SOON' });
  expect(refused.retryAfterSeconds).toBeGreaterThan(20);
  expect(refused.retryAfterSeconds).toBeLessThanOrEqual(30);
  expect(await jobs()).toEqual(['0/1']);
});

test('S6: every resend doubles the cooldown and counts as a send; after the fifth send it is TOO_MANY', async () => {
  const { resend, coolDown, stepsAre, jobs, confirm } = await delivered();
  expect(await confirm('000000')).toMatchObject({ attemptsLeft: 2 });
  const pauses: number[] = [];
  for (let sends = 2; sends <= 5; sends += 1) {
    await coolDown();
    const { verification } = await resend();
    expect(verification).toMatchObject({ status: 'PENDING', failedAttempts: 1, currentStepIndex: 0 });
    pauses.push(Math.round(secondsUntil(verification?.resendAvailableAt) / 10) * 10);
    expect(await stepsAre('DELIVERED')).toMatchObject({ steps: [{ sends }], failedAttempts: 1 });
  }
  expect(pauses).toEqual([60, 120, 240, 480]);
  await coolDown();
  expect(await resend()).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: null });
  expect(await jobs()).toEqual(['0/1', '0/2', '0/3', '0/4', '0/5']);
  expect(await confirm('000000')).toMatchObject({ attemptsLeft: 1 });
  expect(await confirm('123456')).toMatchObject({ __typename: 'VerificationConfirmed' });
});

test('S6: the cooldown stays at 480 seconds, and every step has its own five sends', async () => {
  const { resend, failOver, coolDown, stepsAre, uuid } = await delivered([sms(PHONE), email('ada@example.com')]);
  await gateway.sql('update verification set resends = 20 where id = $1', [uuid]);
  await gateway.sql('update verification_step set sends = 5 where verification_id = $1 and index = 0', [uuid]);
  await coolDown();
  expect(await resend()).toMatchObject({ code: 'TOO_MANY' });
  await failOver();
  await stepsAre('DELIVERED', 'DELIVERED');
  await coolDown();
  const { verification } = await resend();
  expect(verification).toMatchObject({ currentStepIndex: 1 });
  expect(secondsUntil(verification?.resendAvailableAt)).toBeGreaterThan(470);
  expect(secondsUntil(verification?.resendAvailableAt)).toBeLessThanOrEqual(480);
});

test('S6: a step that was left can be named, and a step that never started is NO_NEXT_STEP', async () => {
  const { resend, failOver, coolDown, stepsAre, jobs } = await delivered([
    sms(PHONE),
    email('a@example.com'),
    sms(PHONE),
  ]);
  await failOver();
  await stepsAre('DELIVERED', 'DELIVERED', 'PENDING');
  await coolDown();
  for (const index of [2, 3, 9]) expect(await resend(index)).toMatchObject({ code: 'NO_NEXT_STEP' });
  expect(await resend(0)).toMatchObject({ verification: { currentStepIndex: 1 } });
  const after = await stepsAre('DELIVERED', 'DELIVERED', 'PENDING');
  expect(after.steps.map(({ sends }) => sends)).toEqual([2, 1, 0]);
  expect(await jobs()).toEqual(['0/1', '0/2', '1/1']);
});

test('S6: failover starts the cooldown anew, because a message is on its way', async () => {
  const { resend, failOver, coolDown, stepsAre } = await delivered([sms(PHONE), email('a@example.com')]);
  await coolDown();
  const { verification } = await failOver();
  expect(secondsUntil(verification?.resendAvailableAt)).toBeGreaterThan(20);
  await stepsAre('DELIVERED', 'DELIVERED');
  expect(await resend()).toMatchObject({ code: 'TOO_SOON' });
});

test('S6: failover does not cut short a cooldown that resends have made longer', async () => {
  const { resend, failOver, coolDown, stepsAre } = await delivered([sms(PHONE), email('a@example.com')]);
  await coolDown();
  await resend();
  await stepsAre('DELIVERED', 'PENDING');
  const { verification } = await failOver();
  expect(secondsUntil(verification?.resendAvailableAt)).toBeGreaterThan(40);
});

describe('what failed or waits', () => {
  test('S6: a step that failed for good is not sent again', async () => {
    const { resend, coolDown, stepsAre } = await start([email('undeliverable@test.invalid'), sms(PHONE)]);
    await stepsAre('FAILED', 'DELIVERED');
    await coolDown();
    expect(await resend(0)).toMatchObject({ code: 'NO_NEXT_STEP' });
  });

  test('S6: while a message waits for the provider, another copy of it is TOO_SOON', async () => {
    const { resend, coolDown, jobs } = await start([email('outage@test.invalid')]);
    await coolDown();
    expect(await resend()).toMatchObject({ code: 'TOO_SOON', retryAfterSeconds: 1 });
    expect(await jobs()).toEqual(['0/1']);
  });

  test('race: the job of the first message, come again after a crash, does not touch the resend that waits', async () => {
    const { resend, coolDown, stepsAre, uuid, read } = await delivered();
    const carriedTo = (recipient: string) =>
      gateway.sql('update verification_step set recipient = $2 where verification_id = $1', [uuid, recipient]);
    const jobIs = (send: number, state: string) =>
      waitFor(`the job of message ${send} is ${state}`, async () => {
        const text = `select 1 from pgboss.job
          where data ->> 'verificationId' = $1 and data ->> 'send' = $2 and state::text = $3`;
        return (await gateway.sql(text, [uuid, String(send), state])).length === 1;
      });
    await jobIs(1, 'completed');
    await carriedTo('outage@test.invalid');
    await coolDown();
    await resend();
    await jobIs(2, 'retry');
    await carriedTo(PHONE);
    await gateway.sql(`update pgboss.job set start_after = now() + interval '1 hour' where state = 'retry'`);
    await gateway.sql(
      `update pgboss.job set state = 'created', started_on = null, completed_on = null
       where data ->> 'verificationId' = $1 and data ->> 'send' = '1'`,
      [uuid],
    );
    await jobIs(1, 'completed');
    expect(await read()).toMatchObject({ steps: [{ status: 'QUEUED', sends: 1 }] });
    expect(await stepsAre('DELIVERED')).toMatchObject({ steps: [{ sends: 2 }] });
  });

  test('race: nor does that job send: of the first message there is one copy, and the resend is another', async () => {
    const { live } = await gateway.workspace();
    const { uuid, stepsAre, read } = await startSteps(live, gateway.sql, [email('once@example.com')]);
    await stepsAre('SENT');
    const firstIs = (state: string) =>
      waitFor(`the job is ${state}`, async () => {
        const text = `select 1 from pgboss.job where data ->> 'verificationId' = $1 and state::text = $2`;
        return (await gateway.sql(text, [uuid, state])).length === 1;
      });
    await firstIs('completed');
    await gateway.sql(`update verification_step set status = 'QUEUED' where verification_id = $1`, [uuid]);
    await gateway.sql(
      `update pgboss.job set state = 'created', started_on = null, completed_on = null
       where data ->> 'verificationId' = $1`,
      [uuid],
    );
    await firstIs('completed');
    expect(await read()).toMatchObject({ steps: [{ status: 'QUEUED', sends: 1 }] });
    expect(mailbox.mailsTo('once@example.com')).toHaveLength(1);
  });

  test('race: failover away from a resend that waits keeps the message that was out before', async () => {
    const { resend, failOver, coolDown, stepsAre, uuid, confirm } = await delivered([
      sms(PHONE),
      email('outage@test.invalid'),
    ]);
    await coolDown();
    await gateway.sql(
      `update verification_step set recipient = 'outage@test.invalid' where verification_id = $1 and index = 0`,
      [uuid],
    );
    await resend();
    await waitFor('the resend waits', async () => {
      const waiting = `select 1 from pgboss.job where data ->> 'verificationId' = $1 and state = 'retry'`;
      return (await gateway.sql(waiting, [uuid])).length === 1;
    });
    const { verification } = await failOver();
    expect(verification?.steps).toMatchObject([{ status: 'DELIVERED', sends: 1 }, { status: 'QUEUED' }]);
    // The second step fails for good; the code of the first message is still good.
    expect(await stepsAre('DELIVERED', 'FAILED')).toMatchObject({ status: 'PENDING' });
    expect(await confirm('000000')).toMatchObject({ __typename: 'CodeIncorrect' });
  });
});

test('S6: a resend carries the same code under a Message-ID of its own, and the first code stays good', async () => {
  const { live } = await gateway.workspace();
  const { resend, coolDown, confirm, stepsAre } = await startSteps(live, gateway.sql, [email('again@example.com')]);
  await stepsAre('SENT');
  await coolDown();
  expect(await resend()).toMatchObject({ __typename: 'VerificationSent' });
  const [first, second] = await waitFor('both mails', () => {
    const mails = mailbox.mailsTo('again@example.com');
    return mails.length === 2 && mails;
  });
  if (!first || !second) throw new Error('no mail');
  expect(codeIn(second)).toBe(codeIn(first));
  expect(second.email.messageId).not.toBe(first.email.messageId);
  expect(await confirm(codeIn(first))).toMatchObject({ __typename: 'VerificationConfirmed' });
});
