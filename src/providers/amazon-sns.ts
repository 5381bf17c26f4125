/**
 * `amazon-sns`: text messages by Amazon SNS. The SDK signs requests and finds credentials; it is installed by whoever
 * uses it, and calls out through the gateway's own door.
 */
import { Readable } from 'node:stream';
import type { SNSClientConfig } from '@aws-sdk/client-sns';
import type { SnsSettings } from '../kernel/config-sns.js';
import { OWN_CODE } from './capabilities.js';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import { type CallOptions, createDoor, type Door, type OutboundRequest } from './http.js';
import type { DeliveryProvider, OutboundMessage } from './provider.js';
import { snsCallbacks } from './sns-callbacks.js';

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
  // The SDK puts the path of the endpoint in front of its own.
  const door = createDoor({ provider: NAME, baseUrl: new URL(baseUrl).origin, ...options });
  const client = new SNSClient({
    region,
    endpoint: baseUrl,
    // The queue repeats, and the breaker counts: neither can see what is repeated here.
    maxAttempts: 1,
    requestHandler: handlerOf(door),
    ...(credentials && { credentials }),
  });

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
      const { MessageId } = await client.send(new PublishCommand(publicationOf(message)), { abortSignal }).catch(fail);
      return { status: 'SENT', ...(MessageId && { providerRef: MessageId }) };
    },
    async probe(abortSignal) {
      await client.send(new GetSMSAttributesCommand({}), { abortSignal }).catch(fail);
    },
    async close() {
      client.destroy();
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

type Handler = Extract<NonNullable<SNSClientConfig['requestHandler']>, { handle: unknown }>;
type SdkRequest = Parameters<Handler['handle']>[0];

/** What the SDK calls instead of its own HTTP client. */
function handlerOf(door: Door): Handler {
  const handler = {
    async handle(
      { method, path, query = {}, headers, body }: SdkRequest,
      { abortSignal }: { abortSignal?: unknown } = {},
    ) {
      const search = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value ?? '')]),
      );
      const { host: _, 'content-length': __, ...rest } = headers;
      const request: OutboundRequest = {
        method: method as OutboundRequest['method'],
        path: search.size > 0 ? `${path}?${search}` : path,
        headers: rest,
        body: typeof body === 'string' ? body : body && Buffer.from(body as Uint8Array).toString('utf8'),
      };
      const { status, text, retryAfterSeconds } = await door.call(request, abortSignal as AbortSignal | undefined);
      if (status === 429) throw faultOfStatus(NAME, status, retryAfterSeconds);
      // A page instead of an answer: the parser of the SDK would repeat it in its error.
      if (!text.trimStart().startsWith('<') || /^\s*<(!doctype|html)/i.test(text)) {
        if (status >= 200 && status < 300) throw unreadable(NAME);
        throw faultOfStatus(NAME, status);
      }
      return { response: { statusCode: status, headers: {}, body: Readable.from([Buffer.from(text)]) } };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
    metadata: { handlerProtocol: 'http/1.1' },
  };
  return handler as unknown as Handler;
}

const THROTTLED = /^(Throttl|RequestLimitExceeded|TooManyRequests|SlowDown)/;
const CREDENTIALS =
  /^(CredentialsProviderError|AuthorizationError|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken)/;

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
