/** The fake Twilio is held to what Twilio's own client says, and the provider to what it says to Twilio. */
import { randomBytes } from 'node:crypto';
import twilio from 'twilio';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutboundMessage } from '../../src/providers/provider.js';
import { twilioMessagingProvider } from '../../src/providers/twilio-messaging.js';
import { startTwilio, TWILIO } from '../support/vendors/twilio.js';

const vendor = await startTwilio();
afterAll(() => vendor[Symbol.asyncDispose]());
beforeEach(() => vendor.misbehave());

/** Twilio's client, whose requests go to the fake. */
function client(authToken = TWILIO.authToken) {
  const made = twilio(TWILIO.accountSid, authToken, { autoRetry: false });
  const original = made.httpClient.request.bind(made.httpClient);
  made.httpClient.request = (options) =>
    original({ ...options, uri: options.uri.replace(/^https:\/\/[^/]+/, vendor.url) });
  return made;
}

describe('Twilio’s own client finds in the fake', () => {
  test('a message and a call that it made', async () => {
    const message = await client().messages.create({ to: '+4915123456789', from: '+15005550006', body: 'hello' });
    expect(message).toMatchObject({ sid: expect.stringMatching(/^SM/), status: 'queued' });
    const call = await client().calls.create({ to: '+4915123456789', from: '+15005550006', twiml: '<Response/>' });
    expect(call.sid).toMatch(/^CA/);
    expect(vendor.messages.at(-1)?.form).toMatchObject({ To: '+4915123456789', Body: 'hello' });
  });

  test('a content template with its variables', async () => {
    const contentVariables = JSON.stringify({ 1: '314159' });
    const sent = { to: 'whatsapp:+4915123456789', from: 'whatsapp:+15005550006' };
    await client().messages.create({ ...sent, contentSid: TWILIO.contentSid, contentVariables });
    expect(vendor.messages.at(-1)?.form).toMatchObject({
      ContentSid: TWILIO.contentSid,
      ContentVariables: contentVariables,
    });
  });

  test('its errors: bad credentials, a bad number, too many requests', async () => {
    const create = (made = client()) => made.messages.create({ to: '+49', from: '+15005550006', body: 'x' });
    await expect(create(client('wrong'))).rejects.toMatchObject({ status: 401, code: 20003 });
    vendor.misbehave('refuse');
    await expect(create()).rejects.toMatchObject({ status: 400, code: 21211 });
    vendor.misbehave('throttle');
    await expect(create()).rejects.toMatchObject({ status: 429, code: 20429 });
  });
});

const provider = twilioMessagingProvider(
  {
    baseUrl: vendor.url,
    accountSid: TWILIO.accountSid,
    authToken: TWILIO.authToken,
    messaging: { from: undefined, serviceSid: `MG${'0c'.repeat(16)}` },
    whatsapp: { from: '+15005550006', content: { en: TWILIO.contentSid, de: `HX${'0d'.repeat(16)}` } },
    voice: { from: '+15005550006' },
  },
  { allowLoopback: true },
  'https://gateway.example/callbacks/twilio-messaging',
);
afterAll(() => provider.close());
const message: OutboundMessage = {
  id: 'v.0.1',
  reference: 'w.v.0.1',
  channel: 'SMS',
  recipient: '+4915123456789',
  senderName: 'Acme',
  subject: '',
  text: 'Ihr Code: 314159',
  code: '314159',
  language: 'de',
  locale: 'de-DE',
};
const formOf = async (change: Partial<OutboundMessage> = {}) => {
  const { providerRef } = await provider.deliver({ ...message, ...change }, AbortSignal.timeout(5_000));
  return [...vendor.messages, ...vendor.calls].find(({ sid }) => sid === providerRef)?.form;
};

describe('the provider says to Twilio', () => {
  test('text, recipient and messaging service, and where to report: the reference is in the URL that is signed', async () => {
    expect(await formOf()).toEqual({
      To: '+4915123456789',
      MessagingServiceSid: `MG${'0c'.repeat(16)}`,
      Body: 'Ihr Code: 314159',
      StatusCallback: 'https://gateway.example/callbacks/twilio-messaging?message=w.v.0.1',
    });
  });

  test('whom a text is from, where the caller named a sender', async () => {
    const form = await formOf({ senderId: 'Acme' });
    expect(form).toMatchObject({ From: 'Acme' });
    expect(form).not.toHaveProperty('MessagingServiceSid');
  });

  test('the content template in the language of a WhatsApp message, and the code as its variable; no text', async () => {
    const form = await formOf({ channel: 'WHATSAPP' });
    expect(form).toMatchObject({
      To: 'whatsapp:+4915123456789',
      From: 'whatsapp:+15005550006',
      ContentSid: `HX${'0d'.repeat(16)}`,
      ContentVariables: '{"1":"314159"}',
    });
    expect(form).not.toHaveProperty('Body');
    expect(await formOf({ channel: 'WHATSAPP', locale: 'fr-FR' })).toMatchObject({ ContentSid: TWILIO.contentSid });
  });

  test('what a call says, in its language, escaped: a name with markup in it adds no verb', async () => {
    const text = 'Tom & "Co" <Dial>+1900</Dial>: 3, 1, 4';
    const form = await formOf({ channel: 'VOICE', text });
    expect(form?.['Twiml']).toContain(
      '<Say language="de-DE">Tom &amp; &quot;Co&quot; &lt;Dial&gt;+1900&lt;/Dial&gt;: 3, 1, 4</Say>',
    );
    expect(form?.['Twiml']).not.toContain('<Dial');
  });

  test.each([
    ['sv', 'sv-SE', 'sv-SE'],
    ['no', 'no-NO', 'nb-NO'],
    ['zh', 'zh-TW', 'zh-TW'],
    ['zh', 'zh-HK', 'zh-HK'],
    ['en', 'sv-SE', 'en-US'],
    ['en', 'zh-TW', 'en-US'],
    ['pt', 'pt-BR', 'pt-BR'],
    ['cy', 'cy-GB', 'en-US'],
  ])('a voice that reads %s for %s: %s', async (language, locale, voice) => {
    const form = await formOf({ channel: 'VOICE', language, locale });
    expect(form?.['Twiml']).toContain(`<Say language="${voice}">`);
  });
});

describe('U4: Twilio’s reports are believed where Twilio’s own client would believe them:', () => {
  const url = 'https://gateway.example/callbacks/twilio-messaging?message=w.v.0.1';
  const read = (params: Record<string, string>, { at = url, signature = sign(at, params) } = {}) =>
    provider.callbacks?.read({
      url: at,
      headers: { 'x-twilio-signature': signature },
      body: Buffer.from(new URLSearchParams(params).toString()),
    });
  const sign = (at: string, params: Record<string, string>, token = TWILIO.authToken) =>
    twilio.getExpectedTwilioSignature(token, at, params);

  test.each([
    [{ MessageStatus: 'delivered' }, 'DELIVERED'],
    [{ MessageStatus: 'read' }, 'DELIVERED'],
    [{ MessageStatus: 'sent' }, 'SENT'],
    [{ MessageStatus: 'undelivered', ErrorCode: '30003' }, 'FAILED'],
    [{ MessageStatus: 'failed' }, 'FAILED'],
    [{ CallStatus: 'completed' }, 'DELIVERED'],
    [{ CallStatus: 'no-answer' }, 'FAILED'],
  ])('%o is %s', async (params, status) => {
    const MessageSid = `SM${randomBytes(16).toString('hex')}`;
    expect(await read({ MessageSid, To: '+49 151', ...params })).toMatchObject([
      { message: { reference: 'w.v.0.1' }, status },
    ]);
  });

  test('on the way is no news', async () => {
    expect(await read({ MessageStatus: 'queued' })).toEqual([]);
  });

  const ported = (port: string) => url.replace('.example', `.example${port}`);
  test.each([
    ['', ':443', true],
    [':443', '', true],
    [':8443', '', true],
    [':8443', ':8443', true],
    ['', ':8443', false],
    [':8443', ':9443', false],
    [':8443', ':443', false],
  ])('with the port %o in the address it was given, and %o in what it signed: %s', async (given, signed, believed) => {
    const params = { MessageStatus: 'delivered' };
    const [at, signature] = [ported(given), sign(ported(signed), params)];
    expect(twilio.validateRequest(TWILIO.authToken, signature, at, params)).toBe(believed);
    const reading = read(params, { at, signature });
    if (believed) expect(await reading).toMatchObject([{ status: 'DELIVERED' }]);
    else await expect(reading).rejects.toMatchObject({ name: 'CallbackRefused' });
  });

  test.each<[string, () => Promise<unknown> | undefined]>([
    ['unsigned', () => read({ MessageStatus: 'delivered' }, { signature: '' })],
    [
      'signed with another token',
      () => read({ MessageStatus: 'failed' }, { signature: sign(url, { MessageStatus: 'failed' }, 'other') }),
    ],
    [
      'whose parameters were changed',
      () => read({ MessageStatus: 'delivered' }, { signature: sign(url, { MessageStatus: 'failed' }) }),
    ],
    [
      'about another message',
      () => read({ MessageStatus: 'failed' }, { at: `${url}2`, signature: sign(url, { MessageStatus: 'failed' }) }),
    ],
    [
      'to another host',
      () =>
        read(
          { MessageStatus: 'failed' },
          { signature: sign(url.replace('gateway', 'evil'), { MessageStatus: 'failed' }) },
        ),
    ],
  ])('one that is %s is refused', async (_, reading) => {
    await expect(reading()).rejects.toMatchObject({ name: 'CallbackRefused' });
  });
});
