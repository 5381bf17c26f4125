/** What a user token says before anything of it is believed: enough to find whose keys it is checked with. */
import type { ClaimedOrigin } from './issuer-directory.js';

/** Characters at most. */
export const LONGEST_TOKEN = 8_192;
const LONGEST_ISSUER = 2_048;
const MOST_AUDIENCES = 20;

// RFC 9068 section 2.1, RFC 7519 section 5.1; many providers leave it out. What says that it is something else, such as
// a logout token, is not taken for an access token (RFC 8725 section 3.11).
const TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt', 'application/jwt']);
// Where the token itself says which keys to trust (RFC 8725 section 3.10), and extensions that must be understood and
// are not (RFC 7515 section 4.1.11).
const REFUSED_HEADERS = ['jku', 'jwk', 'x5u', 'crit'];

/** Where a token says that it comes from, or undefined for text that is no access token of a foreign issuer. */
export function parseUserToken(token: string): ClaimedOrigin | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const parts = token.split('.');
  // RFC 7515 section 2: no padding, no spaces, and no spare bits. One token has one spelling.
  if (parts.length !== 3 || parts.some((part) => part === '' || bytesOf(part).toString('base64url') !== part)) {
    return undefined;
  }
  const [header, payload] = parts.slice(0, 2).map(objectOf);
  if (!header || !payload || REFUSED_HEADERS.some((name) => Object.hasOwn(header, name))) return undefined;
  const { typ } = header;
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.has(typ.toLowerCase()))) return undefined;
  const { iss: issuer, aud } = payload;
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!isText(issuer) || issuer.length > LONGEST_ISSUER || !audiences.every(isText)) return undefined;
  return audiences.length > MOST_AUDIENCES ? undefined : { issuer, audiences };
}

const bytesOf = (part: string): Buffer => Buffer.from(part, 'base64url');

function objectOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytesOf(part).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Text that PostgreSQL can hold. */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
