/** One attempt to tell an endpoint of an event, signed after Standard Webhooks. */
import type { IncomingMessage } from 'node:http';
import { toDate } from '../entities/database.js';
import { type Clock, wallClock } from '../kernel/clock.js';
import { mask } from '../kernel/contact.js';
import { globalId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { Outside } from '../providers/outside.js';
import { signWebhook } from '../providers/standard-webhooks.js';
import type { Claimed } from './claim.js';
import { openPrevious, openSecret, type SecretFault } from './webhook-secret.js';

/** What an endpoint has to answer in. */
export const WEBHOOK_TIMEOUT_MS = 10_000;
/** Bytes of an answer that are read before the line is cut; none of them is looked at. */
const ANSWER_LIMIT = 64 * 1024;

/** What became of an attempt. */
export interface Attempt {
  /** Null where there was no answer. */
  readonly statusCode: number | null;
  /** Null where it was taken; else the gateway's own words, nothing of the endpoint's answer. */
  readonly failure: string | null;
  /** What was the gateway's fault and not the endpoint's, for the log. */
  readonly fault?: SecretFault;
}

export interface SenderDeps {
  readonly outside: Outside;
  readonly webhookKeys: KeyRing;
  readonly clock?: Clock;
}

export type WebhookSender = (claimed: Claimed) => Promise<Attempt>;

export function createWebhookSender({ outside, webhookKeys, clock = wallClock }: SenderDeps): WebhookSender {
  const previousOf = openPrevious(webhookKeys);

  async function post(claimed: Claimed, secrets: readonly string[]): Promise<Attempt> {
    const body = bodyOf(claimed);
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...signWebhook(secrets, globalId('Event', claimed.eventId), body, clock),
    };
    try {
      const call = { method: 'POST', headers, body, timeoutMs: WEBHOOK_TIMEOUT_MS } as const;
      return answered(await outside.call(claimed.url, call, readStatus));
    } catch (error) {
      return { statusCode: null, failure: reasonOf(error) };
    }
  }

  return async (claimed) => {
    const { keyId, sealed } = claimed;
    let current: string;
    try {
      current = openSecret(webhookKeys, claimed, { keyId, box: Buffer.from(sealed) });
    } catch (error) {
      const words = 'a webhook could not be signed: was its secret removed?';
      return { statusCode: null, failure: 'the gateway could not sign it', fault: { words, error } };
    }
    const { secrets, fault } = previousOf(claimed);
    return { ...(await post(claimed, [current, ...secrets])), ...(fault && { fault }) };
  };
}

/** The JSON that an endpoint is told: the same at every attempt, but for a contact that is gone since. */
export function bodyOf({ type, createdAt, data, includeContacts, hasContact, contact }: Claimed): string {
  const shown = contact === null || includeContacts ? contact : mask(contact);
  return JSON.stringify({
    type,
    timestamp: toDate(createdAt).toISOString(),
    data: { ...data, ...(hasContact && { contact: shown }) },
  });
}

/** The status decides; what follows it is drained so that the endpoint is not cut off in the middle of a short answer. */
async function readStatus(response: IncomingMessage): Promise<number> {
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > ANSWER_LIMIT) break;
    }
  } catch {
    // The answer broke off behind its status.
  }
  return response.statusCode ?? 0;
}

function answered(statusCode: number): Attempt {
  if (statusCode >= 200 && statusCode < 300) return { statusCode, failure: null };
  const isRedirect = statusCode >= 300 && statusCode < 400;
  return { statusCode, failure: isRedirect ? 'redirects are not followed' : `answered ${statusCode}` };
}

// In the same words: whoever names hosts must not learn which names there are behind the gateway's walls.
const NOT_PUBLIC = 'its host has no public address';
const REASONS: Readonly<Record<string, string>> = {
  ENOTPUBLIC: NOT_PUBLIC,
  ENOTFOUND: NOT_PUBLIC,
  ENODATA: NOT_PUBLIC,
  ABORT_ERR: `no answer within ${WEBHOOK_TIMEOUT_MS / 1000} seconds`,
};

/** Names of errors only: a message may hold the URL, which may hold a secret of the receiver's. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !/^[A-Z_0-9]{3,60}$/.test(code)) return 'could not be sent';
  return REASONS[code] ?? `could not be reached (${code})`;
}
