/**
 * What SNS posts, signed as https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html says.
 * Anybody with an account can make SNS sign a message, so only the configured topic is listened to.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type SnsSettings, snsHost } from '../kernel/config-sns.js';
import { type CallbackReader, CallbackRefused, type DeliveryReport } from './callback.js';
import { ProviderError } from './fault.js';
import { createDoor, type Door, expectOk } from './http.js';
import { parseSigned } from './signature.js';

type Message = Readonly<Record<string, unknown>>;

/** The one place that certificates come from, so that nobody else's URL is ever fetched. */
const CERTIFICATE =
  /^https:\/\/(sns\.[a-z0-9-]{3,30}\.amazonaws\.com(?:\.cn)?)(\/SimpleNotificationService-[0-9a-f]{8,64}\.pem)$/;
const CERTIFICATES_AT_MOST = 8;
const FETCHES_AT_MOST = 8;

const SIGNED: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
};
const HASHES: Readonly<Record<string, string>> = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' };

type TopicSettings = SnsSettings & { readonly topicArn: string };

/**
 * @param door to SNS itself, by which subscriptions are confirmed
 * @param doorTo to one of Amazon's hosts, where certificates are
 */
export function snsCallbacks(
  settings: TopicSettings,
  door: Door,
  doorTo: (host: string) => Door = doorToAmazon,
): CallbackReader {
  const keys = keyStore(settings, doorTo);
  return {
    async read({ body }) {
      const message = parseSigned(body);
      if (message['TopicArn'] !== settings.topicArn) throw new CallbackRefused('another topic');
      await verifyMessage(message, keys);
      if (message['Type'] === 'SubscriptionConfirmation') {
        await confirm(door, settings, String(message['Token']));
        return [];
      }
      return reportsOf(String(message['Message']));
    },
  };
}

async function verifyMessage(message: Message, keys: (url: unknown) => Promise<KeyObject>): Promise<void> {
  const fields = SIGNED[String(message['Type'])];
  const hash = HASHES[String(message['SignatureVersion'])];
  if (!fields || !hash) throw new CallbackRefused('an unknown type or version of signature');
  const present = fields.filter((name) => typeof message[name] === 'string');
  const text = present.map((name) => `${name}\n${message[name]}\n`).join('');
  const signature = Buffer.from(String(message['Signature']), 'base64');
  if (!verify(hash, Buffer.from(text), await keys(message['SigningCertURL']), signature))
    throw new CallbackRefused('the signature is wrong');
}

/** The key that is configured, the first of a chain; or that of a certificate of Amazon's, each fetched once. */
function keyStore(
  { signingCertificate, topicArn }: TopicSettings,
  doorTo: (host: string) => Door,
): (url: unknown) => Promise<KeyObject> {
  if (signingCertificate !== undefined) {
    const key = createPublicKey(signingCertificate);
    return async () => key;
  }
  const amazon = signerOf(topicArn);
  // Apart from each other: paths that strangers make up are under way, and push no certificate out of what is kept.
  const kept = new Map<string, KeyObject>();
  const underWay = new Map<string, Promise<KeyObject>>();
  const fetchAndKeep = async (path: string): Promise<KeyObject> => {
    const key = await fetchKey(doorTo(amazon), path);
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= CERTIFICATES_AT_MOST) kept.delete(oldest);
    kept.set(path, key);
    return key;
  };
  return async (url) => {
    const [, host, path] = CERTIFICATE.exec(String(url)) ?? [];
    if (!path || host !== amazon)
      throw new CallbackRefused('the certificate is not at Amazon, in the region of the topic');
    const known = kept.get(path) ?? underWay.get(path);
    if (known) return known;
    // Nobody has signed anything yet: strangers have few calls made for them at once. SNS comes again.
    if (underWay.size >= FETCHES_AT_MOST) throw new ProviderError('DOWN', 'too many certificates are asked for');
    const key = fetchAndKeep(path).finally(() => underWay.delete(path));
    underWay.set(path, key);
    return key;
  };
}

/** SNS signs in the topic's own region. Nothing is signed yet where this is asked, so no other host is called. */
const signerOf = (topicArn: string): string => snsHost(topicArn.split(':')[3] ?? '');

const doorToAmazon = (host: string): Door => createDoor({ provider: 'amazon-sns', baseUrl: `https://${host}` });

/** @throws {CallbackRefused} where Amazon has no such certificate; {ProviderError} where it could not be asked */
async function fetchKey(door: Door, path: string): Promise<KeyObject> {
  try {
    return createPublicKey(expectOk('amazon-sns', await door.call({ method: 'GET', path })).text);
  } catch (error) {
    // An outage is no refusal: SNS does not repeat what was answered with 403.
    if (error instanceof ProviderError && error.kind !== 'FINAL') throw error;
    throw new CallbackRefused('there is no such certificate');
  } finally {
    await door.close();
  }
}

/** At the configured address, not at the one that the message names. */
async function confirm(door: Door, { baseUrl, topicArn }: TopicSettings, token: string): Promise<void> {
  const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: topicArn, Token: token });
  expectOk('amazon-sns', await door.call({ method: 'GET', path: `${new URL(baseUrl).pathname}?${query}` }));
}

/**
 * Delivery status as SNS writes it to its log (`status`), and as AWS End User Messaging publishes it (`eventType`).
 * Which message is meant is `notification.messageId`, or `messageId`.
 */
function reportsOf(text: string): DeliveryReport[] {
  const { notification, status, eventType, messageId } = parseSigned(Buffer.from(text)) as {
    notification?: { messageId?: unknown };
    status?: unknown;
    eventType?: unknown;
    messageId?: unknown;
  };
  const providerRef = notification?.messageId ?? messageId;
  const known = STATUSES[String(status ?? eventType)];
  return known && typeof providerRef === 'string' ? [{ message: { providerRef }, status: known }] : [];
}

const STATUSES: Readonly<Record<string, DeliveryReport['status']>> = {
  SUCCESS: 'DELIVERED',
  FAILURE: 'FAILED',
  TEXT_DELIVERED: 'DELIVERED',
  TEXT_INVALID: 'FAILED',
  TEXT_INVALID_MESSAGE: 'FAILED',
  TEXT_UNREACHABLE: 'FAILED',
  TEXT_CARRIER_UNREACHABLE: 'FAILED',
  TEXT_BLOCKED: 'FAILED',
  TEXT_CARRIER_BLOCKED: 'FAILED',
  TEXT_SPAM: 'FAILED',
  TEXT_TTL_EXPIRED: 'FAILED',
};
