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
  sent_at: Date;
  delivered_at: Date | null;
}

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
    step,
    first: messages()[0] as TwilioMessage,
    async resent() {
      const second = await askAgain();
      await waitFor('it is counted', async () => (await step()).sends === 2);
      return second;
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
});

describe('U4: that a message will not arrive', () => {
  test('of a resend leaves it open: the message before may have arrived, and guesses are taken', async () => {
    const { resent, stepsAre, read, confirm } = await sent('WHATSAPP');
    await report(await resent(), 'undelivered');
    await stepsAre('FAILED');
    expect(await read()).toMatchObject({ status: 'PENDING' });
    expect(await confirm('000000')).toMatchObject({ __typename: 'CodeIncorrect' });
  });
});
