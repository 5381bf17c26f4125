/** Recipients of test mode that force an outcome, each as an address and as a number. */
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { askSteps, email, type StepSpec, sms, startSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';

const CODE = '123456';
const mailbox = await startMailbox();
const gateway = await startGateway({ env: { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example' } });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

const start = async (...steps: StepSpec[]) => startSteps((await gateway.workspace()).test, gateway.sql, steps);
const other = email('anybody@example.com');

test.each([sms('+15005550001'), email('undeliverable@test.invalid'), email('Undeliverable@TEST.invalid')])(
  'K6: $to fails for good, and failover runs by itself',
  async (step) => {
    const { stepsAre } = await start(step, other);
    expect(await stepsAre('FAILED', 'DELIVERED')).toMatchObject({ currentStepIndex: 1, status: 'PENDING' });
  },
);

test.each([sms('+15551234567'), sms('+447700900123')])(
  'K6: $to, which no country has given out, delivers like any other',
  async (step) => {
    const { stepsAre, confirm } = await start(step);
    await stepsAre('DELIVERED');
    expect(await confirm(CODE)).toMatchObject({ __typename: 'VerificationConfirmed' });
  },
);

test.each([sms('+15005550002'), email('slow@test.invalid')])(
  'K6: $to is delivered after five seconds, and its code is good',
  async (step) => {
    const begun = performance.now();
    const { stepsAre, confirm } = await start(step);
    await stepsAre('DELIVERED');
    expect(performance.now() - begun).toBeGreaterThan(4_900);
    expect(await confirm(CODE)).toMatchObject({ __typename: 'VerificationConfirmed' });
  },
);

const isUnderWay = (uuid: string) =>
  waitFor('the message is under way', async () => {
    const active = `select 1 from pgboss.job where data ->> 'verificationId' = $1 and state = 'active'`;
    return (await gateway.sql(active, [uuid])).length === 1;
  });

test('messages that are with a slow provider hold up none that goes by another', async () => {
  // One after the other, so that each is in a batch of its own, and no standing worker is free.
  const slow = await start(email('slow@test.invalid'));
  await isUnderWay(slow.uuid);
  const slower = await start(sms('+15005550002'));
  await isUnderWay(slower.uuid);
  const { stepsAre } = await start(other);
  await stepsAre('DELIVERED');
  for (const { read } of [slow, slower]) expect(await read()).toMatchObject({ steps: [{ status: 'QUEUED' }] });
  for (const each of [slow, slower]) await each.stepsAre('DELIVERED');
});

test('race: a message that is with the provider while failover leaves its step is counted, and its code is good', async () => {
  const { stepsAre, failOver, confirm, uuid } = await start(email('slow@test.invalid'), other);
  await isUnderWay(uuid);
  const { verification } = await failOver();
  expect(verification?.steps).toMatchObject([{ status: 'SKIPPED' }, { status: 'QUEUED' }]);
  expect(await stepsAre('DELIVERED', 'DELIVERED')).toMatchObject({ steps: [{ sends: 1 }, { sends: 1 }] });
  expect(await confirm(CODE)).toMatchObject({ __typename: 'VerificationConfirmed' });
});

test.each([sms('+15005550003'), email('blocked@test.invalid')])('K6: $to is refused as TOO_MANY', async (step) => {
  const { test: caller } = await gateway.workspace();
  const { id: customerId } = await caller.createCustomer();
  for (const steps of [[step], [other, step]]) {
    const { body } = await askSteps(caller, 'start', { customerId, steps });
    expect(body.data?.result).toMatchObject({ __typename: 'Refused', code: 'TOO_MANY' });
  }
});

test.each([sms('+15005550004'), email('expired@test.invalid')])(
  'K6: C3: $to has expired before it is confirmed',
  async (step) => {
    const { confirm, read, resend } = await start(step);
    expect(await confirm(CODE)).toMatchObject({ __typename: 'Refused', code: 'EXPIRED' });
    expect(await confirm('000000')).toMatchObject({ __typename: 'Refused', code: 'EXPIRED' });
    expect(await resend()).toMatchObject({ code: 'EXPIRED' });
    expect(await read()).toMatchObject({ status: 'EXPIRED', failedAttempts: 0 });
  },
);

test.each([sms('+15005550005'), email('outage@test.invalid')])(
  'K6: $to is tried again and again, and then the next step takes over',
  async (step) => {
    const { stepsAre, uuid } = await start(step, other);
    await stepsAre('FAILED', 'DELIVERED');
    const [job] = await gateway.sql(
      `select retry_count + 1 as tries, retry_delay, retry_backoff from pgboss.job
       where data ->> 'verificationId' = $1 and data ->> 'stepIndex' = '0'`,
      [uuid],
    );
    // Whoever tries it out waits for the next step: the pauses do not grow.
    expect(job).toEqual({ tries: 6, retry_delay: 1, retry_backoff: false });
  },
);

describe('magic ends where test mode ends', () => {
  test('K6: they work in a workspace that sends no codes to their country', async () => {
    const workspace = await gateway.workspace();
    await gateway.sql(`update workspace set eligible_countries = '{FR}' where id = $1`, [workspace.id]);
    const { stepsAre } = await startSteps(workspace.test, gateway.sql, [sms('+15005550001'), other]);
    await stepsAre('FAILED', 'DELIVERED');
  });

  test('K6: in live mode an address of the same name is an address like any other', async () => {
    const { live } = await gateway.workspace();
    const { confirm } = await startSteps(live, gateway.sql, [email('undeliverable@test.invalid')]);
    const mail = await waitFor('the mail', () => mailbox.mailsTo('undeliverable@test.invalid')[0]);
    expect(await confirm(codeIn(mail))).toMatchObject({ __typename: 'VerificationConfirmed' });
  });
});
