/** Reports about steps that were sent again: each speaks for its own message, and what is lost counts once. */
import { afterAll, describe, expect, test } from 'vitest';
import { startSteps } from '../support/stepped.js';
import { reportFromSink, reportFromTwilio } from '../support/vendors/report.js';
import { startReportedGateway } from '../support/vendors/reported-gateway.js';
import type { TwilioMessage } from '../support/vendors/twilio.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const reported = await startReportedGateway();
afterAll(() => reported[Symbol.asyncDispose]());
const { gateway, twilio, sink } = reported;

let people = 0;
const report = (message: TwilioMessage, status: string) => reportFromTwilio(gateway.url, message, status);

interface StepRow {
  status: string;
  provider: string;
  sends: number;
  sent_at: string;
  delivered_at: string | null;
}

const moment = (time: string | null) => Date.parse(time ?? '');

/** A live verification of one step whose first message Twilio has taken; nobody stands behind it for WhatsApp. */
async function sent(channel: 'SMS' | 'WHATSAPP') {
  const to = `+33613${200_000 + people++}`;
  const { live } = await gateway.workspace();
  const steps = await startSteps(live, gateway.sql, [{ channel, to }]);
  const { uuid, coolDown, resend, stepsAre } = steps;
  /** What Twilio was asked to send, whether it has answered or not. */
  const messages = (): TwilioMessage[] =>
    twilio.requests
      .map(({ body }) => ({ sid: 'SM1', form: Object.fromEntries(new URLSearchParams(body.toString())) }))
      .filter(({ form }) => form['To']?.endsWith(to));
  const step = async () =>
    (
      await gateway.sql<StepRow>(
        'select status, provider, sends, sent_at, delivered_at from verification_step where verification_id = $1',
        [uuid],
      )
    )[0] as StepRow;
  const askAgain = async () => {
    await coolDown();
    expect(await resend()).toMatchObject({ __typename: 'VerificationSent' });
    return waitFor('the resend', () => messages()[1]);
  };
  await stepsAre('SENT');
  return {
    ...steps,
    live,
    step,
    first: messages()[0] as TwilioMessage,
    copies: () => [...sink.messages.values()].filter((each) => each.to === to),
    async resent() {
      const second = await askAgain();
      await waitFor('it is counted', async () => (await step()).sends === 2);
      return second;
    },
    /** While Twilio has the second message and the worker has no answer yet. */
    async whileResending(act: (second: TwilioMessage) => Promise<unknown>) {
      const held = twilio.hold();
      try {
        await act(await askAgain());
      } finally {
        held.letGo();
      }
      await waitFor('the worker is done', async () => {
        const open = `select 1 from pgboss.job where data ->> 'verificationId' = $1 and state <> 'completed'`;
        return (await gateway.sql(open, [uuid])).length === 0;
      });
    },
  };
}

describe('U4: that a message has arrived', () => {
  test('of a message before a resend does not speak for the resend', async () => {
    const { first, step, resent } = await sent('SMS');
    await resent();
    await report(first, 'delivered');
    expect(await step()).toMatchObject({ status: 'SENT', sends: 2, delivered_at: null });
  });

  test('race: of a resend may be told before the answer to the call is written down', async () => {
    const { first, step, whileResending } = await sent('WHATSAPP');
    await report(first, 'delivered');
    const before = await step();
    await whileResending((second) => report(second, 'delivered'));
    const after = await step();
    expect(after).toMatchObject({ status: 'DELIVERED', sends: 2 });
    expect(moment(after.sent_at)).toBeGreaterThan(moment(before.sent_at));
    expect(moment(after.delivered_at)).toBeGreaterThan(moment(before.delivered_at));
  });
});

describe('U4: that a message will not arrive', () => {
  test('of a resend leaves it open: the message before may have arrived, and guesses are taken', async () => {
    const { resent, stepsAre, read, confirm } = await sent('WHATSAPP');
    await report(await resent(), 'undelivered');
    await stepsAre('FAILED');
    expect(await read()).toMatchObject({ status: 'PENDING' });
    expect(await confirm('000000')).toMatchObject({ __typename: 'CodeIncorrect' });
  });

  test('race: of a resend may be told before the answer to the call is written down: it fails the step', async () => {
    const { first, step, whileResending, read } = await sent('WHATSAPP');
    await report(first, 'delivered');
    const before = await step();
    await whileResending((second) => report(second, 'undelivered'));
    const after = await step();
    expect(after).toMatchObject({ status: 'FAILED', sends: 2, delivered_at: null });
    expect(moment(after.sent_at)).toBeGreaterThan(moment(before.sent_at));
    expect(await read()).toMatchObject({ status: 'PENDING' });
  });

  test('race: of a resend may be told before the answer to the call is written down: the next provider sends', async () => {
    const { first, step, whileResending, stepsAre, copies } = await sent('SMS');
    await report(first, 'delivered');
    await whileResending(async (second) => {
      await report(second, 'undelivered');
      await report(second, 'undelivered');
    });
    await stepsAre('SENT');
    expect(await step()).toMatchObject({ provider: 'http', sends: 3, delivered_at: null });
    expect(copies()).toHaveLength(1);
  });
});

describe('U4: that messages of a step that was sent again will not arrive', () => {
  test('ends the verification when it is told of all, however often each is told', async () => {
    const { first, resent, step, read, confirm, live, verificationId } = await sent('WHATSAPP');
    const webhooks = webhooksOf(live);
    await webhooks.create({});
    const second = await resent();
    for (let time = 0; time < 3; time += 1) await report(first, 'failed');
    await Promise.all(Array.from({ length: 5 }, () => report(first, 'undelivered')));
    expect(await step()).toMatchObject({ status: 'SENT', sends: 2 });
    expect(await confirm('000000')).toMatchObject({ __typename: 'CodeIncorrect' });
    for (let time = 0; time < 2; time += 1) await report(second, 'failed');
    expect(await read()).toMatchObject({ status: 'FAILED', steps: [{ status: 'FAILED', sends: 2 }] });
    const types = (await webhooks.events({ objectId: verificationId })).map(({ type }) => type);
    expect(types.filter((type) => type === 'verification.failed')).toHaveLength(1);
  });

  test('ends it in whatever order they are told', async () => {
    const { first, resent, read } = await sent('WHATSAPP');
    const second = await resent();
    await report(second, 'failed');
    await report(second, 'failed');
    expect(await read()).toMatchObject({ status: 'PENDING', steps: [{ status: 'FAILED' }] });
    await report(first, 'failed');
    expect(await read()).toMatchObject({ status: 'FAILED' });
  });

  test('ends it where the first is told while the resend is under way', async () => {
    const { first, step, read, whileResending } = await sent('WHATSAPP');
    await whileResending(async (second) => {
      await report(first, 'failed');
      expect(await step()).toMatchObject({ status: 'QUEUED', sends: 1 });
      await report(first, 'failed');
      expect(await read()).toMatchObject({ status: 'PENDING' });
      await report(second, 'failed');
    });
    expect(await read()).toMatchObject({ status: 'FAILED' });
  });

  test.each(['before', 'after'])('ends it where the first is told %s the resend is refused', async (order) => {
    const { first, step, read, stepsAre, resend, coolDown } = await sent('WHATSAPP');
    twilio.misbehave('refuse');
    const held = twilio.hold();
    await coolDown();
    await resend();
    if (order === 'before') await report(first, 'failed');
    held.letGo();
    await stepsAre('FAILED');
    twilio.misbehave();
    expect(await step()).toMatchObject({ sends: 1 });
    if (order === 'after') await report(first, 'failed');
    expect(await read()).toMatchObject({ status: 'FAILED' });
  });

  test('ends it when the provider that took over from the last one reports the same', async () => {
    const { first, resent, read, stepsAre, step, copies } = await sent('SMS');
    const second = await resent();
    await report(first, 'failed');
    expect(await step()).toMatchObject({ status: 'SENT', provider: 'twilio-messaging' });
    await report(second, 'failed');
    await waitFor('the next provider has it', () => copies().length === 1);
    await stepsAre('SENT');
    expect(await read()).toMatchObject({ status: 'PENDING' });
    await reportFromSink(gateway.url, { type: 'message.failed', data: { reference: copies()[0]?.reference } });
    expect(await read()).toMatchObject({ status: 'FAILED' });
  });

  test.each(['before', 'after'])('takes back no arrival that was told %s the resend', async (order) => {
    const { first, resent, read, confirm } = await sent('WHATSAPP');
    if (order === 'before') await report(first, 'delivered');
    const second = await resent();
    if (order === 'after') await report(first, 'delivered');
    await report(first, 'failed');
    await report(second, 'failed');
    expect(await read()).toMatchObject({ status: 'PENDING' });
    expect(await confirm('000000')).toMatchObject({ __typename: 'CodeIncorrect' });
  });

  test('counts none that the version before has counted', async () => {
    const { first, resent, step, read, uuid } = await sent('WHATSAPP');
    await resent();
    await gateway.sql('update verification_step set lost = 1 where verification_id = $1', [uuid]);
    await report(first, 'failed');
    expect(await step()).toMatchObject({ status: 'SENT' });
    expect(await read()).toMatchObject({ status: 'PENDING' });
  });

  test('attack: who took over reports messages of the provider before as lost: the verification goes on', async () => {
    const { step, read, copies, coolDown, resend, stepsAre } = await sent('SMS');
    twilio.misbehave('error');
    await coolDown();
    await resend();
    await waitFor('the next provider has it', () => copies().length === 1);
    await stepsAre('SENT');
    twilio.misbehave();
    const reference = copies()[0]?.reference ?? '';
    for (const send of [0, 1, 2]) {
      const forged = { type: 'message.failed', data: { reference: reference.replace(/2$/, String(send)) } };
      expect(await reportFromSink(gateway.url, forged)).toBe(204);
    }
    expect(await step()).toMatchObject({ status: 'FAILED', provider: 'http', sends: 2 });
    expect(await read()).toMatchObject({ status: 'PENDING' });
  });
});
