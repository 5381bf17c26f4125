/**
 * `amazon-sns`: text messages by Amazon SNS. The SDK signs requests and finds credentials; it is installed by whoever
 * uses it, and calls SNS through the gateway's own door.
 */
import type { SnsSettings } from '../kernel/config-sns.js';
import { untilAborted } from '../kernel/in-time.js';
import { OWN_CODE } from './capabilities.js';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import { type CallOptions, createDoor, DEADLINE_MS } from './http.js';
import type { DeliveryProvider, OutboundMessage } from './provider.js';
import { snsCallbacks } from './sns-callbacks.js';
import { snsHandler } from './sns-handler.js';

const NAME = 'amazon-sns';
/** https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html */
const SENDER = { like: /^[A-Za-z0-9][A-Za-z0-9-]{1,9}[A-Za-z0-9]$/, limit: 'takes a sender of 3 to 11 without spaces' };

/** @throws {Error} where the SDK is not installed */
export async function amazonSnsProvider(settings: SnsSettings, options: CallOptions): Promise<DeliveryProvider> {
  const { region, baseUrl, credentials, topicArn } = settings;
  const { SNSClient, PublishCommand, GetSMSAttributesCommand } = await import('@aws-sdk/client-sns').catch(() => {
    throw new Error(
      'SNS_REGION is set, and @aws-sdk/client-sns is not installed: npm install --save-prod @aws-sdk/client-sns',
    );
  });
  const { deadlineMs = DEADLINE_MS } = options;
  // The SDK puts the path of the endpoint in front of its own.
  const { origin } = new URL(baseUrl);
  const door = createDoor({ provider: NAME, baseUrl: origin, ...options });
  // Looked for by a client without the door: the clients that the SDK makes for STS and SSO inherit the handler of the
  // one that asks, and would take what they send to SNS.
  const finder = new SNSClient({
    region,
    requestHandler: { connectionTimeout: deadlineMs, requestTimeout: deadlineMs, throwOnRequestTimeout: true },
  });
  const found = () => finder.config.credentials().catch(withoutCredentials);
  const client = new SNSClient({
    region,
    endpoint: baseUrl,
    // The queue repeats, and the breaker counts: neither can see what is repeated here.
    maxAttempts: 1,
    requestHandler: snsHandler(NAME, door, origin),
    credentials: credentials ?? found,
  });
  /** Ahead of the call, for the SDK hears no signal while it looks for credentials. What it finds it keeps. */
  const ready = async (signal: AbortSignal): Promise<void> => {
    if (credentials) return;
    const given = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    await untilAborted(given, found()).catch(withoutCredentials);
  };

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'GATEWAY',
    capabilities: {
      ...OWN_CODE,
      channels: { SMS: { customText: true, senderId: SENDER, languages: 'ANY' } },
      deliveryReports: topicArn !== undefined,
      idempotent: false,
    },
    ...(topicArn !== undefined && { callbacks: snsCallbacks({ ...settings, topicArn }, door) }),
    async deliver(message, abortSignal) {
      await ready(abortSignal);
      const { MessageId } = await client.send(new PublishCommand(publicationOf(message)), { abortSignal }).catch(fail);
      return { status: 'SENT', ...(MessageId && { providerRef: MessageId }) };
    },
    async probe(abortSignal) {
      await ready(abortSignal);
      await client.send(new GetSMSAttributesCommand({}), { abortSignal }).catch(fail);
    },
    async close() {
      client.destroy();
      finder.destroy();
      await door.close();
    },
  };
}

function publicationOf({ recipient, text, senderId }: OutboundMessage) {
  const string = (StringValue: string) => ({ DataType: 'String', StringValue });
  return {
    PhoneNumber: recipient,
    Message: text,
    MessageAttributes: {
      'AWS.SNS.SMS.SMSType': string('Transactional'),
      ...(senderId && { 'AWS.SNS.SMS.SenderID': string(senderId) }),
    },
  };
}

const THROTTLED = /^(Throttl|RequestLimitExceeded|TooManyRequests|SlowDown)/;
const CREDENTIALS = /^(AuthorizationError|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken)/;

/** Whatever the reason, SNS was not asked. The exception can repeat the token, and is left behind. */
function withoutCredentials(): never {
  throw new ProviderError('DOWN', `${NAME} could not be called: there are no credentials`);
}

/** What an exception of the SDK means. Its text can repeat the number, and is left behind. */
function fail(error: unknown): never {
  if (error instanceof ProviderError) throw error;
  const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (THROTTLED.test(name)) throw new ProviderError('RETRY', `${NAME} is throttling`);
  if (CREDENTIALS.test(name)) throw new ProviderError('DOWN', `${NAME} refused the credentials`);
  const status = $metadata?.httpStatusCode ?? 0;
  if (status >= 300) throw faultOfStatus(NAME, status);
  throw unreadable(NAME);
}
