/** Twilio's Messages and Calls API, version 2010-04-01, as far as messages are sent by it. */
import { randomBytes } from 'node:crypto';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const TWILIO = {
  accountSid: `AC${'0a'.repeat(16)}`,
  authToken: 'twilio-token-hunter2',
  contentSid: `HX${'0b'.repeat(16)}`,
};

export interface TwilioMessage {
  readonly sid: string;
  readonly form: Readonly<Record<string, string>>;
}

export interface FakeTwilio extends Vendor {
  readonly messages: readonly TwilioMessage[];
  readonly calls: readonly TwilioMessage[];
}

const error = (status: number, code: number, message: string, headers = {}): VendorAnswer =>
  json(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, headers);

export async function startTwilio(): Promise<FakeTwilio> {
  const messages: TwilioMessage[] = [];
  const calls: TwilioMessage[] = [];
  const account = `/2010-04-01/Accounts/${TWILIO.accountSid}`;
  const basic = `Basic ${Buffer.from(`${TWILIO.accountSid}:${TWILIO.authToken}`).toString('base64')}`;

  function answer({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers.authorization !== basic) return error(401, 20003, 'Authenticate');
    if (method === 'GET' && path === `${account}.json`) return json(200, { sid: TWILIO.accountSid, status: 'active' });
    const kinds = { [`${account}/Messages.json`]: messages, [`${account}/Calls.json`]: calls };
    const list = kinds[path];
    if (method !== 'POST' || !list) return error(404, 20404, `The requested resource ${path} was not found`);
    if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return error(415, 20415, 'form');
    const form = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    const missing = faultOf(form, list === calls);
    if (missing) return missing;
    const sid = `${list === calls ? 'CA' : 'SM'}${randomBytes(16).toString('hex')}`;
    list.push({ sid, form });
    return json(201, { sid, status: 'queued', to: form['To'], from: form['From'] ?? null, error_code: null });
  }

  const vendor = await startVendor({
    answer,
    refusal: error(400, 21211, "The 'To' number +4915100000000 is not a valid phone number."),
    throttled: error(429, 20429, 'Too Many Requests', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { messages, calls });
}

function faultOf(form: Readonly<Record<string, string>>, isCall: boolean): VendorAnswer | undefined {
  if (!form['To']) return error(400, 21604, "A 'To' phone number is required.");
  if (isCall) return form['From'] && form['Twiml'] ? undefined : error(400, 21205, 'Url parameter is required.');
  if (!form['From'] && !form['MessagingServiceSid']) return error(400, 21603, "A 'From' phone number is required.");
  if (!form['Body'] && !form['ContentSid']) return error(400, 21602, 'Message body is required.');
  return undefined;
}
