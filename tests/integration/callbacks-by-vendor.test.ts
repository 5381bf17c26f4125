/** Each vendor's reports through the endpoint: a forged one writes nothing, and replays and reorders have one effect. */
import { createHash, createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { startSteps } from '../support/stepped.js';
import { BIRD, startBird } from '../support/vendors/bird.js';
import { PUBLIC_URL, reportFromTwilio } from '../support/vendors/report.js';
import { birdSettings, snsSettings, twilioSettings, webhookSettings } from '../support/vendors/settings.js';
import { startSns } from '../support/vendors/sns.js';
import { SNS_PUBLIC_KEY, SNS_TOPIC, snsNotification } from '../support/vendors/sns-notification.js';
import { startTwilio, type TwilioMessage } from '../support/vendors/twilio.js';
import { startWebhookSink, WEBHOOK_SECRET } from '../support/vendors/webhook-sink.js';

const twilio = await startTwilio();
const bird = await startBird();
const sns = await startSns();
const sink = await startWebhookSink();
const gateway = await startGateway({
  env: {
    GATEWAY_PUBLIC_URL: PUBLIC_URL,
    ...twilioSettings(twilio.url),
    ...birdSettings(bird.url),
    ...snsSettings(sns.url),
    ...webhookSettings(sink.url),
    SNS_TOPIC_ARN: SNS_TOPIC,
    SNS_SIGNING_CERTIFICATE: SNS_PUBLIC_KEY,
    PROVIDER_SMS: 'twilio-messaging',
    PROVIDER_SMS_BY_COUNTRY: 'DE:bird-channels,FR:amazon-sns,BE:http',
  },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const vendor of [twilio, bird, sns, sink]) await vendor[Symbol.asyncDispose]();
});

const ATTACKER = 'a-key-of-nobody';
const post = async (provider: string, body: string | Buffer, headers: Record<string, string>): Promise<number> => {
  const type = provider === 'amazon-sns' ? 'text/plain; charset=UTF-8' : 'application/json';
  const init = { method: 'POST', body: body.toString(), headers: { 'content-type': type, ...headers } };
  return (await fetch(`${gateway.url}/callbacks/${provider}`, init)).status;
};

/** Tells what became of the message to a number; a forged one is signed by somebody else. */
type Tell = (to: string, isArrived: boolean, isForged?: boolean) => Promise<number>;

const fromTwilio: Tell = (to, isArrived, isForged) => {
  const message = twilio.messages.find(({ form }) => form['To'] === to) as TwilioMessage;
  const status = isArrived ? 'delivered' : 'undelivered';
  return reportFromTwilio(gateway.url, message, status, isForged ? { token: ATTACKER } : {});
};

const fromBird: Tell = (to, isArrived, isForged) => {
  const { id, reference } = bird.messages.find((each) => each.to === to) ?? {};
  const status = isArrived ? 'delivered' : 'delivery_failed';
  const body = JSON.stringify({ service: 'channels', event: 'sms.outbound', payload: { id, reference, status } });
  const at = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', isForged ? ATTACKER : BIRD.signingKey)
    .update(`${at}\n${PUBLIC_URL}/callbacks/bird-channels\n`)
    .update(createHash('sha256').update(body).digest())
    .digest('base64');
  return post('bird-channels', body, { 'messagebird-signature': signature, 'messagebird-request-timestamp': at });
};

const fromSns: Tell = (to, isArrived, isForged) => {
  const messageId = sns.published.find(({ form }) => form.get('PhoneNumber') === to)?.messageId;
  const Message = JSON.stringify({ notification: { messageId }, status: isArrived ? 'SUCCESS' : 'FAILURE' });
  const body = snsNotification({ Message }).toString();
  return post('amazon-sns', isForged ? body.replace('"Timestamp":"2026', '"Timestamp":"2027') : body, {});
};

const fromSink: Tell = (to, isArrived, isForged) => {
  const { reference } = [...sink.messages.values()].find((each) => each.to === to) ?? {};
  const body = JSON.stringify({ type: isArrived ? 'message.delivered' : 'message.failed', data: { reference } });
  const secret = isForged ? `whsec_${Buffer.alloc(32, 7).toString('base64')}` : WEBHOOK_SECRET;
  const now = new Date();
  return post('http', body, {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', now, body),
  });
};

let people = 0;
const numberFrom = (prefix: string) => `${prefix}${String(100_000 + people++)}`;

describe.each<[string, string, Tell]>([
  ['twilio-messaging', '+34612', fromTwilio],
  ['bird-channels', '+4915112', fromBird],
  ['amazon-sns', '+33612', fromSns],
  ['http', '+32470', fromSink],
])('U4: a report of %s', (provider, prefix, tell) => {
  async function sent() {
    const to = numberFrom(prefix);
    const { live } = await gateway.workspace();
    const verification = await startSteps(live, gateway.sql, [{ channel: 'SMS', to }]);
    await verification.stepsAre('SENT');
    const rows = () =>
      gateway.sql(
        `select s.*, v.status as verification, v.updated_at from verification_step s
         join verification v on v.id = s.verification_id where s.verification_id = $1`,
        [verification.uuid],
      );
    return { ...verification, to, rows };
  }

  test('attack: that somebody else has signed is refused, and nothing is written', async () => {
    const { to, rows, jobs } = await sent();
    const before = await rows();
    expect(before).toMatchObject([{ provider, status: 'SENT', sends: 1 }]);
    expect([await tell(to, true, true), await tell(to, false, true)]).toEqual([403, 403]);
    expect(await rows()).toEqual(before);
    expect(await jobs()).toEqual(['0/1']);
  });

  test('that it has arrived is written down once; replayed, or overtaken by a failure, it changes nothing', async () => {
    const { to, rows } = await sent();
    expect(await tell(to, true)).toBe(204);
    const after = await rows();
    expect(after).toMatchObject([{ status: 'DELIVERED', delivered_at: expect.anything(), failure_reason: null }]);
    for (const isArrived of [true, false, true]) expect(await tell(to, isArrived)).toBe(204);
    expect(await rows()).toEqual(after);
  });

  test('that it will not arrive is written down once, with the reason; later news changes nothing', async () => {
    const { to, rows, jobs } = await sent();
    const answers = await Promise.all([tell(to, false), tell(to, false), tell(to, false)]);
    expect(answers).toEqual([204, 204, 204]);
    const after = await rows();
    expect(after).toMatchObject([
      { status: 'FAILED', verification: 'FAILED', failure_reason: `${provider} could not deliver it` },
    ]);
    for (const isArrived of [false, true]) expect(await tell(to, isArrived)).toBe(204);
    expect(await rows()).toEqual(after);
    expect(await jobs()).toEqual(['0/1']);
  });
});
