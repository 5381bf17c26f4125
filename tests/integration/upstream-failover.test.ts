/** Failover where the vendor that holds the code has several of the steps: it goes on with one verification of its own. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { email, type StepSpec, sms, startSteps } from '../support/stepped.js';
import { startBirdVerify } from '../support/vendors/bird-verify.js';
import { birdVerifySettings, birdVerifyV1Settings, twilioVerifySettings } from '../support/vendors/settings.js';
import { startTwilioVerify } from '../support/vendors/twilio-verify.js';
import { waitFor } from '../support/wait-for.js';

const bird = await startBirdVerify();
const twilio = await startTwilioVerify();
const gateway = await startGateway({
  env: {
    ...birdVerifySettings(bird.url),
    ...birdVerifyV1Settings(bird.url),
    ...twilioVerifySettings(twilio.url),
    PROVIDER_SMS: 'bird-verify',
    PROVIDER_WHATSAPP: 'bird-verify',
    PROVIDER_EMAIL: 'bird-verify',
    PROVIDER_VOICE: 'twilio-verify',
    PROVIDER_SMS_BY_COUNTRY: 'FR:bird-verify-v1',
    PROVIDER_WHATSAPP_BY_COUNTRY: 'FR:bird-verify-v1',
  },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const vendor of [bird, twilio]) await vendor[Symbol.asyncDispose]();
});
beforeEach(() => bird.withdrawn.clear());

let people = 0;
const next = () => String(100_000 + people++);
const viaWorkspace = () => `+4915112${next()}`;
const viaV1 = () => `+33612${next()}`;
const whatsapp = (to: string): StepSpec => ({ channel: 'WHATSAPP', to });
const voice = (to: string): StepSpec => ({ channel: 'VOICE', to });
const wrongOf = (code: string) => code.replace(/./g, (digit) => String((Number(digit) + 1) % 10));
const heldFor = (to: string) => bird.book.sent.filter((each) => each.to === to);
const channelsTo = (to: string) => bird.messages.filter((each) => each.to === to).map((each) => each.channel);

async function sent(steps: StepSpec[]) {
  const { live } = await gateway.workspace();
  const verification = await startSteps(live, gateway.sql, steps);
  await verification.stepsAre('SENT', ...steps.slice(1).map(() => 'PENDING'));
  return verification;
}

describe.each([
  ['bird-verify', viaWorkspace],
  ['bird-verify-v1', viaV1],
])('S5: U1: %s: a step that follows to the same number', (provider, via) => {
  test('is sent by the vendor’s own failover: one verification there, one count, one question for each guess', async () => {
    const number = via();
    const { failOver, stepsAre, confirm, read } = await sent([sms(number), whatsapp(number)]);
    const [held] = heldFor(number);
    const first = held?.code ?? '';
    expect(await failOver()).toMatchObject({ __typename: 'VerificationSent' });
    await stepsAre('SENT', 'SENT');
    expect(heldFor(number)).toEqual([held]);
    expect(channelsTo(number)).toEqual(['SMS', 'WHATSAPP']);
    const counted = { channel: 'WHATSAPP', provider, mode: 'LIVE', country: number.startsWith('+33') ? 'FR' : 'DE' };
    const text = await scrape(gateway.url);
    expect(sampleIn(text, 'gateway_messages_total', { ...counted, outcome: 'SENT' }), 'a message like any').toBe(1);
    expect(await confirm(wrongOf(held?.code ?? ''))).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
    expect(held?.failed, 'asked once, not once for each step').toBe(1);
    expect(await confirm(first), 'the code that came first').toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await read()).toMatchObject({ status: 'VERIFIED', failedAttempts: 1 });
  });

  test('is sent again by its own channel', async () => {
    const number = via();
    const { failOver, stepsAre, resend, coolDown, confirm } = await sent([sms(number), whatsapp(number)]);
    await failOver();
    await stepsAre('SENT', 'SENT');
    await coolDown();
    bird.coolDown();
    expect(await resend()).toMatchObject({ __typename: 'VerificationSent' });
    await waitFor('it is sent again', () => channelsTo(number).length === 3);
    await stepsAre('SENT', 'SENT');
    expect(channelsTo(number)).toEqual(['SMS', 'WHATSAPP', 'WHATSAPP']);
    expect(heldFor(number)).toHaveLength(1);
    expect(await confirm(heldFor(number)[0]?.code ?? '')).toMatchObject({ __typename: 'VerificationConfirmed' });
  });
});

describe('S5: U1: bird-verify:', () => {
  test('where a resend fails for good, the next step goes on by itself with the same verification and the same code', async () => {
    const number = viaWorkspace();
    const { resend, coolDown, stepsAre, confirm } = await sent([sms(number), whatsapp(number)]);
    bird.withdrawn.add('SMS');
    await coolDown();
    await resend();
    await stepsAre('FAILED', 'SENT');
    expect(channelsTo(number)).toEqual(['SMS', 'WHATSAPP']);
    const [held, ...others] = heldFor(number);
    expect(others).toEqual([]);
    expect(await confirm(held?.code ?? '')).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('a named step is sent, past the one before it', async () => {
    const number = viaWorkspace();
    const { failOver, stepsAre } = await sent([sms(number), whatsapp(number), sms(number)]);
    await failOver(2);
    await stepsAre('SENT', 'PENDING', 'SENT');
    expect(channelsTo(number)).toEqual(['SMS', 'SMS']);
    expect(heldFor(number)).toHaveLength(1);
  });

  test('one that ended there before it ended here is started anew, and the code of the new one is good', async () => {
    const number = viaWorkspace();
    const { failOver, stepsAre, confirm } = await sent([sms(number), whatsapp(number)]);
    bird.book.expire();
    await failOver();
    await stepsAre('SENT', 'SENT');
    expect(heldFor(number)).toHaveLength(2);
    expect(await confirm(heldFor(number)[1]?.code ?? '')).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('behind a step of another vendor it is a verification of its own, and codes of all three are good', async () => {
    const number = viaWorkspace();
    const { failOver, stepsAre, confirm } = await sent([sms(number), voice(number), whatsapp(number)]);
    expect(bird.created.at(-1)?.steps).toHaveLength(1);
    await failOver();
    await stepsAre('SENT', 'SENT', 'PENDING');
    await failOver();
    await stepsAre('SENT', 'SENT', 'SENT');
    const [first, last] = heldFor(number);
    expect(await confirm(wrongOf(first?.code ?? ''))).toMatchObject({ __typename: 'CodeIncorrect' });
    expect([first?.failed, last?.failed]).toEqual([1, 1]);
    expect(await confirm(first?.code ?? '')).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('attack: a code that came to an attacker’s own mail does not verify the number that they named before it', async () => {
    const [number, own] = [viaWorkspace(), `mallory-${next()}@example.com`];
    const { failOver, stepsAre, confirm } = await sent([sms(number), email(own)]);
    expect(bird.created.at(-1)?.steps).toHaveLength(1);
    await failOver();
    await stepsAre('SENT', 'SENT');
    const { code = '' } = bird.book.find({ to: own }) ?? {};
    expect(await confirm(code)).toMatchObject({
      __typename: 'VerificationConfirmed',
      customer: { contactPoints: [{ value: own, verifiedBy: 'EMAIL_CODE' }] },
    });
  });
});
