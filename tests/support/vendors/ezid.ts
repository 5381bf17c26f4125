/** EZiD: it echoes the code to whoever has it sent, and answers a right guess with tokens. */
import { type CodeBook, createCodeBook } from './code-book.js';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const EZID = { clientId: 'ezid-client', clientSecret: 'ezid-secret-hunter2' };

export interface FakeEzid extends Vendor {
  readonly book: CodeBook;
}

const reason = (status: number, text: string, headers = {}): VendorAnswer =>
  json(status, { success: false, reason: text }, headers);

interface Body {
  client_id?: string;
  client_secret?: string;
  digits?: number;
  channel?: string;
  target?: string;
  expiry?: number;
  otp?: string;
  login_id?: string;
}

export async function startEzid(): Promise<FakeEzid> {
  const book = createCodeBook();

  function answer({ method, path, body }: VendorRequest): VendorAnswer {
    const said = JSON.parse(body.toString('utf8')) as Body;
    if (said.client_id !== EZID.clientId) return reason(401, 'Invalid Client ID');
    if (said.client_secret !== EZID.clientSecret) return reason(200, 'Invalid Client Secret');
    if (method === 'POST' && path === '/send/otp') {
      const { digits = 6, channel, target, expiry } = said;
      if (digits < 4 || digits > 6 || channel !== 'phone' || !target || !Number.isInteger(expiry))
        return reason(400, 'Invalid input');
      const { code, id } = book.make(target, { length: digits });
      return json(200, { otp: code, login_id: id });
    }
    if (method === 'POST' && path === '/verify/otp') {
      const entry = book.find({ id: said.login_id ?? '' });
      if (entry?.state === 'EXPIRED') return json(400, { error: 'otp expired' });
      if (entry?.state !== 'PENDING' || book.guess(entry, said.otp ?? '') !== 'RIGHT')
        return json(400, { error: 'otp invalid' });
      return json(200, {
        access_token: 'eyJ.ezid-access-hunter2',
        id_token: 'eyJ.ezid-id-hunter2',
        refresh_token: 'ezid-refresh-hunter2',
      });
    }
    if (method === 'POST' && path === '/refresh') return json(400, { error: 'refresh token invalid' });
    return json(404, { message: 'Not Found' });
  }

  const vendor = await startVendor({
    answer,
    refusal: reason(400, 'Invalid target +4915100000000'),
    throttled: reason(429, 'Too many requests', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { book });
}
