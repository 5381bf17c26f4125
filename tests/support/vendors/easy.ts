/** Easy-Connect: it knows customers by their email, and never says why nothing was sent. */
import { type CodeBook, createCodeBook } from './code-book.js';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const EASY = { apiKey: 'sk_live_easy-hunter2', sendPath: '/v1/api/easy-connect/send' };

export interface FakeEasy extends Vendor {
  readonly book: CodeBook;
  enroll(email: string): void;
}

const timestamp = '2026-01-01T00:00:00Z';
const success = (data: unknown): VendorAnswer =>
  json(200, { success: true, timestamp, data, message: 'OK', pagination: null });
const error = (status: number, code: string, headers = {}): VendorAnswer =>
  json(status, { success: false, timestamp, error: { code, message: 'No', details: null } }, headers);

export async function startEasy(): Promise<FakeEasy> {
  const book = createCodeBook();
  const enrolled = new Set<string>();

  function verify(email: string, code: string): VendorAnswer {
    const entry = book.find({ to: email });
    if (entry?.state === 'EXPIRED') return error(400, 'otp_expired');
    if (entry?.state !== 'PENDING') return error(404, 'verification_not_found');
    switch (book.guess(entry, code)) {
      case 'SPENT':
        return error(400, 'max_attempts_reached');
      case 'WRONG':
        return error(400, 'invalid_otp');
      case 'RIGHT':
        return success({ token: 'eyJ.easy-session-hunter2' });
    }
  }

  function answer({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers['x-easy-api-key'] !== EASY.apiKey) return error(401, 'unauthorized');
    if (method === 'GET' && path === '/v1/api/validate-key') return success({ valid: true });
    if (method !== 'POST') return error(404, 'not_found');
    const { email = '', code = '' } = JSON.parse(body.toString('utf8')) as { email?: string; code?: string };
    if (path === '/v1/api/easy-connect/verify') return verify(email, code);
    if (path !== EASY.sendPath) return error(404, 'not_found');
    if (!enrolled.has(email)) return success({ sent: false });
    book.make(email, { maxAttempts: 5 });
    return success({ sent: true });
  }

  const vendor = await startVendor({
    answer,
    refusal: success({ sent: false }),
    throttled: error(429, 'rate_limited', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { book, enroll: (email: string) => void enrolled.add(email) });
}
