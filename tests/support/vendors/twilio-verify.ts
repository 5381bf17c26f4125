/** Twilio's Verify API, version 2: five checks, ten minutes, and one verification for each recipient. */
import { randomBytes } from 'node:crypto';
import { type CodeBook, createCodeBook, type SentCode } from './code-book.js';
import { TWILIO } from './twilio.js';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const TWILIO_VERIFY = { serviceSid: `VA${'0e'.repeat(16)}`, codeLength: 6 };

export interface FakeTwilioVerify extends Vendor {
  readonly book: CodeBook;
  /** Forms of every creation. */
  readonly created: readonly Readonly<Record<string, string>>[];
}

const error = (status: number, code: number, message: string, headers = {}): VendorAnswer =>
  json(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, headers);

/** Numbers that Twilio says something of its own about. */
export const TWILIO_NUMBERS: Readonly<Record<string, { status: number; code: number }>> = {
  '+15005550201': { status: 400, code: 60200 },
  '+15005550203': { status: 429, code: 60203 },
  '+15005550205': { status: 403, code: 60205 },
  '+15005550212': { status: 429, code: 60212 },
  '+15005550220': { status: 403, code: 60220 },
  '+15005550605': { status: 403, code: 60605 },
};

export async function startTwilioVerify(): Promise<FakeTwilioVerify> {
  const book = createCodeBook();
  const created: Record<string, string>[] = [];
  const service = `/v2/Services/${TWILIO_VERIFY.serviceSid}`;
  const basic = `Basic ${Buffer.from(`${TWILIO.accountSid}:${TWILIO.authToken}`).toString('base64')}`;
  const shown = ({ id, to, state }: SentCode, valid = state === 'APPROVED') => ({
    sid: id,
    service_sid: TWILIO_VERIFY.serviceSid,
    to,
    status: { PENDING: 'pending', APPROVED: 'approved', EXPIRED: 'expired', CANCELED: 'canceled' }[state],
    valid,
  });
  const missing = (path: string) => error(404, 20404, `The requested resource ${path} was not found`);

  function create(form: Record<string, string>): VendorAnswer {
    const { To: to, Channel: channel = '' } = form;
    if (!to || !['sms', 'call', 'email', 'whatsapp'].includes(channel)) return error(400, 60200, 'Invalid parameter');
    const said = TWILIO_NUMBERS[to];
    if (said) return error(said.status, said.code, `About ${to}`, { 'retry-after': '600' });
    created.push(form);
    const open = book.find({ to });
    if (open?.state === 'PENDING') {
      if (open.sends >= 5) return error(429, 60203, 'Max send attempts reached', { 'retry-after': '600' });
      open.sends += 1;
      return json(201, shown(open));
    }
    return json(201, shown(book.make(to, { maxAttempts: 5, id: `VE${randomBytes(16).toString('hex')}` })));
  }

  function check(form: Record<string, string>, path: string): VendorAnswer {
    const entry = book.find({ id: form['VerificationSid'], to: form['To'] });
    if (entry?.state !== 'PENDING') return missing(path);
    const guess = book.guess(entry, form['Code'] ?? '');
    return guess === 'SPENT'
      ? error(429, 60202, 'Max check attempts reached', { 'retry-after': '600' })
      : json(200, shown(entry));
  }

  function answer({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers.authorization !== basic) return error(401, 20003, 'Authenticate');
    if (method === 'GET' && path === service) return json(200, { sid: TWILIO_VERIFY.serviceSid, code_length: 6 });
    const form = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    if (method === 'POST' && path === `${service}/Verifications`) return create(form);
    if (method === 'POST' && path === `${service}/VerificationCheck`) return check(form, path);
    const entry = book.find({ id: path.slice(`${service}/Verifications/`.length) });
    if (method !== 'POST' || entry?.state !== 'PENDING' || form['Status'] !== 'canceled') return missing(path);
    entry.state = 'CANCELED';
    return json(200, shown(entry));
  }

  const vendor = await startVendor({
    answer,
    refusal: error(400, 60200, 'Invalid parameter `To`: +4915100000000'),
    throttled: error(429, 20429, 'Too Many Requests', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { book, created });
}
