/** The contract, run against each provider over a fake of its vendor. */
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/kernel/config.js';
import { amazonSnsProvider } from '../../src/providers/amazon-sns.js';
import { birdChannelsProvider } from '../../src/providers/bird-channels.js';
import { buildProviders } from '../../src/providers/build.js';
import { httpProvider } from '../../src/providers/http-webhook.js';
import type { DeliveryProvider } from '../../src/providers/provider.js';
import { createRegistry } from '../../src/providers/registry.js';
import { smtpProvider } from '../../src/providers/smtp.js';
import { twilioMessagingProvider } from '../../src/providers/twilio-messaging.js';
import { startMailFront } from '../support/mail-front.js';
import { startMailbox } from '../support/mailbox.js';
import { BIRD, startBird } from '../support/vendors/bird.js';
import { everyProvider } from '../support/vendors/settings.js';
import { SNS, startSns } from '../support/vendors/sns.js';
import { startTwilio, TWILIO } from '../support/vendors/twilio.js';
import type { Misbehavior } from '../support/vendors/vendor.js';
import { startWebhookSink, WEBHOOK_SECRET } from '../support/vendors/webhook-sink.js';
import { describeDeliveryProvider, describedNames } from './delivery-provider.js';

const NUMBER = '+4915123456789';

for (const channel of ['SMS', 'WHATSAPP', 'VOICE'] as const) {
  describeDeliveryProvider({
    name: 'twilio-messaging',
    channel,
    recipient: NUMBER,
    secrets: [TWILIO.authToken],
    async start() {
      const vendor = await startTwilio();
      return {
        vendor,
        received: () =>
          [...vendor.messages, ...vendor.calls].map(({ form }) => ({
            to: form['To'] ?? '',
            text: form['Body'] ?? form['ContentVariables'] ?? form['Twiml'] ?? '',
          })),
        asked: () => vendor.requests.length,
        provider: async (deadlineMs, rightly) =>
          twilioMessagingProvider(
            {
              baseUrl: vendor.url,
              accountSid: TWILIO.accountSid,
              authToken: rightly ? TWILIO.authToken : 'wrong',
              messaging: { from: '+15005550006', serviceSid: undefined },
              whatsapp: { from: '+15005550006', content: { en: TWILIO.contentSid } },
              voice: { from: '+15005550006' },
            },
            { allowLoopback: true, deadlineMs },
            'https://gateway.example/callbacks/twilio-messaging',
          ),
      };
    },
  });
}

describeDeliveryProvider({
  name: 'amazon-sns',
  channel: 'SMS',
  recipient: NUMBER,
  secrets: [SNS.secretAccessKey],
  async start() {
    const vendor = await startSns();
    return {
      vendor,
      received: () =>
        vendor.published.map(({ form }) => ({
          to: form.get('PhoneNumber') ?? '',
          text: form.get('Message') ?? '',
        })),
      asked: () => vendor.requests.length,
      provider: (deadlineMs, rightly) =>
        amazonSnsProvider(
          {
            baseUrl: vendor.url,
            region: SNS.region,
            credentials: { ...SNS, accessKeyId: rightly ? SNS.accessKeyId : 'WRONG' },
            topicArn: undefined,
            signingCertificate: undefined,
          },
          { allowLoopback: true, deadlineMs },
        ),
    };
  },
});

describeDeliveryProvider({
  name: 'bird-channels',
  channel: 'SMS',
  recipient: NUMBER,
  secrets: [BIRD.accessKey, BIRD.signingKey],
  async start() {
    const vendor = await startBird();
    return {
      vendor,
      received: () => vendor.messages,
      asked: () => vendor.requests.length,
      provider: async (deadlineMs, rightly) =>
        birdChannelsProvider(
          { ...BIRD, baseUrl: vendor.url, accessKey: rightly ? BIRD.accessKey : 'wrong' },
          { allowLoopback: true, deadlineMs },
        ),
    };
  },
});

for (const channel of ['EMAIL', 'SMS', 'WHATSAPP', 'VOICE'] as const) {
  describeDeliveryProvider(
    {
      name: 'http',
      channel,
      recipient: channel === 'EMAIL' ? 'ada@example.com' : NUMBER,
      secrets: [WEBHOOK_SECRET],
      async start() {
        const vendor = await startWebhookSink();
        return {
          vendor,
          received: () => [...vendor.messages.values()],
          asked: () => vendor.requests.length,
          provider: async (deadlineMs, rightly) =>
            httpProvider(
              {
                baseUrl: vendor.url,
                secret: rightly ? WEBHOOK_SECRET : `whsec_${Buffer.alloc(32).toString('base64')}`,
                channels: [channel],
              },
              { allowLoopback: true, deadlineMs },
            ),
        };
      },
    },
    // Any 2xx is taken as sent, whatever is in its body.
    ['refuse', 'throttle', 'silent', 'cut', 'error', 'huge', 'redirect'],
  );
}

describeDeliveryProvider(
  {
    name: 'smtp',
    channel: 'EMAIL',
    recipient: 'ada@example.com',
    secrets: ['mail-hunter2'],
    saysHowLong: false,
    async start() {
      const mailbox = await startMailbox('user:mail-hunter2');
      const front = await startMailFront(mailbox.url);
      const { host } = front;
      const lies = {
        refuse: { refuseRecipient: 550 },
        throttle: { refuseRecipient: 450 },
        silent: { slowMs: 3_000 },
        cut: { drop: true },
      };
      const vendor = {
        close: front.close,
        async [Symbol.asyncDispose]() {
          await front.close();
          await mailbox[Symbol.asyncDispose]();
        },
        misbehave(misbehavior?: Misbehavior) {
          mailbox.misbehave(lies[misbehavior as keyof typeof lies] ?? {});
          front.misbehave(misbehavior);
        },
      };
      return {
        vendor,
        received: () => mailbox.mails.map(({ to, email }) => ({ to: to.join(), text: email.text ?? '' })),
        asked: () => mailbox.recipients.length + front.turnedAway(),
        provider: async (deadlineMs, rightly) =>
          smtpProvider(
            { url: `smtp://user:${rightly ? 'mail-hunter2' : 'wrong'}@${host}`, from: 'codes@gateway.example' },
            deadlineMs,
          ),
      };
    },
  },
  // There is no redirect in it.
  ['refuse', 'throttle', 'silent', 'cut', 'error', 'page', 'huge'],
);

describe('U4: smtp: what is refused before a recipient was named says nothing about one:', () => {
  test.each([
    ['the greeting', { refuseGreeting: 554 }, 'DOWN'],
    ['a sender who has not logged in', { refuseSender: 530 }, 'DOWN'],
    ['the sender’s address', { refuseSender: 550 }, 'DOWN'],
    ['the sender’s mailbox name', { refuseSender: 553 }, 'DOWN'],
    ['the sender, for now', { refuseSender: 451 }, 'RETRY'],
  ])('%s: %o is %s', async (_, misbehavior, kind) => {
    await using mailbox = await startMailbox();
    mailbox.misbehave(misbehavior);
    const provider = smtpProvider({ url: mailbox.url, from: 'codes@gateway.example' });
    const mail = {
      channel: 'EMAIL',
      recipient: 'ada@example.com',
      senderName: 'Acme',
      subject: 's',
      text: 't',
    } as const;
    const sent = provider.deliver({ id: '1', ...mail }, AbortSignal.timeout(5_000));
    const [status] = Object.values(misbehavior);
    await expect(sent).rejects.toMatchObject({ kind, reason: `the mail server could not be used (${status})` });
    await provider.close();
  });
});

test('smtp: with requireTLS nothing is said to a server that offers no TLS, or whose offer was taken out on the way', async () => {
  await using mailbox = await startMailbox('user:mail-hunter2');
  const url = `${mailbox.url.replace('//', '//user:mail-hunter2@')}?requireTLS=true`;
  const provider = smtpProvider({ url, from: 'codes@gateway.example' });
  const sent = provider.deliver(
    { id: '1', channel: 'EMAIL', recipient: 'ada@example.com', senderName: 'Acme', subject: 's', text: 't' },
    AbortSignal.timeout(5_000),
  );
  await expect(sent).rejects.toMatchObject({ kind: 'DOWN' });
  expect(mailbox.recipients).toEqual([]);
  await provider.close();
});

test('smtp: more messages than connections wait for their turn, not against their deadline: each is sent once, and the server is not taken for down', async () => {
  await using mailbox = await startMailbox();
  mailbox.misbehave({ slowMs: 300 });
  const settings = { url: `${mailbox.url}?maxConnections=2`, from: 'codes@gateway.example' };
  const registry = createRegistry([smtpProvider(settings, 2_000)]);
  const [provider] = registry.route({ channel: 'EMAIL', mode: 'LIVE' }) as DeliveryProvider[];
  const people = Array.from({ length: 30 }, (_, index) => `person${index}@example.com`);
  const mail = { channel: 'EMAIL', senderName: 'Acme', subject: 's', text: 't' } as const;
  const send = (recipient: string) =>
    provider?.deliver({ id: recipient, recipient, ...mail }, AbortSignal.timeout(20_000));
  const sent = await Promise.allSettled(people.map(send));
  expect(sent.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(mailbox.mails.flatMap(({ to }) => to).sort()).toEqual(people.sort());
  expect(registry.states()).toEqual([{ provider: 'smtp', state: 'CLOSED' }]);
  await registry.close();
});

test('U2: http: any 2xx is taken as sent, whatever a receiver of one’s own says in it', async () => {
  await using sink = await startWebhookSink();
  const settings = { baseUrl: sink.url, secret: WEBHOOK_SECRET, channels: ['SMS' as const] };
  const provider = httpProvider(settings, { allowLoopback: true });
  sink.misbehave('page');
  const message = { id: '1', channel: 'SMS', recipient: NUMBER, senderName: 'Acme', subject: '', text: 'x' } as const;
  expect(await provider.deliver(message, AbortSignal.timeout(5_000))).toEqual({ status: 'SENT' });
  await provider.close();
});

test('U2: http: a message is posted to the URL as it is written, a slash at its end included', async () => {
  await using sink = await startWebhookSink();
  const message = { id: '1', channel: 'SMS', recipient: NUMBER, senderName: 'Acme', subject: '', text: 'x' } as const;
  const paths = ['', '/', '/messages', '/messages/', '/messages//'];
  for (const path of paths) {
    const settings = { baseUrl: `${sink.url}${path}`, secret: WEBHOOK_SECRET, channels: ['SMS' as const] };
    const provider = httpProvider(settings, { allowLoopback: true });
    await provider.deliver(message, AbortSignal.timeout(5_000));
    await provider.close();
  }
  expect(sink.requests.map(({ path }) => path)).toEqual(['/', ...paths.slice(1)]);
});

test.each([301, 302, 307, 308])(
  'http: a receiver that redirects (%i) is not reached: no message is posted to where it points',
  async (status) => {
    await using sink = await startWebhookSink();
    const settings = { baseUrl: sink.url, secret: WEBHOOK_SECRET, channels: ['SMS' as const] };
    const provider = httpProvider(settings, { allowLoopback: true });
    sink.say({ status, headers: { location: `${sink.url}/messages/` } });
    const probed = provider.probe(AbortSignal.timeout(5_000));
    await expect(probed).rejects.toMatchObject({ kind: 'DOWN', reason: `http answered with status ${status}` });
    await provider.close();
  },
);

test('the suite is run against every carrier of codes that can be configured', async () => {
  const registry = await buildProviders(loadConfig(everyProvider()));
  const carriers = registry.all().filter(({ custody, mode }) => custody === 'GATEWAY' && mode === 'LIVE');
  expect([...describedNames].sort()).toEqual(carriers.map(({ name }) => name).sort());
  await registry.close();
});
