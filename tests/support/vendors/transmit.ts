/** Transmit Security's Verification API: every call speaks for a user, by their access token. */
import { type CodeBook, createCodeBook } from './code-book.js';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const TRANSMIT = { userToken: 'transmit-user-token-hunter2' };

interface Sending {
  email?: string;
  phone_number?: string;
  passcode?: string;
  custom_message?: string;
  sender_id?: string;
  email_content?: { subject?: string };
  update_primary?: boolean;
}

export interface FakeTransmit extends Vendor {
  readonly book: CodeBook;
  readonly said: readonly Sending[];
  /** Takes this user's token from now on. */
  accept(userToken: string): void;
}

const error = (status: number, error_code: string, headers = {}): VendorAnswer =>
  json(status, { error_code, message: 'No' }, headers);

export async function startTransmit(): Promise<FakeTransmit> {
  const book = createCodeBook();
  const said: Sending[] = [];
  const tokens = new Set([TRANSMIT.userToken]);

  function send(sending: Sending, to: string): VendorAnswer {
    const { custom_message: text, sender_id: sender = '', email_content: content } = sending;
    const isTextWrong = text !== undefined && (text.length > 140 || !text.includes('{otp}') || !text.includes('{app}'));
    if (isTextWrong || sender.length > 11 || (content && !content.subject)) return error(400, 'system_invalid_input');
    book.make(to);
    return json(200, { message: to.includes('@') ? 'Email sent successfully' : 'SMS sent' });
  }

  function validate({ passcode = '' }: Sending, to: string): VendorAnswer {
    const entry = book.find({ to });
    if (!entry) return error(404, 'user_not_found');
    if (entry.state === 'APPROVED') return error(409, 'already_verified');
    if (entry.state === 'EXPIRED') return error(400, 'auth_otp_passcode_expired');
    return book.guess(entry, passcode) === 'RIGHT'
      ? json(200, { result: true })
      : error(400, 'auth_invalid_credentials');
  }

  function answer({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (!tokens.has(headers.authorization?.replace(/^Bearer /, '') ?? '')) return error(401, 'unauthorized');
    const sending = JSON.parse(body.toString('utf8')) as Sending;
    said.push(sending);
    const [, kind, operation] = /^\/v1\/verification\/otp\/(email|sms)\/(send|validate)$/.exec(path) ?? [];
    const to = kind === 'email' ? sending.email : sending.phone_number;
    if (method !== 'POST' || !operation) return error(404, 'not_found');
    if (!to) return error(400, 'system_invalid_input');
    return operation === 'send' ? send(sending, to) : validate(sending, to);
  }

  const vendor = await startVendor({
    answer,
    refusal: error(409, 'contact_taken'),
    throttled: error(429, 'too_many_requests', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { book, said, accept: (token: string) => void tokens.add(token) });
}
