/** What the providers of Bird's two Verify APIs make of each answer that Bird is known to give, and of what it might. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { birdVerifyProvider } from '../../src/providers/bird-verify.js';
import { birdVerifyV1Provider } from '../../src/providers/bird-verify-v1.js';
import { startAnswering } from '../support/vendors/answering.js';
import { BIRD } from '../support/vendors/bird.js';
import { BIRD_VERIFY } from '../support/vendors/bird-verify.js';
import { BIRD_V1 } from '../support/vendors/bird-verify-v1.js';
import { json } from '../support/vendors/vendor.js';

const door = { allowLoopback: true };
const { vendor, says, kept, close } = await startAnswering();
afterAll(close);
beforeEach(() => vendor.misbehave());

describe('U1: bird-verify', () => {
  const { accessKey, workspaceId } = BIRD;
  const channels = { SMS: { channelId: BIRD_VERIFY.smsChannelId } };
  const provider = kept(birdVerifyProvider({ baseUrl: vendor.url, accessKey, workspaceId, channels }, door));
  const stands = (status?: string, failedAttempts = 1, id = 'ref') => ({ id, status, failedAttempts, maxAttempts: 3 });

  test.each([
    [json(200, stands('verified')), 'CORRECT'],
    [json(202, stands('verified')), 'CORRECT'],
    // A success that does not say so is none.
    [json(200, stands('accepted')), 'INCORRECT'],
    [json(200, stands('pending')), 'INCORRECT'],
    [json(202, stands('pending', 3)), 'ENDED'],
    [json(200, stands('failed')), 'ENDED'],
    [json(200, stands('expired')), 'ENDED'],
    [json(200, stands()), 'UNCLEAR'],
    [json(200, stands('something new')), 'UNCLEAR'],
    [json(200, stands('verified', 0, 'another')), 'UNCLEAR'],
    [json(401, { code: 'Unauthorized' }), 'DOWN'],
    [json(404, { code: 'NotFound' }), 'ENDED'],
  ])('attack: a wrong guess is not taken for a right one by its status alone: %o is %s', async (answer, result) => {
    expect(await says(provider, answer).checked()).toBe(result);
  });
});

describe('U1: bird-verify-v1', () => {
  const provider = kept(birdVerifyV1Provider({ baseUrl: vendor.url, apiKey: BIRD_V1.apiKey }, door));
  const checked = (success: boolean, reason: string | null, attempts_remaining: number | null) =>
    json(200, { success, reason, attempts_remaining, verification: {} });

  test.each([
    [checked(true, null, null), 'CORRECT'],
    [checked(false, 'incorrect_code', 2), 'INCORRECT'],
    [checked(false, 'incorrect_code', 0), 'ENDED'],
    [checked(false, 'expired', null), 'ENDED'],
    [checked(false, 'attempts_exhausted', null), 'ENDED'],
    [json(404, { code: 'E13000' }), 'ENDED'],
    [json(409, { code: 'E01004' }), 'RETRY'],
    [json(422, { name: 'InvalidRecipient' }), 'FINAL'],
    // It may be one recipient's share of an hour that is spent: nobody else waits for it.
    [json(429, {}, { 'retry-after': '9' }), 'RETRY'],
    [json(200, { verification: {} }), 'UNCLEAR'],
  ])('to a guess: %o is %s', async (answer, result) => {
    expect(await says(provider, answer).checked()).toBe(result);
  });

  test.each([
    [json(200, { id: '1', status: 'pending', last_channel: null }), {}],
    // Fraud, or no channel that delivers.
    [json(200, { id: '1', status: 'blocked' }), 'FINAL'],
    [json(200, { id: '1', status: 'failed', reason: 'undeliverable' }), 'FINAL'],
    [json(402, { type: 'billing_error' }), 'DOWN'],
    [json(421, { type: 'misdirected_error' }), 'DOWN'],
    [json(422, { name: 'NoAvailableChannel' }), 'FINAL'],
    [json(429, {}, { 'retry-after': '9' }), 'RETRY'],
    [json(503, { code: 'E01033' }), 'DOWN'],
    [json(200, { id: '1' }), 'UNCLEAR'],
  ])('to a send: %o is %s', async (answer, started) => {
    expect(await says(provider, answer).started()).toEqual(started);
  });
});
