/** What the providers that hold the code say to their vendors, and what they make of the vendors' own words. */
import twilio from 'twilio';
import { afterAll, describe, expect, test } from 'vitest';
import { birdVerifyProvider } from '../../src/providers/bird-verify.js';
import { easyConnectProvider } from '../../src/providers/easy-connect.js';
import { ezidProvider } from '../../src/providers/ezid.js';
import { lightsparkGridProvider } from '../../src/providers/lightspark-grid.js';
import type { StartRequest } from '../../src/providers/provider.js';
import { transmitSecurityProvider } from '../../src/providers/transmit-security.js';
import { twilioVerifyProvider } from '../../src/providers/twilio-verify.js';
import { BIRD } from '../support/vendors/bird.js';
import { BIRD_VERIFY, startBirdVerify } from '../support/vendors/bird-verify.js';
import { EASY, startEasy } from '../support/vendors/easy.js';
import { EZID, startEzid } from '../support/vendors/ezid.js';
import { GRID, startGrid } from '../support/vendors/grid.js';
import { startTransmit, TRANSMIT } from '../support/vendors/transmit.js';
import { TWILIO } from '../support/vendors/twilio.js';
import { startTwilioVerify, TWILIO_NUMBERS, TWILIO_VERIFY } from '../support/vendors/twilio-verify.js';

const NUMBER = '+4915123456789';
const LOOPBACK = { allowLoopback: true };
const soon = () => AbortSignal.timeout(5_000);
const request: StartRequest = {
  id: 'v.0.1',
  channel: 'SMS',
  recipient: NUMBER,
  locale: 'de-DE',
  codeLength: 6,
  timeoutSeconds: 90,
  maxAttempts: 3,
  appName: 'Acme',
  subject: { platformCustomerId: 'shop/42' },
};
const guess = { ...request, code: '000000', updatePrimary: false };
const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));
function kept<Made extends { close(): Promise<void> }>(made: Made): Made {
  closing.push(() => made.close());
  return made;
}

describe('U1: Twilio Verify', async () => {
  const vendor = kept(await startTwilioVerify());
  const { accountSid, authToken } = TWILIO;
  const provider = kept(
    twilioVerifyProvider({ ...TWILIO_VERIFY, baseUrl: vendor.url, accountSid, authToken }, LOOPBACK),
  );

  /** Twilio's own client, whose requests go to the fake. */
  const service = (token = authToken) => {
    const made = twilio(accountSid, token, { autoRetry: false });
    const original = made.httpClient.request.bind(made.httpClient);
    made.httpClient.request = (options) =>
      original({ ...options, uri: options.uri.replace(/^https:\/\/[^/]+/, vendor.url) });
    return made.verify.v2.services(TWILIO_VERIFY.serviceSid);
  };

  test('the fake is Twilio to Twilio’s own client: create, wrong, right, canceled, forgotten, unauthorized', async () => {
    const to = '+4915100000001';
    const { sid, status } = await service().verifications.create({ to, channel: 'sms' });
    expect(status).toBe('pending');
    const { code = '' } = vendor.book.sent.at(-1) ?? {};
    const wrong = await service().verificationChecks.create({ verificationSid: sid, code: '0000' });
    expect(wrong).toMatchObject({ status: 'pending', valid: false });
    const right = await service().verificationChecks.create({ to, code });
    expect(right).toMatchObject({ status: 'approved', valid: true });
    await expect(service().verificationChecks.create({ to, code })).rejects.toMatchObject({ status: 404, code: 20404 });
    const other = await service().verifications.create({ to, channel: 'call' });
    expect(await service().verifications(other.sid).update({ status: 'canceled' })).toMatchObject({
      status: 'canceled',
    });
    const refused = service('wrong').verifications.create({ to, channel: 'sms' });
    await expect(refused).rejects.toMatchObject({ status: 401, code: 20003 });
  });

  test('a code that Twilio’s own client had sent is right for the provider, and the other way round', async () => {
    const to = '+4915100000002';
    const { sid } = await service().verifications.create({ to, channel: 'sms' });
    const { code = '' } = vendor.book.find({ to }) ?? {};
    expect(await provider.check({ ...guess, recipient: to, providerRef: sid, code }, soon())).toBe('CORRECT');
    const { providerRef = '' } = await provider.start({ ...request, recipient: to }, soon());
    const made = vendor.book.find({ id: providerRef });
    const checked = await service().verificationChecks.create({ verificationSid: providerRef, code: made?.code ?? '' });
    expect(checked.status).toBe('approved');
  });

  test.each([
    ['de-DE', 'de'],
    ['pt-BR', 'pt-BR'],
    ['fil-PH', 'tl'],
    ['no', 'nb'],
    ['cy-GB', undefined],
  ])('the locale %s is %s there', async (locale, told) => {
    await provider.start({ ...request, recipient: '+4915100000004', locale }, soon());
    expect(vendor.created.at(-1)?.['Locale']).toBe(told);
  });

  test.each(Object.keys(TWILIO_NUMBERS).filter((number) => number !== '+15005550212'))(
    'what Twilio says about %s alone closes the way for nobody else: neither throttling nor bad credentials',
    async (recipient) => {
      const { code } = TWILIO_NUMBERS[recipient] ?? { code: 0 };
      const refused = provider.start({ ...request, recipient }, soon());
      await expect(refused).rejects.toMatchObject({ kind: 'FINAL', reason: `twilio-verify refused it (${code})` });
    },
  );

  test('too many requests at once for one number are tried again, and keep nobody else waiting', async () => {
    const refused = await provider.start({ ...request, recipient: '+15005550212' }, soon()).catch((error) => error);
    expect(refused).toMatchObject({ kind: 'RETRY', retryAfterSeconds: undefined });
  });

  test('a fifth send of one verification is refused for this number', async () => {
    const recipient = '+4915100000003';
    for (let sends = 1; sends <= 5; sends += 1) await provider.start({ ...request, recipient }, soon());
    await expect(provider.start({ ...request, recipient }, soon())).rejects.toMatchObject({ kind: 'FINAL' });
    expect(
      vendor.book.sent.filter(({ to }) => to === recipient),
      'one code',
    ).toHaveLength(1);
  });
});

test('U1: Bird is told length, time, attempts, locale and the one step; a resend is Bird’s own, with the same code', async () => {
  const vendor = kept(await startBirdVerify());
  const { accessKey, workspaceId } = BIRD;
  const channels = { SMS: { channelId: BIRD_VERIFY.smsChannelId } };
  const provider = kept(birdVerifyProvider({ baseUrl: vendor.url, accessKey, workspaceId, channels }, LOOPBACK));
  const { providerRef } = await provider.start({ ...request, codeLength: 8 }, soon());
  expect(vendor.created).toEqual([
    {
      identifier: { phonenumber: NUMBER },
      locale: 'de-DE',
      maxAttempts: 3,
      timeout: 90,
      codeLength: 8,
      steps: [{ channelId: BIRD_VERIFY.smsChannelId }],
    },
  ]);
  expect(await provider.resend?.({ ...request, providerRef, position: 0 }, soon())).toEqual({ providerRef });
  expect(vendor.book.sent).toMatchObject([{ sends: 2 }]);
  vendor.book.expire();
  const again = await provider.resend?.({ ...request, providerRef, position: 0 }, soon());
  expect(again?.providerRef, 'it had ended there: a new one').not.toBe(providerRef);
});

describe('U1: Transmit Security', async () => {
  const vendor = kept(await startTransmit());
  const provider = kept(transmitSecurityProvider({ baseUrl: vendor.url, emailLinks: false }, LOOPBACK));
  const subject = { ...request.subject, userToken: TRANSMIT.userToken };

  test('is told the caller’s text and sender, and whether the contact becomes the primary one', async () => {
    const customMessage = '{otp} for {app}';
    await provider.start({ ...request, subject, customMessage, senderId: 'Acme' }, soon());
    expect(vendor.said.at(-1)).toEqual({ phone_number: NUMBER, custom_message: customMessage, sender_id: 'Acme' });
    await provider.check({ ...guess, providerRef: undefined, subject, updatePrimary: true }, soon());
    expect(vendor.said.at(-1)).toEqual({ phone_number: NUMBER, passcode: '000000', update_primary: true });
  });

  test('is told the texts and the logo of an email, whose subject it requires', async () => {
    const mail = { ...request, channel: 'EMAIL', recipient: 'ada@example.com', subject } as const;
    await provider.start({ ...mail, email: { headerText: 'Hello', logo: { base64: 'iVBORw0K' } } }, soon());
    expect(vendor.said.at(-1)).toEqual({
      email: 'ada@example.com',
      email_content: { subject: 'Acme', headerText: 'Hello', base64logo: 'iVBORw0K' },
    });
  });

  test('is not asked at all without a user’s token', async () => {
    const asked = vendor.requests.length;
    await expect(provider.start(request, soon())).rejects.toMatchObject({ kind: 'FINAL' });
    expect(vendor.requests).toHaveLength(asked);
  });
});

describe('U1: Lightspark Grid', async () => {
  const vendor = kept(await startGrid());
  const provider = kept(lightsparkGridProvider({ baseUrl: vendor.url, ...GRID }, LOOPBACK));
  const enroll = (platformCustomerId: string, phoneNumber = NUMBER) =>
    vendor.enroll(platformCustomerId, { phoneNumber });
  const asking = (platformCustomerId: string) => ({ ...request, subject: { platformCustomerId } });

  test('an attacker cannot have another number verified by a code that Grid sends to its own: nothing is sent', async () => {
    enroll('another-number', '+4915199999999');
    const refused = provider.start(asking('another-number'), soon());
    await expect(refused).rejects.toMatchObject({
      kind: 'FINAL',
      reason: 'lightspark-grid has another phone of the customer',
    });
    expect(vendor.book.sent).toEqual([]);
  });

  test('a number that was changed at Grid between send and confirm is not verified by its code', async () => {
    const customer = enroll('changed');
    const { providerRef } = await provider.start(asking('changed'), soon());
    customer.phoneNumber = '+4915188888888';
    const { code } = vendor.book.make(customer.phoneNumber);
    const subject = { platformCustomerId: 'changed' };
    expect(await provider.check({ ...guess, providerRef, subject, code }, soon())).toBe('ENDED');
  });

  test('nobody is asked for a customer that Grid does not know, has twice, or has verified', async () => {
    await expect(provider.start(asking('stranger'), soon())).rejects.toMatchObject({ kind: 'FINAL' });
    enroll('twice');
    enroll('twice');
    await expect(provider.start(asking('twice'), soon())).rejects.toMatchObject({ kind: 'FINAL' });
    enroll('verified').contactVerification.phone = 'VERIFIED';
    await expect(provider.start(asking('verified'), soon())).rejects.toMatchObject({ kind: 'FINAL' });
  });
});

test('U1: EZiD’s echo of the code and its tokens go no further than the provider; minutes are rounded up', async () => {
  const vendor = kept(await startEzid());
  const provider = kept(ezidProvider({ baseUrl: vendor.url, ...EZID }, LOOPBACK));
  const started = await provider.start(request, soon());
  const [sent] = vendor.book.sent;
  expect(Object.keys(started)).toEqual(['providerRef']);
  expect(started.providerRef).toBe(sent?.id);
  expect(JSON.parse(vendor.requests[0]?.body.toString() ?? '')).toMatchObject({
    digits: 6,
    expiry: 2,
    channel: 'phone',
  });
  const { providerRef } = started;
  expect(await provider.check({ ...guess, providerRef, code: sent?.code ?? '' }, soon())).toBe('CORRECT');
});

test('U1: Easy-Connect is asked by the customer’s email; whatever its reason, an unsent code is one', async () => {
  const vendor = kept(await startEasy());
  const provider = kept(easyConnectProvider({ baseUrl: vendor.url, ...EASY }, LOOPBACK));
  const subject = { platformCustomerId: 'x', email: 'stranger@example.com' };
  const refused = provider.start({ ...request, subject }, soon());
  await expect(refused).rejects.toMatchObject({ kind: 'FINAL', reason: expect.stringContaining('does not say why') });
  await expect(provider.start(request, soon())).rejects.toMatchObject({ kind: 'FINAL' });
  expect(vendor.requests, 'not without an email').toHaveLength(1);
});
