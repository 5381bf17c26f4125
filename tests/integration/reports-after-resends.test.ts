/** Reports about steps that were sent again: each speaks for its own message, and what is lost counts once. */
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { startSteps } from '../support/stepped.js';
import { PUBLIC_URL, reportFromTwilio } from '../support/vendors/report.js';
import { twilioSettings, webhookSettings } from '../support/vendors/settings.js';
import { startTwilio, type TwilioMessage } from '../support/vendors/twilio.js';
import { startWebhookSink } from '../support/vendors/webhook-sink.js';
import { waitFor } from '../support/wait-for.js';

const twilio = await startTwilio();
const sink = await startWebhookSink();
const gateway = await startGateway({
  env: {
    GATEWAY_PUBLIC_URL: PUBLIC_URL,
    ...twilioSettings(twilio.url),
    ...webhookSettings(sink.url),
    PROVIDER_SMS: 'twilio-messaging,http',
    PROVIDER_WHATSAPP: 'twilio-messaging',
  },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await twilio[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
});

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
    to,
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
