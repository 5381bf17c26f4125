/** Reports of vendors over HTTP: who is believed, and that each has one effect, however often and in whatever order. */
import { afterAll, describe, expect, test } from 'vitest';
import { localId } from '../../src/kernel/ids.js';
import { expire } from '../support/database-state.js';
import { type StepSpec, startSteps } from '../support/stepped.js';
import { reportFromSink, reportFromTwilio } from '../support/vendors/report.js';
import { startReportedGateway } from '../support/vendors/reported-gateway.js';
import type { TwilioMessage } from '../support/vendors/twilio.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const reported = await startReportedGateway();
afterAll(() => reported[Symbol.asyncDispose]());
const { gateway, twilio, sink } = reported;

let people = 0;
const nextNumber = () => `+33613${String(100_000 + people++).padStart(6, '0')}`;
const report = (message: TwilioMessage, status: string, options = {}) =>
  reportFromTwilio(gateway.url, message, status, options);

interface StepRow {
  status: string;
  provider: string;
  sends: number;
  sent_at: string | null;
  delivered_at: string | null;
  failure_reason: string | null;
}

/** A live verification whose first message Twilio has taken. */
async function sent(...others: StepSpec[]) {
  const to = nextNumber();
  const { live } = await gateway.workspace();
  const verification = await startSteps(live, gateway.sql, [{ channel: 'SMS', to }, ...others]);
  await verification.stepsAre('SENT', ...others.map(() => 'PENDING'));
  const message = twilio.messages.find(({ form }) => form['To'] === to) as TwilioMessage;
  const step = async (index = 0) =>
    (
      await gateway.sql<StepRow>(
        `select status, provider, sends, sent_at, delivered_at, failure_reason from verification_step
         where verification_id = $1 and index = $2`,
        [verification.uuid, index],
      )
    )[0] as StepRow;
  return {
    ...verification,
    live,
    to,
    message,
    step,
    copies: () => [...sink.messages.values()].filter((each) => each.to === to),
  };
}
/** As a hundred wrong guesses at the contact of a step do. */
const block = (uuid: string, index: number) =>
  gateway.sql(
    `insert into guess_streak (workspace_id, mode, identity, wrong_guesses)
     select workspace_id, mode, identity, 100 from verification_step where verification_id = $1 and index = $2`,
    [uuid, index],
  );
const codeIn = (text = '') => /\b\d{6}\b/.exec(text)?.[0] ?? '';

describe('U4: that a message has arrived', () => {
  test('is written down once, with its time; nothing takes it back', async () => {
    const { message, step } = await sent();
    expect(await report(message, 'delivered')).toBe(204);
    const before = await step();
    expect(before).toMatchObject({ status: 'DELIVERED', provider: 'twilio-messaging', sends: 1 });
    expect(before.delivered_at).not.toBeNull();
    for (const late of ['delivered', 'sent', 'queued', 'undelivered', 'failed']) {
      expect(await report(message, late)).toBe(204);
      expect(await step(), late).toEqual(before);
    }
  });

  test('race: may be told before the answer to the call is written down', async () => {
    const { message, step, uuid } = await sent();
    await gateway.sql(
      `update verification_step set status = 'QUEUED', sends = 0, sent_at = null where verification_id = $1`,
      [uuid],
    );
    await report(message, 'delivered');
    expect(await step()).toMatchObject({ status: 'DELIVERED', sends: 1, sent_at: expect.anything() });
  });
});

describe('U4: that a message will not arrive', () => {
  test('lets the next provider of the channel send it, with the same code and no new attempts', async () => {
    const { message, stepsAre, step, copies, confirm, read } = await sent();
    expect(await report(message, 'undelivered', { errorCode: '30003' })).toBe(204);
    await waitFor('the next provider has it', () => copies().length === 1);
    await stepsAre('SENT');
    expect(await step()).toMatchObject({ provider: 'http', sends: 2 });
    expect(codeIn(copies()[0]?.text)).toBe(codeIn(message.form['Body']));
    expect(await read()).toMatchObject({ status: 'PENDING', attemptsLeft: 3 });
    expect(await confirm(codeIn(copies()[0]?.text))).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('counts once, however often it is told and by however many calls at once', async () => {
    const { message, stepsAre, jobs, copies } = await sent();
    await Promise.all(Array.from({ length: 8 }, () => report(message, 'failed')));
    await waitFor('the next provider has it', () => copies().length === 1);
    await stepsAre('SENT');
    await report(message, 'failed');
    await report(message, 'delivered');
    expect(await jobs()).toEqual(['0/1', '0/2']);
    expect(copies()).toHaveLength(1);
  });

  test('from the last provider lets the next step send', async () => {
    const { message, stepsAre, copies, step } = await sent({ channel: 'VOICE', to: nextNumber() });
    await report(message, 'failed');
    await waitFor('the next provider has it', () => copies().length === 1);
    await stepsAre('SENT', 'PENDING');
    const [copy] = copies();
    expect(await fromSink({ type: 'message.failed', data: { reference: copy?.reference } })).toBe(204);
    await stepsAre('FAILED', 'SENT');
    expect(await step()).toMatchObject({ failure_reason: 'http could not deliver it' });
  });

  test('from the last provider of the last step ends the verification', async () => {
    const to = nextNumber();
    const { live } = await gateway.workspace();
    const { stepsAre, read, confirm } = await startSteps(live, gateway.sql, [{ channel: 'WHATSAPP', to }]);
    await stepsAre('SENT');
    const message = twilio.messages.find(({ form }) => form['To'] === `whatsapp:${to}`) as TwilioMessage;
    await report(message, 'undelivered', { errorCode: '63016' });
    const failed = await stepsAre('FAILED');
    expect(failed.steps[0]?.failureReason).toBe('twilio-messaging could not deliver it (63016)');
    expect(await read()).toMatchObject({ status: 'FAILED' });
    expect(await confirm('000000')).toMatchObject({ code: 'FINISHED' });
  });

  test('from every provider of the only step ends the verification: none of its messages is out', async () => {
    const { message, stepsAre, copies, read, confirm } = await sent();
    await report(message, 'failed');
    await waitFor('the next provider has it', () => copies().length === 1);
    await stepsAre('SENT');
    await fromSink({ type: 'message.failed', data: { reference: copies()[0]?.reference } });
    await stepsAre('FAILED');
    expect(await read()).toMatchObject({ status: 'FAILED' });
    expect(await confirm(codeIn(message.form['Body']))).toMatchObject({ code: 'FINISHED' });
  });

  test('passes over a contact that wrong guesses have blocked, as a step that could not be sent does', async () => {
    const last = nextNumber();
    const others = [nextNumber(), last].map((to) => ({ channel: 'VOICE', to }));
    const { message, stepsAre, copies, uuid } = await sent(...others);
    await block(uuid, 1);
    await report(message, 'failed');
    await waitFor('the next provider has it', () => copies().length === 1);
    await fromSink({ type: 'message.failed', data: { reference: copies()[0]?.reference } });
    const { steps } = await stepsAre('FAILED', 'FAILED', 'SENT');
    expect(steps[1]?.failureReason).toBe('too much was sent to this contact');
    expect([...sink.messages.values()].some(({ to }) => to === last)).toBe(true);
  });

  test('race: about a step that was left since spends none of the steps behind it', async () => {
    const { message, stepsAre, failOver, uuid } = await sent(
      { channel: 'VOICE', to: nextNumber() },
      { channel: 'VOICE', to: nextNumber() },
    );
    expect(await failOver()).toMatchObject({ __typename: 'VerificationSent' });
    await stepsAre('SENT', 'SENT', 'PENDING');
    await block(uuid, 2);
    expect(await report(message, 'failed')).toBe(204);
    await stepsAre('FAILED', 'SENT', 'PENDING');
  });

  test('race: about a step that was left since leaves open what waits for the next step’s message', async () => {
    const { message, stepsAre, failOver } = await sent({ channel: 'VOICE', to: nextNumber() });
    const { letGo } = sink.hold();
    expect(await failOver()).toMatchObject({ __typename: 'VerificationSent' });
    await stepsAre('SENT', 'QUEUED');
    expect(await report(message, 'failed')).toBe(204);
    expect(await stepsAre('FAILED', 'QUEUED')).toMatchObject({ status: 'PENDING', currentStepIndex: 1 });
    letGo();
    expect(await stepsAre('FAILED', 'SENT')).toMatchObject({ status: 'PENDING' });
  });

  test('of the fifth message of a step hands it to no other provider: a step has five', async () => {
    const { message, uuid, stepsAre, copies, jobs } = await sent();
    await gateway.sql('update verification_step set sends = 5 where verification_id = $1', [uuid]);
    const at = new URL(message.form['StatusCallback'] as string);
    at.searchParams.set('message', String(at.searchParams.get('message')).replace(/1$/, '5'));
    expect(await report({ ...message, form: { StatusCallback: String(at) } }, 'failed')).toBe(204);
    await stepsAre('FAILED');
    expect([await jobs(), copies()]).toEqual([['0/1'], []]);
  });

  test('of a finished verification sends nothing', async () => {
    const { message, confirm, copies, jobs } = await sent();
    expect(await confirm(codeIn(message.form['Body']))).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await report(message, 'failed')).toBe(204);
    expect(await jobs()).toEqual(['0/1']);
    expect(copies()).toEqual([]);
  });

  describe.each([
    ['has expired', 'EXPIRED', (uuid: string) => expire(gateway.sql, uuid)],
    ['has spent its attempts', 'ATTEMPTS_EXHAUSTED', (uuid: string) => spend(uuid)],
  ])('of a verification that %s', (_, code, end) => {
    test('does not end it a second time: how it ended stays, and nobody is told otherwise', async () => {
      const { message, uuid, verificationId, live, read, confirm, resend, cancel } = await sent();
      const webhooks = webhooksOf(live);
      await webhooks.create({});
      await end(uuid);
      const { status } = await read();
      expect(await report(message, 'undelivered')).toBe(204);
      expect(await read()).toMatchObject({ status, steps: [{ status: 'FAILED' }] });
      for (const call of [confirm('000000'), resend(), cancel()]) expect(await call).toMatchObject({ code });
      const told = await webhooks.events({ objectId: verificationId });
      expect(told.map(({ type }) => type)).toEqual(['verification.sent', 'verification.undelivered']);
    });

    test('spends no step behind the one that failed', async () => {
      const { message, uuid, read } = await sent({ channel: 'VOICE', to: nextNumber() });
      await block(uuid, 1);
      await end(uuid);
      expect(await report(message, 'undelivered')).toBe(204);
      expect(await read()).toMatchObject({ steps: [{ status: 'FAILED' }, { status: 'PENDING' }] });
    });
  });
});

/** As wrong guesses do; the last may still turn out to be right. */
const spend = (uuid: string) =>
  gateway.sql('update verification set failed_attempts = max_attempts where id = $1', [uuid]);

const fromSink = (payload: unknown) => reportFromSink(gateway.url, payload);

describe('U4: a call that the vendor did not make', () => {
  test('is refused and changes nothing: a forged failure would move a code to another phone', async () => {
    const { message, step, jobs } = await sent({ channel: 'VOICE', to: nextNumber() });
    const before = await step();
    expect(await report(message, 'failed', { token: 'a guess' })).toBe(403);
    expect(await report(message, 'delivered', { token: '' })).toBe(403);
    expect(await step()).toEqual(before);
    expect(await jobs()).toEqual(['0/1']);
  });

  test('cannot speak for a message of another provider', async () => {
    const { message, step } = await sent();
    const before = await step();
    const reference = new URL(message.form['StatusCallback'] as string).searchParams.get('message');
    expect(await fromSink({ type: 'message.failed', data: { reference } })).toBe(204);
    expect(await step()).toEqual(before);
  });
});

describe('POST /callbacks', () => {
  test('answers a signed report about no message like any other: it tells nobody what exists', async () => {
    const { message } = await sent();
    const at = new URL(message.form['StatusCallback'] as string);
    for (const reference of ['', 'nonsense', `${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}`, "x'; drop table"]) {
      at.searchParams.set('message', reference);
      expect(await report({ ...message, form: { StatusCallback: String(at) } }, 'delivered')).toBe(204);
    }
    at.searchParams.set('message', `${localId('Customer', 'x') ?? crypto.randomUUID()}.${crypto.randomUUID()}.0.1`);
    expect(await report({ ...message, form: { StatusCallback: String(at) } }, 'failed')).toBe(204);
  });
});
