/** Signatures of webhooks after Standard Webhooks (https://www.standardwebhooks.com), version `v1`: HMAC-SHA-256. */
import type { Clock } from '../kernel/clock.js';
import { CallbackRefused, type CallbackRequest } from './callback.js';
import { checkAge, hmac, isSignature } from './signature.js';

const keyOf = (secret: string): Buffer => Buffer.from(secret.slice('whsec_'.length), 'base64');

const signatureOf = (secret: string, id: string, timestamp: string, body: string | Buffer): Buffer =>
  hmac('sha256', keyOf(secret), `${id}.${timestamp}.`, body);

/** The three headers that go with a body. Several secrets sign side by side, while a receiver changes over. */
export function signWebhook(
  secrets: string | readonly string[],
  id: string,
  body: string,
  clock: Clock,
): Record<string, string> {
  const timestamp = String(Math.floor(clock() / 1000));
  const signatures = [secrets]
    .flat()
    .map((secret) => `v1,${signatureOf(secret, id, timestamp, body).toString('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** @throws {CallbackRefused} unless one of the signatures is right and the call is young */
export function verifyWebhook(secret: string, { headers, body }: CallbackRequest, clock: Clock): void {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) throw new CallbackRefused('a header of the signature is missing');
  checkAge(timestamp, clock);
  const expected = signatureOf(secret, id, timestamp, body);
  // Several while the sender rotates its secret; other versions than v1 are somebody else's.
  const isSigned = signatures
    .split(' ')
    .slice(0, 10)
    .some((each) => each.startsWith('v1,') && isSignature(each.slice('v1,'.length), expected));
  if (!isSigned) throw new CallbackRefused('the signature is wrong');
}
