/** Expected refusals of the main job: data, each with its code, and none of them moves a verification it should not. */
import { afterAll, describe, expect, test } from 'vitest';
import { GIVEN_BACK_AT_MOST } from '../../src/entities/verification.js';
import type { VerificationView } from '../support/caller.js';
import { expire, failedAttempts } from '../support/database-state.js';
import { startGateway } from '../support/harness.js';

const RIGHT = '123456';
const WRONG = '000000';
const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

async function started(input: Record<string, unknown> = {}) {
  const { test: caller } = await gateway.workspace();
  const customer = await caller.createCustomer({ region: 'FR', email: 'ada@example.com', phone: '+33612345678' });
  const verification = await caller.sendEmail(customer.id, input);
  return {
    caller,
    customer,
    verification,
    guess: (code: string) => caller.call('confirm', { input: { verificationId: verification.id, code } }),
    read: () => caller.call<VerificationView>('verification', { id: verification.id }),
  };
}

describe('guesses', () => {
  test('C7: are counted down, and the right one on the last attempt is accepted', async () => {
    const { guess } = await started({ maxAttempts: 3 });
    expect(await guess(WRONG)).toMatchObject({ __typename: 'CodeIncorrect', code: 'CODE_INCORRECT', attemptsLeft: 2 });
    expect(await guess(WRONG)).toMatchObject({ attemptsLeft: 1 });
    expect(await guess(RIGHT)).toMatchObject({
      __typename: 'VerificationConfirmed',
      verification: { failedAttempts: 2 },
    });
  });

  test('C3: C7: are refused once all attempts are spent, the right one too: ATTEMPTS_EXHAUSTED', async () => {
    const { guess, read, verification } = await started({ maxAttempts: 2 });
    await guess(WRONG);
    expect(await guess(WRONG)).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 0 });
    for (const code of [RIGHT, WRONG, RIGHT]) {
      expect(await guess(code)).toMatchObject({ __typename: 'Refused', code: 'ATTEMPTS_EXHAUSTED' });
    }
    expect(await read()).toMatchObject({
      status: 'FAILED',
      failedAttempts: 2,
      attemptsLeft: 0,
      resendAvailableAt: null,
    });
    await expire(gateway.sql, verification.id);
    expect(await guess(RIGHT)).toMatchObject({ code: 'ATTEMPTS_EXHAUSTED' });
  });

  test('C3: after expiry are refused and not counted: EXPIRED', async () => {
    const { guess, read, verification } = await started();
    await guess(WRONG);
    await expire(gateway.sql, verification.id);
    for (const code of [RIGHT, WRONG])
      expect(await guess(code)).toMatchObject({ __typename: 'Refused', code: 'EXPIRED' });
    expect(await read()).toMatchObject({ status: 'EXPIRED', failedAttempts: 1, resendAvailableAt: null });
  });

  test('at a verified one are refused and not counted: FINISHED', async () => {
    const { guess, read } = await started();
    const { verification } = await guess(RIGHT);
    for (const code of [RIGHT, WRONG])
      expect(await guess(code)).toMatchObject({ __typename: 'Refused', code: 'FINISHED' });
    expect(await read()).toMatchObject({ status: 'VERIFIED', failedAttempts: 0, verifiedAt: verification?.verifiedAt });
  });

  test('by customer meet the newest verification, whatever became of the one before', async () => {
    const { caller, customer, guess } = await started({ maxAttempts: 1 });
    await guess(WRONG);
    const { id } = await caller.sendEmail(customer.id);
    const outcome = await caller.call('confirmEmail', { input: { customerId: customer.id, code: RIGHT } });
    expect(outcome).toMatchObject({ __typename: 'VerificationConfirmed', verification: { id } });
  });

  test('at a verification that is not there are NOT_FOUND', async () => {
    const { caller } = await started();
    const input = { verificationId: 'Verification:01a1f9f3-2bb7-782f-bb89-9d961c4cf735', code: RIGHT };
    expect(await caller.call('confirm', { input })).toMatchObject({ __typename: 'Refused', code: 'NOT_FOUND' });
  });
});

describe('a contact', () => {
  test('that this customer has verified is not sent to again: ALREADY_VERIFIED', async () => {
    const { caller, customer, guess } = await started();
    await guess(RIGHT);
    for (const input of [{}, { email: 'ADA@example.com' }]) {
      const outcome = await caller.call('sendEmail', { input: { customerId: customer.id, ...input } });
      expect(outcome).toMatchObject({ __typename: 'Refused', code: 'ALREADY_VERIFIED' });
    }
  });

  test('C4: that another customer has verified is not sent to: CONTACT_IN_USE', async () => {
    const { caller, guess } = await started();
    await guess(RIGHT);
    const bob = await caller.createCustomer({ email: 'ada@EXAMPLE.com' });
    for (const input of [{}, { email: 'Ada@example.com' }]) {
      const outcome = await caller.call('sendEmail', { input: { customerId: bob.id, ...input } });
      expect(outcome).toMatchObject({ __typename: 'Refused', code: 'CONTACT_IN_USE' });
    }
  });

  test('C4: that another customer verified meanwhile cannot be taken over by a code sent before', async () => {
    const { caller, guess } = await started();
    const bob = await caller.createCustomer();
    const { id: verificationId } = await caller.sendEmail(bob.id, { email: 'ada@example.com' });
    await guess(RIGHT);
    const late = await caller.call('confirm', { input: { verificationId, code: RIGHT } });
    expect(late).toMatchObject({ __typename: 'Refused', code: 'CONTACT_IN_USE' });
    expect(await caller.call('customer', { id: bob.id })).toMatchObject({ email: null, contactPoints: [] });
    expect(await caller.call('verification', { id: verificationId })).toMatchObject({ verifiedAt: null });
    expect(await failedAttempts(gateway.sql, verificationId)).toBe(0);
  });

  test('attack: C4: C7: who asks with the right code whether a contact is free hears it a few times more and no others', async () => {
    const { caller, guess } = await started();
    const bob = await caller.createCustomer();
    const { id: verificationId } = await caller.sendEmail(bob.id, { email: 'ada@example.com', maxAttempts: 2 });
    await guess(RIGHT);
    const late = (code: string) => caller.call('confirm', { input: { verificationId, code } });
    expect(await late(WRONG)).toMatchObject({ attemptsLeft: 1 });
    for (let back = 1; back <= GIVEN_BACK_AT_MOST; back += 1) {
      expect(await late(RIGHT)).toMatchObject({ code: 'CONTACT_IN_USE' });
      expect(await failedAttempts(gateway.sql, verificationId)).toBe(1);
    }
    expect(await late(RIGHT)).toMatchObject({ code: 'CONTACT_IN_USE' });
    expect(await failedAttempts(gateway.sql, verificationId)).toBe(2);
    expect(await late(RIGHT)).toMatchObject({ code: 'ATTEMPTS_EXHAUSTED' });
  });

  test('of a customer that is not there is NOT_FOUND', async () => {
    const { caller } = await started();
    for (const customerId of ['Customer:01a1f9f3-2bb7-782f-bb89-9d961c4cf735', 'nobody', 'Verification:x']) {
      const outcome = await caller.call('sendEmail', { input: { customerId, email: 'a@example.com' } });
      expect(outcome).toMatchObject({ __typename: 'Refused', code: 'NOT_FOUND' });
    }
  });

  test('S12: in a country the workspace sends nothing to is COUNTRY_NOT_ELIGIBLE', async () => {
    const { caller, customer } = await started();
    const input = { customerId: customer.id, phoneNumber: '+93701234567' };
    expect(await caller.call('sendPhone', { input })).toMatchObject({ code: 'COUNTRY_NOT_ELIGIBLE' });
  });
});
