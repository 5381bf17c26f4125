/** `http`: a signed webhook of the operator's own, which sends the message by whatever means it has. */
import { type Clock, wallClock } from '../kernel/clock.js';
import type { WebhookSettings } from '../kernel/config-webhook.js';
import type { CallbackReader, DeliveryReport } from './callback.js';
import { OWN_CODE } from './capabilities.js';
import { type CallOptions, createDoor, expectOk } from './http.js';
import type { DeliveryProvider, OutboundMessage } from './provider.js';
import { parseSigned } from './signature.js';
import { signWebhook, verifyWebhook } from './standard-webhooks.js';

const NAME = 'http';
const EVERYTHING = { customText: true, senderId: true, languages: 'ANY' } as const;

/**
 * Posts each message as JSON, signed after Standard Webhooks. `webhook-id` is the message's id and the same for every
 * try, so that a receiver that remembers ids sends once. Any 2xx is taken as sent.
 */
export function httpProvider(
  { baseUrl, secret, channels }: WebhookSettings,
  door: CallOptions,
  clock: Clock = wallClock,
): DeliveryProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'GATEWAY',
    capabilities: {
      ...OWN_CODE,
      channels: Object.fromEntries(channels.map((channel) => [channel, EVERYTHING])),
      deliveryReports: true,
      idempotent: true,
    },
    callbacks: callbacksOf(secret, clock),
    async deliver(message, signal) {
      const body = JSON.stringify(bodyOf(message));
      const headers = { 'content-type': 'application/json', ...signWebhook(secret, message.id, body, clock) };
      expectOk(NAME, await http.call({ method: 'POST', path: '', headers, body }, signal));
      return { status: 'SENT' };
    },
    async probe(signal) {
      const { status } = await http.call({ method: 'HEAD', path: '' }, signal);
      // Nothing is signed and nothing is sent: a receiver that knows POST only answers 404 or 405, and is there. One that
      // redirects is not: no message is posted to where it points.
      const isThere = status < 300 || (status >= 400 && status < 500);
      if (!isThere) expectOk(NAME, { status, retryAfterSeconds: undefined, text: '', json: undefined });
    },
    close: () => http.close(),
  };
}

function bodyOf({ id, reference, channel, recipient, ...rest }: OutboundMessage) {
  const { senderName, senderId, subject, text, html, language, locale, attachments } = rest;
  return {
    type: 'message.send',
    data: {
      id,
      reference,
      channel,
      to: recipient,
      senderName,
      senderId,
      subject,
      text,
      html,
      language,
      locale,
      attachments: attachments?.map(({ content, ...part }) => ({ ...part, base64: content.toString('base64') })),
    },
  };
}

const STATUSES = { sent: 'SENT', delivered: 'DELIVERED', failed: 'FAILED' } as const;

/** `{"type": "message.delivered", "data": {"reference": "…"}}`, or `message.sent` and `message.failed`. */
function callbacksOf(secret: string, clock: Clock): CallbackReader {
  return {
    async read(request): Promise<DeliveryReport[]> {
      verifyWebhook(secret, request, clock);
      const { type, data } = parseSigned(request.body) as { type?: unknown; data?: { reference?: unknown } };
      const [, event = ''] = /^message\.(sent|delivered|failed)$/.exec(String(type)) ?? [];
      const status = STATUSES[event as keyof typeof STATUSES];
      const reference = data?.reference;
      return status && typeof reference === 'string' ? [{ message: { reference }, status }] : [];
    },
  };
}
