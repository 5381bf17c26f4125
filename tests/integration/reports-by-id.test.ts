/** Reports of a vendor that cannot be given a reference, and names a message by its own id only. */
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { startSteps } from '../support/stepped.js';
import { PUBLIC_URL } from '../support/vendors/report.js';
import { snsSettings, webhookSettings } from '../support/vendors/settings.js';
import { startSns } from '../support/vendors/sns.js';
import { SNS_PUBLIC_KEY, SNS_TOPIC, snsNotification } from '../support/vendors/sns-notification.js';
import { startWebhookSink } from '../support/vendors/webhook-sink.js';
import { waitFor } from '../support/wait-for.js';

const sink = await startWebhookSink();
const sns = await startSns();
const gateway = await startGateway({
  env: {
    GATEWAY_PUBLIC_URL: PUBLIC_URL,
    ...webhookSettings(sink.url),
    ...snsSettings(sns.url),
    SNS_TOPIC_ARN: SNS_TOPIC,
    SNS_SIGNING_CERTIFICATE: SNS_PUBLIC_KEY,
    PROVIDER_SMS: 'amazon-sns,http',
  },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await sns[Symbol.asyncDispose]();
});
let people = 0;

describe('U4: a vendor that names its own id only', () => {
  const post = async (change: Record<string, string>) => {
    const headers = { 'content-type': 'text/plain; charset=UTF-8' };
    const body = snsNotification(change).toString();
    return (await fetch(`${gateway.url}/callbacks/amazon-sns`, { method: 'POST', headers, body })).status;
  };
  const taken = async () => {
    const to = `+4915112${100_000 + people++}`;
    const { live } = await gateway.workspace();
    const verification = await startSteps(live, gateway.sql, [{ channel: 'SMS', to }]);
    await verification.stepsAre('SENT');
    const messageId = sns.published.find(({ form }) => form.get('PhoneNumber') === to)?.messageId;
    const about = (status: string) => post({ Message: JSON.stringify({ notification: { messageId }, status }) });
    return { ...verification, to, about };
  };

  test('finds the one message that has it, of whatever workspace', async () => {
    const [one, other] = [await taken(), await taken()];
    expect(await one.about('SUCCESS')).toBe(204);
    await one.stepsAre('DELIVERED');
    expect((await other.read()).steps[0]).toMatchObject({ status: 'SENT' });
  });

  test('can say that it will not arrive', async () => {
    const { about, stepsAre, to } = await taken();
    expect(await about('FAILURE')).toBe(204);
    await waitFor('the next provider has it', () => [...sink.messages.values()].some((each) => each.to === to));
    await stepsAre('SENT');
    // The id is that of another message now: nobody's.
    expect(await about('FAILURE')).toBe(204);
    await stepsAre('SENT');
  });

  test('is asked for one that nobody knows: nothing happens, and nobody can tell', async () => {
    expect(await post({})).toBe(204);
    expect(await post({ TopicArn: `${SNS_TOPIC}-2` })).toBe(403);
  });
});
