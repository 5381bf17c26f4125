/** One budget, one expiry and one code for all messages of a verification, whichever channel they took. */
import { afterAll, describe, expect, test } from 'vitest';
import { DOCUMENTS } from '../support/caller.js';
import { startGateway } from '../support/harness.js';
import { email, sms, startSteps } from '../support/stepped.js';
import { twilioSettings } from '../support/vendors/settings.js';
import { startTwilio } from '../support/vendors/twilio.js';
import { waitFor } from '../support/wait-for.js';

const twilio = await startTwilio();
const gateway = await startGateway({ env: { ...twilioSettings(twilio.url), PROVIDER_VOICE: 'twilio-messaging' } });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await twilio[Symbol.asyncDispose]();
});

const RIGHT = '123456';
const WRONG = '000000';
const CHANNELS = 3;

describe('C7: S6: the attempts of a verification that is sent again and fails over', () => {
  /** Three messages of three channels and a resend, with guesses between them as long as one is left for later. */
  async function nearlySpent(maxAttempts: number, index: number) {
    const { test: caller } = await gateway.workspace();
    const to = `+3361234567${index}`;
    const steps = [sms(to), { channel: 'VOICE', to }, email(`last${index}@example.com`)];
    const verification = await startSteps(caller, gateway.sql, steps, { maxAttempts });
    const { confirm, resend, failOver, coolDown, stepsAre, read, started } = verification;
    let guesses = 0;
    const guess = async (upTo: number) => {
      for (; guesses < Math.min(upTo, maxAttempts - 1); guesses += 1) {
        expect(await confirm(WRONG)).toMatchObject({ code: 'CODE_INCORRECT', attemptsLeft: maxAttempts - guesses - 1 });
      }
    };
    await stepsAre('DELIVERED', 'PENDING', 'PENDING');
    await guess(1);
    await coolDown();
    expect(await resend()).toMatchObject({ __typename: 'VerificationSent' });
    await stepsAre('DELIVERED', 'PENDING', 'PENDING');
    await guess(2);
    for (let step = 1; step < CHANNELS; step += 1) {
      expect(await failOver()).toMatchObject({ __typename: 'VerificationSent' });
      await guess(step === CHANNELS - 1 ? maxAttempts : 3);
    }
    await stepsAre('DELIVERED', 'DELIVERED', 'DELIVERED');
    expect(await read()).toMatchObject({ attemptsLeft: 1, expiresAt: started.expiresAt });
    return { caller, ...verification };
  }

  test.each([1, 3, 10])('of %d: the right code on the last one is accepted', async (maxAttempts) => {
    const { confirm, read } = await nearlySpent(maxAttempts, 1);
    expect(await confirm(RIGHT)).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await read()).toMatchObject({ status: 'VERIFIED', failedAttempts: maxAttempts - 1 });
  });

  test.each([1, 3, 10])('of %d: after the last one no code is, and no message brings one back', async (maxAttempts) => {
    const spent = await nearlySpent(maxAttempts, 2);
    const { caller, confirm, resend, failOver, coolDown, read, customerId, verificationId } = spent;
    expect(await confirm(WRONG)).toMatchObject({ code: 'CODE_INCORRECT', attemptsLeft: 0 });
    await coolDown();
    const exhausted = { __typename: 'Refused', code: 'ATTEMPTS_EXHAUSTED' };
    for (const send of [resend, failOver]) expect(await send()).toMatchObject(exhausted);
    for (const document of ['confirm', 'confirmEmail', 'confirmPhone'] as const) {
      const input = { verificationId, ...(document !== 'confirm' && { customerId }), code: RIGHT };
      const { body } = await caller.query(DOCUMENTS[document], { input });
      expect(body.data).toMatchObject({ result: exhausted });
    }
    expect(await read()).toMatchObject({ status: 'FAILED', failedAttempts: maxAttempts, attemptsLeft: 0 });
  });
});

test('S6: S5: one phone has one code by every channel, and the first message’s stays good after a resend and two failovers', async () => {
  const { live } = await gateway.workspace();
  const to = '+33612345999';
  const steps = [sms(to), { channel: 'WHATSAPP', to }, { channel: 'VOICE', to }];
  const verification = await startSteps(live, gateway.sql, steps, { locale: 'en' });
  const { confirm, resend, failOver, coolDown, stepsAre, read, started } = verification;
  await stepsAre('SENT', 'PENDING', 'PENDING');
  await coolDown();
  await resend();
  await stepsAre('SENT', 'PENDING', 'PENDING');
  await failOver();
  await stepsAre('SENT', 'SENT', 'PENDING');
  await failOver();
  await stepsAre('SENT', 'SENT', 'SENT');
  const texts = await waitFor('four messages', () => {
    const told = [...twilio.messages, ...twilio.calls].filter(({ form }) => form['To']?.endsWith(to));
    return told.length === 4 && told.map(({ form }) => form['Body'] ?? form['ContentVariables'] ?? form['Twiml'] ?? '');
  });
  const codes = texts.map((text) => /\d(?:[\s,.]*\d){5}/.exec(text)?.[0].replaceAll(/\D/g, ''));
  expect(codes[0]).toMatch(/^\d{6}$/);
  expect(new Set(codes).size, texts.join('\n')).toBe(1);
  expect(await read()).toMatchObject({ attemptsLeft: 3, expiresAt: started.expiresAt });
  expect(await confirm(codes[0] as string)).toMatchObject({ __typename: 'VerificationConfirmed' });
});
