/** `bird-channels`: text messages by Bird's Channels API (https://docs.bird.com/api/channels-api). */
import { createHash } from 'node:crypto';
import { type Clock, wallClock } from '../kernel/clock.js';
import type { BirdSettings } from '../kernel/config-bird.js';
import { type CallbackReader, CallbackRefused, type CallbackRequest, type DeliveryReport } from './callback.js';
import { OWN_CODE } from './capabilities.js';
import { type CallOptions, createDoor, expectJson, expectOk } from './http.js';
import type { DeliveryProvider } from './provider.js';
import { checkAge, hmac, isSignature, parseSigned } from './signature.js';

const NAME = 'bird-channels';

export function birdChannelsProvider(
  { baseUrl, accessKey, workspaceId, smsChannelId, signingKey }: BirdSettings & { readonly smsChannelId: string },
  door: CallOptions,
  clock: Clock = wallClock,
): DeliveryProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  const authorization = `AccessKey ${accessKey}`;
  const channel = `/workspaces/${encodeURIComponent(workspaceId)}/channels/${encodeURIComponent(smsChannelId)}`;
  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'GATEWAY',
    capabilities: {
      ...OWN_CODE,
      // The sender belongs to the channel.
      channels: { SMS: { customText: true, senderId: false, languages: 'ANY' } },
      deliveryReports: signingKey !== undefined,
      idempotent: false,
    },
    ...(signingKey !== undefined && { callbacks: birdCallbacks(signingKey, clock) }),
    async deliver({ recipient, text, reference }, signal) {
      const body = JSON.stringify({
        receiver: { contacts: [{ identifierKey: 'phonenumber', identifierValue: recipient }] },
        body: { type: 'text', text: { text } },
        reference,
      });
      const headers = { authorization, 'content-type': 'application/json' };
      const { id } = expectJson(
        NAME,
        await http.call({ method: 'POST', path: `${channel}/messages`, headers, body }, signal),
      );
      return { status: 'SENT', ...(typeof id === 'string' && { providerRef: id }) };
    },
    async probe(signal) {
      expectOk(NAME, await http.call({ method: 'GET', path: channel, headers: { authorization } }, signal));
    },
    close: () => http.close(),
  };
}

const STATUSES: Readonly<Record<string, DeliveryReport['status']>> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  read: 'DELIVERED',
  sending_failed: 'FAILED',
  delivery_failed: 'FAILED',
  skipped: 'FAILED',
};

interface BirdEvent {
  readonly payload?: { readonly id?: unknown; readonly reference?: unknown; readonly status?: unknown };
}

/** Events of a webhook subscription, signed as Bird's Notifications API says: over timestamp, URL and body. */
function birdCallbacks(signingKey: string, clock: Clock): CallbackReader {
  return {
    async read(request): Promise<DeliveryReport[]> {
      verify(signingKey, request, clock);
      const { payload = {} } = parseSigned(request.body) as BirdEvent;
      const { id, reference } = payload;
      const status = STATUSES[String(payload.status)];
      if (!status) return [];
      if (typeof reference === 'string') return [{ message: { reference }, status }];
      return typeof id === 'string' ? [{ message: { providerRef: id }, status }] : [];
    },
  };
}

function verify(signingKey: string, { url, headers, body }: CallbackRequest, clock: Clock): void {
  const { 'messagebird-signature': signature, 'messagebird-request-timestamp': timestamp } = headers;
  if (!signature || !timestamp) throw new CallbackRefused('a header of the signature is missing');
  checkAge(timestamp, clock);
  const digest = createHash('sha256').update(body).digest();
  const expected = hmac('sha256', signingKey, `${timestamp}\n${url}\n`, digest);
  if (!isSignature(signature, expected)) throw new CallbackRefused('the signature is wrong');
}
