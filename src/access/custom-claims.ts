/** Claims that a workspace adds to its access tokens, and the names that are not for it to give. */

// What the gateway says of a token and of its customer, here or in an id token, and what others read as proof or as a
// right: when a token starts, what it is bound to, who acts for whom, how the customer proved themselves (the IANA
// registry of JSON Web Token claims).
const RESERVED = new Set(
  (
    'iss sub aud exp nbf iat jti azp client_id session_id sid scope scp amr acr mode auth_time nonce at_hash c_hash ' +
    's_hash cnf act may_act typ email email_verified phone_number phone_number_verified events sub_id'
  ).split(' '),
);
// They name an object's prototype in the programs that read tokens.
const DANGEROUS = new Set(['__proto__', 'constructor', 'prototype']);
const LONGEST = 4_096;
const DEEPEST = 5;
const LONGEST_NAME = 100;

/** Whether a workspace's own claims cannot have this name, in any case of its letters. */
export const isReservedClaim = (name: string): boolean => RESERVED.has(name.toLowerCase());

/** What is wrong with the claims, in words for a developer, or undefined. */
export function faultOfClaims(claims: Readonly<Record<string, unknown>>): string | undefined {
  // The depth first: what is too deep cannot be written out either.
  if (!isShallow(claims, DEEPEST)) return `must be nested ${DEEPEST} deep at most`;
  if (Buffer.byteLength(JSON.stringify(claims)) > LONGEST) return `must be at most ${LONGEST} bytes of JSON`;
  const reserved = Object.keys(claims).find(isReservedClaim);
  if (reserved !== undefined) return `${reserved} is a claim of the gateway's own`;
  return isClean(claims)
    ? undefined
    : `names must be 1 to ${LONGEST_NAME} printable characters and no __proto__, and texts without NUL`;
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;

function isShallow(value: unknown, levels: number): boolean {
  if (!isNested(value)) return true;
  return levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1));
}

const isName = (name: string): boolean =>
  name.length >= 1 && name.length <= LONGEST_NAME && !/[\p{Cc}\p{Cs}]/u.test(name) && !DANGEROUS.has(name);

// PostgreSQL's JSON holds neither a NUL nor half a surrogate pair.
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function isClean(value: unknown): boolean {
  if (!isNested(value)) return typeof value !== 'string' || isStorable(value);
  return (Array.isArray(value) || Object.keys(value).every(isName)) && Object.values(value).every(isClean);
}
