/** Caps on messages through the endpoint: what counts, what is refused, and what a refusal leaves behind. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Caller } from '../support/caller.js';
import { rowCounts } from '../support/database-state.js';
import { dataOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { askSteps, email, type StepSpec, sms, startSteps } from '../support/stepped.js';

// In test mode 100 messages to a recipient in an hour and 500 unconfirmed ones to a prefix in a day, scaled down.
const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '0.05' } });
afterAll(() => gateway[Symbol.asyncDispose]());
const RECIPIENT_CAP = 5;
const PREFIX_CAP = 25;
const PHONE = '+33612345678';

/** A send for a customer of its own, so that the limits of the fields are not met. */
async function send(caller: Caller, step: StepSpec, more: Record<string, unknown> = {}) {
  const { id: customerId } = await caller.createCustomer();
  const { result } = dataOf(await askSteps(caller, 'start', { customerId, steps: [step], ...more }));
  return { ...result, customerId };
}

async function sendUntilFull(caller: Caller, step: StepSpec, already = 0) {
  for (let sent = already; sent < RECIPIENT_CAP; sent += 1) {
    expect(await send(caller, step)).toMatchObject({ __typename: 'VerificationSent' });
  }
}

describe('S12: messages to one recipient', () => {
  test('are capped whoever they are for and however it is spelled: TOO_MANY says when, and nothing is written', async () => {
    const { test: caller } = await gateway.workspace();
    for (const spelling of [
      'ada@gmail.com',
      'a.da@gmail.com',
      'ADA+x@googlemail.com',
      'ada+1@gmail.com',
      'ada+2@gmail.com',
    ]) {
      expect(await send(caller, email(spelling))).toMatchObject({ __typename: 'VerificationSent' });
    }
    const { id: customerId } = await caller.createCustomer();
    const before = await rowCounts(gateway.sql);
    const { result } = dataOf(await askSteps(caller, 'start', { customerId, steps: [email('ada+3@gmail.com')] }));
    expect(result).toMatchObject({ __typename: 'Refused', code: 'TOO_MANY' });
    expect(result.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(result.retryAfterSeconds).toBeLessThanOrEqual(3_600);
    expect(await rowCounts(gateway.sql)).toEqual(before);
    expect(await send(caller, email('bob@gmail.com'))).toMatchObject({ __typename: 'VerificationSent' });
  });

  test('that leave the recipient out are counted with those that name it', async () => {
    const { test: caller } = await gateway.workspace();
    await sendUntilFull(caller, email('ada@example.com'));
    const { id } = await caller.createCustomer({ email: 'ada@example.com' });
    expect(await caller.call('sendEmail', { input: { customerId: id } })).toMatchObject({ code: 'TOO_MANY' });
  });

  test('count resends and failovers, and leave the attempts, the cooldown and the step as they were', async () => {
    const { test: caller } = await gateway.workspace();
    const steps = [sms(PHONE), { channel: 'VOICE', to: PHONE }, { channel: 'WHATSAPP', to: PHONE }];
    const { resend, failOver, coolDown, stepsAre, read, jobs } = await startSteps(caller, gateway.sql, steps);
    await stepsAre('DELIVERED', 'PENDING', 'PENDING');
    await coolDown();
    expect(await resend()).toMatchObject({ __typename: 'VerificationSent' });
    await stepsAre('DELIVERED', 'PENDING', 'PENDING');
    expect(await failOver()).toMatchObject({ __typename: 'VerificationSent' });
    await stepsAre('DELIVERED', 'DELIVERED', 'PENDING');
    await sendUntilFull(caller, sms(PHONE), 3);
    await coolDown();
    const before = await read();
    expect(await resend()).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: expect.any(Number) });
    expect(await failOver()).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: expect.any(Number) });
    expect(await read()).toEqual(before);
    expect(await jobs()).toEqual(['0/1', '0/2', '1/1']);
  });

  test('do not count what was refused for another reason, nor a resend that came too soon', async () => {
    const { test: caller } = await gateway.workspace();
    const { resend } = await startSteps(caller, gateway.sql, [sms(PHONE)]);
    for (let call = 0; call < 10; call += 1) expect(await resend()).toMatchObject({ code: 'TOO_SOON' });
    await sendUntilFull(caller, sms(PHONE), 1);
    expect(await send(caller, sms(PHONE))).toMatchObject({ code: 'TOO_MANY' });
  });
});

describe('S12: automatic failover', () => {
  test('passes over a contact that takes no more messages', async () => {
    const { test: caller } = await gateway.workspace();
    await sendUntilFull(caller, email('full@example.com'));
    const steps = [email('undeliverable@test.invalid'), email('full@example.com'), email('free@example.com')];
    const { stepsAre } = await startSteps(caller, gateway.sql, steps);
    expect(await stepsAre('FAILED', 'FAILED', 'DELIVERED')).toMatchObject({
      status: 'PENDING',
      currentStepIndex: 2,
      steps: [{}, { sends: 0, failureReason: 'too much was sent to this contact' }, {}],
    });
  });

  test('ends the verification where no other contact is left, and never leaves it waiting', async () => {
    const { test: caller } = await gateway.workspace();
    await sendUntilFull(caller, email('full@example.com'));
    const steps = [email('undeliverable@test.invalid'), email('full@example.com')];
    const { stepsAre } = await startSteps(caller, gateway.sql, steps);
    expect(await stepsAre('FAILED', 'FAILED')).toMatchObject({ status: 'FAILED' });
  });
});

describe('S12: toll fraud: a prefix whose codes are hardly ever confirmed', () => {
  const number = (index: number) => `+3361234${String(index).padStart(4, '0')}`;

  test('is stopped by itself, tried again with one message now and then, and open once one of those is confirmed', async () => {
    const { test: caller } = await gateway.workspace();
    for (let index = 0; index < PREFIX_CAP; index += 1) {
      expect(await send(caller, sms(number(index)))).toMatchObject({ __typename: 'VerificationSent' });
    }
    const probe = await send(caller, sms(number(100)));
    expect(probe).toMatchObject({ __typename: 'VerificationSent' });
    const refused = await send(caller, sms(number(101)));
    expect(refused).toMatchObject({ __typename: 'Refused', code: 'TOO_MANY' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(0);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(600);
    expect(await send(caller, sms('+33612350000'))).toMatchObject({ __typename: 'VerificationSent' });
    const input = { verificationId: probe.verification?.id, code: '123456' };
    expect(await caller.call('confirm', { input })).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await send(caller, sms(number(102)))).toMatchObject({ __typename: 'VerificationSent' });
  });

  test('goes on while one code in ten is confirmed', async () => {
    const { test: caller } = await gateway.workspace();
    for (let index = 0; index < 2 * PREFIX_CAP; index += 1) {
      const sent = await send(caller, sms(number(index)));
      expect(sent).toMatchObject({ __typename: 'VerificationSent' });
      const input = { verificationId: sent.verification?.id, code: '123456' };
      if (index % 10 === 5) await caller.call('confirm', { input });
    }
  });
});

describe('S12: a number that earns its owner money', () => {
  test.each([
    [
      'in a country that the workspace does not send to is COUNTRY_NOT_ELIGIBLE',
      '+93701234567',
      'COUNTRY_NOT_ELIGIBLE',
    ],
    ['at a premium rate is BAD_USER_INPUT', '+449098790000', 'BAD_USER_INPUT'],
  ])('%s, and nothing is written', async (_, to, code) => {
    const { test: caller } = await gateway.workspace();
    const { id: customerId } = await caller.createCustomer();
    const before = await rowCounts(gateway.sql);
    const { body } = await askSteps(caller, 'start', { customerId, steps: [sms(to)] });
    expect(body.data?.result?.code ?? body.errors?.[0]?.extensions.code).toBe(code);
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });
});
