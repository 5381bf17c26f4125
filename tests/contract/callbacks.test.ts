/** Callbacks of the other vendors: who is believed, and what is understood. */
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { amazonSnsProvider } from '../../src/providers/amazon-sns.js';
import { birdChannelsProvider } from '../../src/providers/bird-channels.js';
import type { CallbackRequest } from '../../src/providers/callback.js';
import { httpProvider } from '../../src/providers/http-webhook.js';
import type { DeliveryProvider } from '../../src/providers/provider.js';
import { TOLERANCE_SECONDS } from '../../src/providers/signature.js';
import { BIRD } from '../support/vendors/bird.js';
import { SNS, startSns } from '../support/vendors/sns.js';
import { SNS_PUBLIC_KEY, SNS_TOPIC, snsNotification } from '../support/vendors/sns-notification.js';
import { WEBHOOK_SECRET } from '../support/vendors/webhook-sink.js';

const NOW_SECONDS = Math.floor(Date.now() / 1000);
const URL_OF = (name: string) => `https://gateway.example/callbacks/${name}`;
const closing: DeliveryProvider[] = [];
afterAll(() => Promise.all(closing.map((each) => each.close())));
const kept = (provider: DeliveryProvider) => {
  closing.push(provider);
  return provider;
};
const refused = { name: 'CallbackRefused' };

describe('U4: http: a report signed after Standard Webhooks', () => {
  const provider = kept(
    httpProvider({ baseUrl: 'http://127.0.0.1:1', secret: WEBHOOK_SECRET, channels: ['SMS'] }, { allowLoopback: true }),
  );
  const webhook = new Webhook(WEBHOOK_SECRET);
  const request = (payload: unknown, { at = NOW_SECONDS, by = webhook } = {}): CallbackRequest => {
    const body = JSON.stringify(payload);
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(at),
      'webhook-signature': by.sign('msg_1', new Date(at * 1000), body),
    };
    return { url: URL_OF('http'), headers, body: Buffer.from(body) };
  };
  const read = (given: CallbackRequest) => provider.callbacks?.read(given);
  const delivered = { type: 'message.delivered', data: { reference: 'w.v.0.1' } };

  test('is read, also beside signatures of a secret that is being rotated out', async () => {
    const reports = [{ message: { reference: 'w.v.0.1' }, status: 'DELIVERED' }];
    expect(await read(request(delivered))).toEqual(reports);
    const { headers, ...rest } = request(delivered);
    const both = { ...headers, 'webhook-signature': `v1,AAAA v1a,BBBB ${headers['webhook-signature']}` };
    expect(await read({ ...rest, headers: both })).toEqual(reports);
  });

  test('is refused with another secret, another body, another id, no header, or too old or too new a timestamp', async () => {
    const good = request(delivered);
    const other = new Webhook(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    await expect(read(request(delivered, { by: other }))).rejects.toMatchObject(refused);
    await expect(read({ ...good, body: Buffer.from(JSON.stringify({ ...delivered, x: 1 })) })).rejects.toMatchObject(
      refused,
    );
    await expect(read({ ...good, headers: { ...good.headers, 'webhook-id': 'msg_2' } })).rejects.toMatchObject(refused);
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
      await expect(read({ ...good, headers: { ...good.headers, [name]: undefined } })).rejects.toMatchObject(refused);
    for (const at of [NOW_SECONDS - TOLERANCE_SECONDS - 5, NOW_SECONDS + TOLERANCE_SECONDS + 5])
      await expect(read(request(delivered, { at }))).rejects.toMatchObject(refused);
  });

  test('that is about something else is no report', async () => {
    expect(await read(request({ type: 'message.clicked', data: { reference: 'w.v.0.1' } }))).toEqual([]);
    expect(await read(request({ type: 'message.delivered' }))).toEqual([]);
  });
});

describe('U4: bird-channels: an event signed over timestamp, URL and body', () => {
  const provider = kept(birdChannelsProvider({ ...BIRD, baseUrl: 'https://api.bird.example' }, {}));
  const request = (
    payload: unknown,
    { url = URL_OF('bird-channels'), at = NOW_SECONDS, key = BIRD.signingKey } = {},
  ) => {
    const body = Buffer.from(JSON.stringify({ service: 'channels', event: 'sms.outbound', payload }));
    const signature = createHmac('sha256', key)
      .update(`${at}\n${URL_OF('bird-channels')}\n`)
      .update(createHash('sha256').update(body).digest())
      .digest('base64');
    return { url, body, headers: { 'messagebird-signature': signature, 'messagebird-request-timestamp': String(at) } };
  };
  const read = (given: CallbackRequest) => provider.callbacks?.read(given);

  test.each([
    ['delivered', 'DELIVERED'],
    ['sending_failed', 'FAILED'],
    ['delivery_failed', 'FAILED'],
  ])('%s is %s', async (status, understood) => {
    expect(await read(request({ id: 'm1', reference: 'w.v.0.1', status }))).toEqual([
      { message: { reference: 'w.v.0.1' }, status: understood },
    ]);
    expect(await read(request({ id: 'm1', status }))).toEqual([{ message: { providerRef: 'm1' }, status: understood }]);
  });

  test('is refused with another key, for another URL, and when it is old', async () => {
    const payload = { id: 'm1', status: 'delivered' };
    await expect(read(request(payload, { key: 'other' }))).rejects.toMatchObject(refused);
    await expect(read(request(payload, { url: 'https://evil.example/callbacks/bird-channels' }))).rejects.toMatchObject(
      refused,
    );
    await expect(read(request(payload, { at: NOW_SECONDS - TOLERANCE_SECONDS - 5 }))).rejects.toMatchObject(refused);
    await expect(read({ ...request(payload), headers: {} })).rejects.toMatchObject(refused);
  });
});

describe('U4: amazon-sns: a notification signed by Amazon', async () => {
  const vendor = await startSns();
  afterAll(() => vendor[Symbol.asyncDispose]());
  const settings = { baseUrl: vendor.url, region: SNS.region, credentials: SNS, topicArn: SNS_TOPIC };
  const door = { allowLoopback: true };
  const provider = kept(await amazonSnsProvider({ ...settings, signingCertificate: SNS_PUBLIC_KEY }, door));
  const fetching = kept(await amazonSnsProvider({ ...settings, signingCertificate: undefined }, door));
  beforeEach(() => vendor.misbehave());

  const request = (...of: Parameters<typeof snsNotification>): CallbackRequest => ({
    url: URL_OF('amazon-sns'),
    headers: {},
    body: snsNotification(...of),
  });
  const read = (given: CallbackRequest, by = provider) => by.callbacks?.read(given);

  test.each(['1', '2'])('is read, with a signature of version %s', async (SignatureVersion) => {
    expect(await read(request({ SignatureVersion }))).toEqual([
      { message: { providerRef: 'm1' }, status: 'DELIVERED' },
    ]);
    expect(await read(request({ SignatureVersion, Subject: 'status' }))).toHaveLength(1);
  });

  test.each([
    [{ notification: { messageId: 'm1' }, status: 'FAILURE' }, 'FAILED'],
    [{ eventType: 'TEXT_DELIVERED', messageId: 'm1' }, 'DELIVERED'],
    [{ eventType: 'TEXT_CARRIER_UNREACHABLE', messageId: 'm1' }, 'FAILED'],
  ])('%o is %s', async (message, status) => {
    expect(await read(request({ Message: JSON.stringify(message) }))).toEqual([
      { message: { providerRef: 'm1' }, status },
    ]);
  });

  test('is refused from another topic, which anybody with an account can have signed', async () => {
    await expect(read(request({ TopicArn: SNS_TOPIC.replace('123456789012', '999999999999') }))).rejects.toMatchObject(
      refused,
    );
  });

  test('is refused with another key, a changed message, or a version of signature that nobody knows', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await expect(read(request({}, other))).rejects.toMatchObject(refused);
    const { body, ...rest } = request();
    const changed = Buffer.from(body.toString().replace('SUCCESS', 'FAILURE'));
    await expect(read({ ...rest, body: changed })).rejects.toMatchObject(refused);
    await expect(read(request({ SignatureVersion: '3' }))).rejects.toMatchObject(refused);
  });

  test.each([
    'https://evil.example/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem',
    'https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://user@sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-central-1.amazonaws.com/evil.pem',
    'https://bucket.s3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'http://169.254.169.254/latest/meta-data',
  ])(
    'a certificate that is not Amazon’s is not fetched, and the notification is refused: %s',
    async (SigningCertURL) => {
      await expect(read(request({ SigningCertURL }), fetching)).rejects.toMatchObject(refused);
    },
  );

  test('that a subscription begins is confirmed at the configured address, whatever address it names', async () => {
    const SubscribeURL = 'http://169.254.169.254/latest/meta-data';
    const begin = { Type: 'SubscriptionConfirmation', Token: 'token-1', SubscribeURL };
    expect(await read(request(begin))).toEqual([]);
    expect(vendor.confirmed).toEqual(['token-1']);
    await expect(read(request({ ...begin, TopicArn: `${SNS_TOPIC}-2` }))).rejects.toMatchObject(refused);
    expect(vendor.confirmed).toEqual(['token-1']);
  });
});
