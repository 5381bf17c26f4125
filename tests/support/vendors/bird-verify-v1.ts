/** Bird's newer Verify API (`/v1/verify/verifications`), keyed by recipient. */
import { CHANNELS, type Channel } from '../../../src/entities/verification-step.js';
import type { BirdVerification, BirdVerifications } from './bird-verifications.js';
import { json, type VendorAnswer, type VendorRequest } from './vendor.js';

export const BIRD_V1 = { apiKey: 'bk_eu1_hunter2hunter2' };

interface Said {
  to?: { email?: string; phone_number?: string };
  options?: { code_length?: number; channels?: string[]; language?: string };
  code?: string;
}

const MAX_ATTEMPTS = 5;
const E164 = /^\+[1-9]\d{6,14}$/;

const error = (status: number, type: string, name: string, code: string, headers = {}): VendorAnswer => {
  const message = `The recipient could not be verified: ${name}`;
  return json(status, { type, name, code, message, doc_url: `https://bird.com/docs/errors/${code}` }, headers);
};

export const BIRD_V1_THROTTLED = error(429, 'rate_limit_error', 'TooManyRequests', 'E01003', { 'retry-after': '7' });

const wordOf = (channel: Channel) => channel.toLowerCase();

const shown = ({ sent: { id, to, failed, maxAttempts, state }, channels, position }: BirdVerification) => {
  const isSpent = state === 'PENDING' && failed >= maxAttempts;
  const status = { PENDING: 'pending', APPROVED: 'verified', EXPIRED: 'expired', CANCELED: 'canceled' }[state];
  return {
    id,
    status: isSpent ? 'failed' : status,
    reason: isSpent ? 'attempts_exhausted' : state === 'EXPIRED' ? 'ttl_elapsed' : null,
    to: to.includes('@') ? { email: to } : { phone_number: to },
    channels: channels.map((channel) => ({ channel: wordOf(channel) })),
    last_channel: wordOf(channels[position] as Channel),
    expires_at: '2027-01-01T00:00:00Z',
    verified_at: null,
    created_at: '2026-12-31T23:50:00Z',
    updated_at: '2026-12-31T23:50:00Z',
  };
};

/** Answers what is asked under `/v1/`. */
export function birdVerifyV1(verifications: BirdVerifications): (request: VendorRequest) => VendorAnswer {
  const { book, withdrawn } = verifications;
  const kept = new Map<string, { readonly request: string; readonly answer: VendorAnswer }>();
  const missing = error(404, 'not_found_error', 'NoActiveVerification', 'E13000');
  const invalid = (name: string) => error(422, 'validation_error', name, 'E01000');
  const isOpen = ({ sent }: BirdVerification) => sent.state === 'PENDING' && sent.failed < sent.maxAttempts;

  function create(to: string, { code_length: length = 6, channels }: NonNullable<Said['options']>): VendorAnswer {
    if (length < 4 || length > 8) return invalid('InvalidCodeLength');
    const found = verifications.find({ to });
    if (found && isOpen(found)) {
      if (!verifications.isCooling(found)) verifications.send(found, found.position, 'FRESH');
      return json(200, shown(found));
    }
    const enabled = CHANNELS.filter((channel) => (channel === 'EMAIL') === to.includes('@') && !withdrawn.has(channel));
    const plan = (channels ?? enabled.map(wordOf)).flatMap((word) => enabled.filter((each) => wordOf(each) === word));
    if (plan.length === 0) return invalid('NoAvailableChannel');
    return json(200, shown(verifications.create(to, plan, { length, maxAttempts: MAX_ATTEMPTS })));
  }

  /** The end of a verification is told once. */
  function check(to: string, code: string): VendorAnswer {
    const found = verifications.find({ to });
    if (!found || found.isTold) return missing;
    const { sent } = found;
    const isExpired = sent.state === 'EXPIRED';
    const success = isOpen(found) && book.guess(sent, code) === 'RIGHT';
    const goesOn = !success && isOpen(found);
    found.isTold = !goesOn;
    const reason = isExpired ? 'expired' : goesOn ? 'incorrect_code' : 'attempts_exhausted';
    return json(200, {
      success,
      reason: success ? null : reason,
      attempts_remaining: goesOn ? sent.maxAttempts - sent.failed : null,
      verification: shown(found),
    });
  }

  function goOn(to: string): VendorAnswer {
    const found = verifications.find({ to });
    if (!found || !isOpen(found)) return missing;
    const later = found.channels.map((_, position) => position).slice(found.position + 1);
    if (later.length === 0) return invalid('NoNextChannel');
    const taken = later.some((position) => verifications.send(found, position, 'FRESH'));
    return taken ? json(200, shown(found)) : invalid('NoAvailableChannel');
  }

  function act(path: string, said: Said): VendorAnswer {
    const { email, phone_number: phone } = said.to ?? {};
    const to = email?.toLowerCase() ?? phone ?? '';
    if (!to || (phone !== undefined && !E164.test(phone))) return invalid('InvalidRecipient');
    if (path === '/v1/verify/verifications') return create(to, said.options ?? {});
    if (path === '/v1/verify/verifications/check') return check(to, said.code ?? '');
    if (path === '/v1/verify/verifications/next-channel') return goOn(to);
    return error(404, 'not_found_error', 'NotFound', 'E01001');
  }

  return ({ method, path, headers, body }) => {
    if (headers.authorization !== `Bearer ${BIRD_V1.apiKey}`) return error(401, 'auth_error', 'Unauthorized', 'E01002');
    if (method === 'GET' && path === '/v1/workspace') return json(200, { id: 'ws_1', name: 'Production' });
    const key = headers['idempotency-key'];
    if (method !== 'POST' || typeof key !== 'string') return error(400, 'bad_request_error', 'BadRequest', 'E01006');
    const request = `${path} ${body.toString('utf8')}`;
    const earlier = kept.get(key);
    if (earlier && earlier.request !== request) return error(409, 'conflict_error', 'idempotency_key_reuse', 'E01005');
    const answer = earlier?.answer ?? act(path, JSON.parse(body.toString('utf8')) as Said);
    kept.set(key, { request, answer });
    return answer;
  };
}
