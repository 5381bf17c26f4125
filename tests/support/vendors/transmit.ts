/** Transmit Security's Verification API: every call speaks for a user, by their access token. */
import { randomUUID } from 'node:crypto';
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
  redirect_uri?: string;
  update_primary?: boolean;
}

/** A mail with a link of the vendor's own, which is good once. */
export interface TransmitMail {
  readonly to: string;
  /** All that the mail has in it: it leads to the vendor. */
  readonly link: string;
  readonly redirectUri: string;
  isSpent: boolean;
}

export interface FakeTransmit extends Vendor {
  readonly book: CodeBook;
  readonly mails: readonly TransmitMail[];
  /** Addresses that the vendor's own profiles have as verified. */
  readonly verified: ReadonlySet<string>;
  /** Lets links lead to whatever begins so, as the Admin Portal does. */
  allowRedirect(prefix: string): void;
  readonly said: readonly Sending[];
  /** Takes this user's token from now on. */
  accept(userToken: string): void;
}

/** Where the links of its mails lead. */
const OPEN = '/verify/email-link';

const error = (status: number, error_code: string, headers = {}): VendorAnswer =>
  json(status, { error_code, message: 'No' }, headers);

export async function startTransmit(): Promise<FakeTransmit> {
  const book = createCodeBook();
  const said: Sending[] = [];
  const tokens = new Set([TRANSMIT.userToken]);
  const mails: TransmitMail[] = [];
  const verified = new Set<string>();
  const redirects: string[] = [];

  function mailLink({ email = '', redirect_uri: redirectUri = '', email_content: content }: Sending): VendorAnswer {
    const isAllowed = redirects.some((prefix) => redirectUri.startsWith(prefix));
    if (!email || !isAllowed || (content && !content.subject)) return error(400, 'system_invalid_input');
    if (verified.has(email)) return error(409, 'already_verified');
    mails.push({ to: email, link: `${vendor.url}${OPEN}?token=${randomUUID()}`, redirectUri, isSpent: false });
    return json(200, { message: 'Verification email sent' });
  }

  /** What the link of a mail opens, for whoever has it. */
  function openLink(token: string | null): VendorAnswer {
    const mail = mails.find(({ link }) => new URL(link).searchParams.get('token') === token);
    if (!mail) return error(404, 'not_found');
    const location = new URL(mail.redirectUri);
    location.searchParams.set('result', String(!mail.isSpent));
    mail.isSpent = true;
    verified.add(mail.to);
    return { status: 302, headers: { location: location.href } };
  }

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

  function answer({ method, path, query, headers, body }: VendorRequest): VendorAnswer {
    if (method === 'GET' && path === OPEN) return openLink(query.get('token'));
    if (!tokens.has(headers.authorization?.replace(/^Bearer /, '') ?? '')) return error(401, 'unauthorized');
    const sending = JSON.parse(body.toString('utf8')) as Sending;
    said.push(sending);
    if (method === 'POST' && path === '/v1/verification/links/email') return mailLink(sending);
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
  return Object.assign(vendor, {
    book,
    said,
    mails,
    verified,
    accept: (token: string) => void tokens.add(token),
    allowRedirect: (prefix: string) => void redirects.push(prefix),
  });
}
