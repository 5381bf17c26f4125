/** What a provider makes of each answer that its vendor is known to give: statuses, codes and shapes of errors. Bird's are beside. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { easyConnectProvider } from '../../src/providers/easy-connect.js';
import { ezidProvider } from '../../src/providers/ezid.js';
import { lightsparkGridProvider } from '../../src/providers/lightspark-grid.js';
import { transmitSecurityProvider } from '../../src/providers/transmit-security.js';
import { twilioVerifyProvider } from '../../src/providers/twilio-verify.js';
import { NUMBER, outcomeOf, REQUEST, soon, startAnswering } from '../support/vendors/answering.js';
import { EASY } from '../support/vendors/easy.js';
import { EZID, startEzid } from '../support/vendors/ezid.js';
import { GRID, startGrid } from '../support/vendors/grid.js';
import { TWILIO } from '../support/vendors/twilio.js';
import { TWILIO_VERIFY } from '../support/vendors/twilio-verify.js';
import { json } from '../support/vendors/vendor.js';

const door = { allowLoopback: true };
const { vendor, says, kept, close } = await startAnswering();
afterAll(close);
beforeEach(() => vendor.misbehave());

describe('U1: twilio-verify', () => {
  const { accountSid, authToken } = TWILIO;
  const provider = kept(twilioVerifyProvider({ ...TWILIO_VERIFY, baseUrl: vendor.url, accountSid, authToken }, door));
  const error = (status: number, code: number) => json(status, { code, message: 'No', status }, { 'retry-after': '9' });

  test.each([
    // No such service, which is nothing about the recipient.
    [404, 20404, 'DOWN 9', 'ENDED'],
    [401, 20003, 'DOWN 9', 'DOWN 9'],
    [429, 20429, 'RETRY 9', 'RETRY 9'],
    [400, 60200, 'FINAL 9', 'FINAL 9'],
    [429, 60202, 'FINAL 9', 'ENDED'],
    [429, 60203, 'FINAL 9', 'FINAL 9'],
    [403, 60205, 'FINAL 9', 'FINAL 9'],
    [429, 60207, 'RETRY 9', 'RETRY 9'],
    // One number's, so that nobody else waits for it.
    [429, 60212, 'RETRY', 'RETRY'],
    [403, 60220, 'FINAL 9', 'FINAL 9'],
    [403, 60605, 'FINAL 9', 'FINAL 9'],
    [429, 99999, 'RETRY 9', 'RETRY 9'],
    [503, 99999, 'DOWN 9', 'DOWN 9'],
  ])('status %i with code %i: a send is %s, a guess %s', async (status, code, started, checked) => {
    const asked = says(provider, error(status, code));
    expect([await asked.started(), await asked.checked()]).toEqual([started, checked]);
  });

  test.each([
    ['approved', 'CORRECT'],
    ['pending', 'INCORRECT'],
    ['canceled', 'ENDED'],
    ['max_attempts_reached', 'ENDED'],
    ['deleted', 'ENDED'],
    ['failed', 'ENDED'],
    ['expired', 'ENDED'],
    ['something new', 'UNCLEAR'],
  ])('a check whose status is %s is %s', async (status, checked) => {
    expect(await says(provider, json(201, { sid: 'VE1', status, valid: status === 'approved' })).checked()).toBe(
      checked,
    );
  });

  test('a cancellation of what Twilio has forgotten is done, and one that it throttles is not', async () => {
    expect(await says(provider, error(404, 20404)).canceled()).toBeUndefined();
    expect(await says(provider, error(429, 20429)).canceled()).toBe('RETRY 9');
  });
});

describe('U1: transmit-security', () => {
  const provider = kept(transmitSecurityProvider({ baseUrl: vendor.url, emailLinks: false }, door));
  const error = (status: number, error_code: string) => json(status, { error_code, message: 'No' });

  test.each([
    [json(200, { message: 'SMS sent' }), {}, 'UNCLEAR'],
    [json(200, { result: true }), {}, 'CORRECT'],
    [json(200, { result: false }), {}, 'INCORRECT'],
    [error(400, 'auth_invalid_credentials'), 'FINAL', 'INCORRECT'],
    [error(400, 'auth_otp_passcode_expired'), 'FINAL', 'ENDED'],
    [error(404, 'user_not_found'), 'FINAL', 'ENDED'],
    [error(409, 'already_verified'), 'FINAL', 'ENDED'],
    // The credentials are one user's.
    [error(401, 'unauthorized'), 'FINAL', 'FINAL'],
    [error(403, 'user_not_active'), 'FINAL', 'FINAL'],
  ])('%o: a send is %s, a guess %s', async (answer, started, checked) => {
    const asked = says(provider, answer);
    expect([await asked.started(), await asked.checked()]).toEqual([started, checked]);
  });

  test('every call speaks for the user: their token and no other credential is on it', async () => {
    const asked = says(provider, json(200, { result: true }));
    await asked.started();
    await asked.checked();
    const calls = vendor.requests.slice(-2);
    expect(calls.map(({ path }) => path)).toEqual([
      '/v1/verification/otp/sms/send',
      '/v1/verification/otp/sms/validate',
    ]);
    for (const { headers } of calls) expect(headers.authorization).toBe('Bearer user-token-hunter2');
  });
});

describe('U1: lightspark-grid', async () => {
  const guessed = kept(lightsparkGridProvider({ baseUrl: vendor.url, ...GRID }, door));
  const customer = { id: 'Customer:1', platformCustomerId: 'shop/42', phoneNumber: NUMBER };

  test.each([
    [json(200, { ...customer, contactVerification: { phone: 'VERIFIED' } }), 'CORRECT'],
    // As its document shows it: without the number, which is no other number.
    [json(200, { ...customer, phoneNumber: undefined, contactVerification: { phone: 'VERIFIED' } }), 'CORRECT'],
    [json(200, { ...customer, phoneNumber: null, contactVerification: { phone: 'VERIFIED' } }), 'CORRECT'],
    // A success that does not say so is none.
    [json(200, { ...customer, contactVerification: { phone: 'PENDING' } }), 'UNCLEAR'],
    [json(200, { ...customer, contactVerification: { email: 'VERIFIED' } }), 'UNCLEAR'],
    [json(200, customer), 'UNCLEAR'],
    [json(200, { ...customer, phoneNumber: '+4915100000000', contactVerification: { phone: 'VERIFIED' } }), 'ENDED'],
    [json(400, { code: 'INVALID_INPUT' }), 'INCORRECT'],
    [json(401, { code: 'UNAUTHORIZED' }), 'DOWN'],
    [json(404, { code: 'USER_NOT_FOUND' }), 'ENDED'],
    [json(409, { code: 'CONFLICT' }), 'ENDED'],
    [json(500, {}), 'DOWN'],
  ])('a guess to which Grid says %o is %s', async (answer, result) => {
    expect(await says(guessed, answer).checked()).toBe(result);
  });

  test('a send is 204, for the customer of that platform id, by Basic credentials; 409 is no fault of Grid’s', async () => {
    const grid = kept(await startGrid());
    const provider = kept(lightsparkGridProvider({ baseUrl: grid.url, ...GRID }, door));
    const known = grid.enroll('shop/42', { phoneNumber: NUMBER });
    expect(await provider.start(REQUEST, soon())).toEqual({ providerRef: known.id });
    const [found, sent] = grid.requests;
    expect(found?.query.get('platformCustomerId')).toBe('shop/42');
    expect(sent?.path).toBe(`/customers/${encodeURIComponent(known.id)}/verify-phone`);
    const basic = `Basic ${Buffer.from(`${GRID.tokenId}:${GRID.clientSecret}`).toString('base64')}`;
    for (const { headers, body } of grid.requests) {
      expect(headers.authorization).toBe(basic);
      // Many servers refuse a JSON body that is empty.
      expect({ body: String(body), type: headers['content-type'] }).toEqual({ body: '', type: undefined });
    }
    known.contactVerification.phone = 'VERIFIED';
    expect(await outcomeOf(provider.start(REQUEST, soon()))).toBe('FINAL');
  });
});

describe('U1: ezid', () => {
  const provider = kept(ezidProvider({ baseUrl: vendor.url, ...EZID }, door));
  const reason = (text: string, status = 400) => json(status, { success: false, reason: text });

  test.each([
    [json(200, { otp: '314159', login_id: 'ref' }), { providerRef: 'ref' }],
    [json(200, { otp: '314159' }), 'UNCLEAR'],
    [reason('Invalid Client Secret', 200), 'DOWN'],
    [reason('Invalid Client ID'), 'DOWN'],
    [json(400, { error: 'Invalid Client Secret' }), 'DOWN'],
    [reason('Invalid signature', 401), 'DOWN'],
    [reason('Invalid target'), 'FINAL'],
  ])('to a send: %o is %s', async (answer, started) => {
    expect(await says(provider, answer).started()).toEqual(started);
  });

  test.each([
    [json(200, { access_token: 'eyJ.a', id_token: 'eyJ.i', refresh_token: 'r' }), 'CORRECT'],
    [json(200, { id_token: 'eyJ.i' }), 'UNCLEAR'],
    // One shape of errors, whatever the status, and the other.
    [json(400, { error: 'otp invalid' }), 'INCORRECT'],
    [json(200, { error: 'otp invalid' }), 'INCORRECT'],
    [json(401, { error: 'otp invalid' }), 'INCORRECT'],
    [json(400, { error: 'otp expired' }), 'ENDED'],
    // Refused credentials are nobody's wrong guess, in either shape.
    [reason('Invalid Client Secret', 200), 'DOWN'],
    [json(400, { error: 'Invalid Client Secret' }), 'DOWN'],
    [json(200, { error: 'Invalid Client ID' }), 'DOWN'],
    [json(200, { error: 'unauthorized' }), 'DOWN'],
    [json(401, { error: 'invalid signature' }), 'DOWN'],
    [reason('Invalid signature', 401), 'DOWN'],
    [json(403, { error: 'token expired' }), 'DOWN'],
    [json(429, { error: 'too many requests of this client' }), 'RETRY'],
    [json(500, { error: 'otp invalid' }), 'DOWN'],
  ])('to a guess: %o is %s', async (answer, checked) => {
    expect(await says(provider, answer).checked()).toBe(checked);
  });

  test('is asked to refresh a token that nobody was given, which tells whether the client is known', async () => {
    const ezid = kept(await startEzid());
    const known = kept(ezidProvider({ baseUrl: ezid.url, ...EZID }, door));
    await known.probe(soon());
    expect(ezid.requests.map(({ path }) => path)).toEqual(['/refresh']);
    expect(JSON.parse(ezid.requests[0]?.body.toString() ?? '')).toEqual({
      client_id: EZID.clientId,
      client_secret: EZID.clientSecret,
      refresh_token: '00000000-0000-4000-8000-000000000000',
    });
    expect(await says(provider, json(400, { error: 'refresh token invalid' })).probed()).toBeUndefined();
    expect(await says(provider, reason('Invalid Client Secret', 200)).probed()).toBe('DOWN');
    expect(await says(provider, json(401, {})).probed()).toBe('DOWN');
  });
});

describe('U1: easy-connect', () => {
  const provider = kept(easyConnectProvider({ ...EASY, baseUrl: vendor.url, sendPath: '/v2/send-it' }, door));
  const success = (data: unknown) => json(200, { success: true, timestamp: 'now', data, message: 'OK' });
  const error = (status: number, code: string) => json(status, { success: false, error: { code, message: 'No' } });

  test.each([
    [success({ sent: true }), {}, 'CORRECT'],
    [json(200, { sent: true }), {}, 'UNCLEAR'],
    [success({ sent: false }), 'FINAL', 'CORRECT'],
    [success(null), 'UNCLEAR', 'CORRECT'],
    [error(400, 'invalid_otp'), 'FINAL', 'INCORRECT'],
    [error(400, 'otp_expired'), 'FINAL', 'ENDED'],
    [error(400, 'max_attempts_reached'), 'FINAL', 'ENDED'],
    [error(404, 'verification_not_found'), 'FINAL', 'ENDED'],
    [error(401, 'unauthorized'), 'DOWN', 'DOWN'],
    [error(403, 'invalid_api_key'), 'DOWN', 'DOWN'],
    // Refused credentials are nobody's wrong guess, whatever they are called.
    [error(401, 'UNAUTHENTICATED'), 'DOWN', 'DOWN'],
    [error(401, 'INVALID_TOKEN'), 'DOWN', 'DOWN'],
    [error(401, 'TOKEN_DECODE_FAILED'), 'DOWN', 'DOWN'],
    [error(403, 'session_expired'), 'DOWN', 'DOWN'],
    [error(401, 'INVALID_CODE'), 'DOWN', 'INCORRECT'],
    [error(403, 'passcode_expired'), 'DOWN', 'ENDED'],
    [error(403, 'max_attempts_reached'), 'DOWN', 'ENDED'],
    [error(500, 'internal'), 'DOWN', 'DOWN'],
  ])('%o: a send is %s, a guess %s', async (answer, started, checked) => {
    const asked = says(provider, answer);
    expect([await asked.started(), await asked.checked()]).toEqual([started, checked]);
  });

  test('is sent to by the configured path, and asked about guesses by the published one, with its key', async () => {
    const asked = says(provider, success({ sent: true }));
    await asked.started();
    await asked.checked();
    const [sent, checked] = vendor.requests.slice(-2);
    expect([sent?.path, checked?.path]).toEqual(['/v2/send-it', '/v1/api/easy-connect/verify']);
    for (const each of [sent, checked]) expect(each?.headers['x-easy-api-key']).toBe(EASY.apiKey);
    expect(JSON.parse(checked?.body.toString() ?? '')).toEqual({ email: 'ada@example.com', code: '314159' });
  });
});
