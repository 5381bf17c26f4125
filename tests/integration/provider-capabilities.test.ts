/** What a provider cannot do is refused before anything is written or sent, and never made to fit. */
import { afterAll, describe, expect, test } from 'vitest';
import { rowCounts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { askSteps, startSteps } from '../support/stepped.js';
import { startBird } from '../support/vendors/bird.js';
import { birdSettings, twilioSettings, webhookSettings } from '../support/vendors/settings.js';
import { startTwilio } from '../support/vendors/twilio.js';
import { startWebhookSink } from '../support/vendors/webhook-sink.js';

const twilio = await startTwilio();
const bird = await startBird();
const sink = await startWebhookSink();
const gateway = await startGateway({
  env: {
    ...twilioSettings(twilio.url),
    ...birdSettings(bird.url),
    ...webhookSettings(sink.url),
    PROVIDER_WHATSAPP: 'twilio-messaging',
    PROVIDER_SMS: 'bird-channels,twilio-messaging',
    PROVIDER_VOICE: 'twilio-messaging',
  },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const vendor of [twilio, bird, sink]) await vendor[Symbol.asyncDispose]();
});

let people = 0;
const step = (channel: string, rest: Record<string, unknown> = {}) => {
  people += 1;
  return { channel, to: `+33614${100_000 + people}`, ...rest };
};
const customMessage = '{otp} for {app}';

describe('U3: refused before sending, naming the argument, the provider and what it can do:', () => {
  test.each([
    [
      'own words by WhatsApp',
      step('WHATSAPP', { customMessage }),
      {},
      'input.steps.0.customMessage',
      'twilio-messaging sends no text of a caller',
    ],
    [
      'a sender of WhatsApp',
      step('WHATSAPP', { senderId: 'Acme' }),
      {},
      'input.steps.0.senderId',
      'twilio-messaging has a sender of its own',
    ],
    [
      'the sender of a call',
      step('VOICE', { senderId: 'Acme' }),
      {},
      'input.steps.0.senderId',
      'twilio-messaging has a sender of its own',
    ],
    [
      'a language without a template',
      step('WHATSAPP'),
      { locale: 'fr-FR' },
      'input.locale',
      'twilio-messaging speaks en',
    ],
  ])('%s', async (_, asked, terms, argument, limit) => {
    const { live } = await gateway.workspace();
    const { id: customerId } = await live.createCustomer();
    const before = await rowCounts(gateway.sql);
    const answer = await askSteps(live, 'start', { customerId, steps: [asked], ...terms });
    expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument, reason: `the provider ${limit}` });
    expect(await rowCounts(gateway.sql)).toEqual(before);
    expect(twilio.requests).toEqual([]);
  });

  test('also where a later step asks for it: nothing is sent by the first', async () => {
    const { live } = await gateway.workspace();
    const { id: customerId } = await live.createCustomer();
    const steps = [step('SMS'), step('WHATSAPP', { customMessage })];
    const answer = await askSteps(live, 'start', { customerId, steps });
    expect(errorOf(answer)).toMatchObject({ argument: 'input.steps.1.customMessage' });
    expect(bird.messages).toEqual([]);
  });
});

test('U3: the first provider of the route that can do all of it takes the step, and only such a one takes over', async () => {
  const { live } = await gateway.workspace();
  const plain = step('SMS');
  const named = step('SMS', { senderId: 'Acme', customMessage });
  const first = await startSteps(live, gateway.sql, [plain]);
  const second = await startSteps(live, gateway.sql, [named]);
  await first.stepsAre('SENT');
  await second.stepsAre('SENT');
  expect(bird.messages.map(({ to }) => to)).toEqual([plain.to]);
  expect(twilio.messages.map(({ form }) => [form['To'], form['From']])).toEqual([[named.to, 'Acme']]);

  // Bird could carry it, were it not for the sender.
  twilio.misbehave('refuse');
  const third = await startSteps(live, gateway.sql, [step('SMS', { senderId: 'Acme' })]);
  await third.stepsAre('FAILED');
  expect(bird.messages).toHaveLength(1);
});
