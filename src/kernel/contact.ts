/**
 * A contact is an email address or a phone number that was understood. Everything past the edge handles
 * contacts, never the text a caller sent.
 */
import { domainToASCII } from 'node:url';
import { type CountryCode, parsePhoneNumberWithError } from 'libphonenumber-js/max';

export type ContactKind = 'EMAIL' | 'PHONE';

export interface Contact {
  readonly kind: ContactKind;
  /** What is stored and sent to: E.164, or the address with its domain in lower-case ASCII. */
  readonly value: string;
  /** What is compared: two spellings of one mailbox are one identity. */
  readonly identity: string;
  /**
   * The number's own country (GG for a Guernsey number, although it starts with +44); of one in no range that a country
   * has given out, the first that shares its calling code. Phones only.
   */
  readonly country?: CountryCode;
  /** Charged above the normal rate: messages to it are how toll fraud earns. Phones only. */
  readonly premiumRate?: boolean;
  /** In a range its country has given out to subscribers. Test mode takes any well-formed number. Phones only. */
  readonly assigned?: boolean;
}

/** A contact, or what is wrong with the text in words for a developer. */
export type ParsedContact = { contact: Contact } | { reason: string };

// The HTML standard's "valid email address", which is RFC 5322 without quotes, comments and folding: those
// are what makes a mailer split one string into several recipients.
const LOCAL_PART = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;
// The last label is no number (RFC 3696 section 2): `name@0xa000001` is an address inside somebody's network.
const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/;
// domainToASCII reads its text as the beginning of a URL and forgets a path, a line break or an escape.
const DOMAIN_TEXT = /^(?:[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61\u200c-]|\u200d)+$/u;

/** A domain name of at least two labels in lower-case ASCII, or undefined for anything else, IP addresses included. */
export function parseDomain(text: string): string | undefined {
  const domain = DOMAIN_TEXT.test(text) ? domainToASCII(text).toLowerCase() : '';
  return DOMAIN.test(domain) ? domain : undefined;
}

/** Characters of a contact as somebody may write it; 254 are left of an address (RFC 5321 section 4.5.3.1). */
const LONGEST_WRITTEN = 2_048;

/** Parses an address of the form `local@domain`; internationalized domains become their ASCII form. */
export function parseEmail(text: string): ParsedContact {
  // Before it is normalized: a text of nothing but marks takes seconds.
  if (text.length > LONGEST_WRITTEN) return { reason: 'longer than an email address' };
  const trimmed = text.normalize('NFC').trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at);
  const written = trimmed.slice(at + 1);
  const domain = parseDomain(written);
  const dotted = local.startsWith('.') || local.endsWith('.') || local.includes('..');
  const value = `${local}@${domain}`;
  if (at < 1 || dotted || !LOCAL_PART.test(local) || domain === undefined || value.length > 254) {
    return { reason: 'not an email address such as name@example.com' };
  }
  return { contact: { kind: 'EMAIL', value, identity: value.toLowerCase() } };
}

const NOT_E164 = 'not in E.164, for example +14155550123';
// A plus sign and fifteen digits (ITU-T E.164 section 6).
const LONGEST_E164 = 16;

const PREMIUM_RATE = new Set(['PREMIUM_RATE', 'SHARED_COST', 'PAGER', 'VOICEMAIL', 'UAN']);

/** Parses an international number (ITU-T E.164). A number with an extension is refused: no message reaches one. */
export function parsePhone(text: string): ParsedContact {
  if (!text.trim().startsWith('+')) return { reason: NOT_E164 };
  try {
    const number = parsePhoneNumberWithError(text.trim(), { extract: false });
    if (number.ext) return { reason: 'a number with an extension cannot receive a code' };
    if (!number.isPossible()) return { reason: 'too short or too long for its country' };
    const { number: value } = number;
    // No number that can be sent to in live mode: test mode takes those that people make up.
    const country = number.country ?? (number.isValid() ? undefined : number.getPossibleCountries()[0]);
    // A trunk zero too many (+44 00 20 …) would be read off again the next time: one number has one spelling.
    if (parsePhoneNumberWithError(value).number !== value || value.length > LONGEST_E164) return { reason: NOT_E164 };
    const contact: Contact = {
      kind: 'PHONE',
      value,
      identity: value,
      premiumRate: PREMIUM_RATE.has(number.getType() ?? ''),
      // A personal number forwards to wherever its owner says, at a price that its caller cannot see.
      assigned: number.isValid() && number.getType() !== 'PERSONAL_NUMBER',
      ...(country && { country }),
    };
    return { contact };
  } catch {
    return { reason: NOT_E164 };
  }
}

export const parseContact = (kind: ContactKind, text: string): ParsedContact =>
  kind === 'EMAIL' ? parseEmail(text) : parsePhone(text);

/** What is stored was parsed before: a number whose plan has changed since is still compared and counted as what it is. */
export function storedContact(kind: ContactKind, value: string): Contact {
  const parsed = parseContact(kind, value);
  return 'contact' in parsed ? parsed.contact : { kind, value, identity: value };
}

/** The country of what a phone number is compared by; undefined for an email, and for a number of no country. */
export function countryOf(identity: string): CountryCode | undefined {
  if (!identity.startsWith('+')) return undefined;
  const parsed = parsePhone(identity);
  return 'contact' in parsed ? parsed.contact.country : undefined;
}

const GMAIL = new Set(['gmail.com', 'googlemail.com']);

/**
 * One key for all spellings that reach one recipient, for limits only and never for delivery: without it
 * a thousand `+tag`s of one mailbox are a thousand budgets. Text that is no contact keeps its folded form.
 */
export function limitKey(text: string): string {
  // An id has no length of its own, and marks by the thousand are put in order for seconds.
  if (text.length > LONGEST_WRITTEN) return text;
  const parsed = text.includes('@') ? parseEmail(text) : parsePhone(text);
  if (!('contact' in parsed)) return text.normalize('NFKC').trim().toLowerCase();
  if (parsed.contact.kind === 'PHONE') return parsed.contact.value;
  const [local = '', domain = ''] = parsed.contact.identity.split('@');
  const mailbox = local.split('+')[0] || local;
  return GMAIL.has(domain) ? `${mailbox.replaceAll('.', '')}@gmail.com` : `${mailbox}@${domain}`;
}

/** `a***@example.com`, `+1415***23`: enough for its owner to recognize, too little to write to. */
export function mask(value: string): string {
  const at = value.lastIndexOf('@');
  if (at > 0) return `${value.slice(0, 1)}***${value.slice(at)}`;
  return `${value.slice(0, Math.max(2, value.length - 7))}***${value.slice(-2)}`;
}
