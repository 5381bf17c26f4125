/** Tells whether a text holds a card number, which no field of the gateway may ever store (PCI DSS 4.0, 3.3 and 3.5). */

const SHORTEST = 13;
const LONGEST = 19;

/**
 * True for a text with a card number in it: 13 to 19 digits that pass the check of ISO/IEC 7812-1 annex B (Luhn), in
 * any script, with anything that is neither letter nor digit in between.
 */
export function hasCardNumber(text: string): boolean {
  const digest = DIGEST.exec(text)?.[1]?.replaceAll(/[\d-]/g, '');
  if (digest !== undefined && digest.length >= FEWEST_LETTERS) return false;
  // In compatibility form, where a circled or a wide digit is a digit.
  return runsOfGroups(text.normalize('NFKC')).some(
    (groups) => groups.some((_, first) => startsWithNumber(groups, first)) || holdsIssued(groups.join('')),
  );
}

// One in two hundred SHA-256 in hex holds thirteen digits in a row that pass by chance. What is wholly a digest or a
// UUID, with or without a prefix, is no card number.
const DIGEST =
  /^(?:[a-z]{1,10}[_-])?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
// Of 32 hexadecimal digits twelve are letters on average.
const FEWEST_LETTERS = 4;

/** The digits between two letters, in groups as they are written. */
function runsOfGroups(text: string): string[][] {
  return text
    .split(/\p{L}+/u)
    .map((part) => [...part.matchAll(/\p{Nd}+/gu)].map(([group]) => Array.from(group, digitOf).join('')));
}

/** The digits of all scripts that were met: some hundreds at most, for that is what Unicode has. */
const known = new Map<string, number>();

// Unicode keeps the digits of a script together, zero first (The Unicode Standard, section 4.6).
function digitOf(character: string): number {
  const before = known.get(character);
  if (before !== undefined) return before;
  const code = character.codePointAt(0) as number;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  known.set(character, (code - zero) % 10);
  return (code - zero) % 10;
}

/** Whether whole groups from this one on are a number: a date or a security code behind it does not hide it. */
function startsWithNumber(groups: readonly string[], first: number): boolean {
  let number = '';
  // By index: a copy of the rest for each of forty thousand groups would block the process for seconds.
  for (let at = first; at < groups.length; at += 1) {
    number += groups[at];
    if (number.length > LONGEST) return false;
    if (number.length >= SHORTEST && passesLuhn(number)) return true;
  }
  return false;
}

// Inside a longer number only what an issuer of the large networks could have given out: any ten numbers of a length
// hold one that passes. Visa, Mastercard, Discover, JCB, UnionPay; American Express; Diners Club.
const ISSUED: readonly (readonly [prefix: RegExp, length: number])[] = [
  [/^(?:4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|6011|64[4-9]|65|35(?:2[89]|[3-8])|62)/, 16],
  [/^3[47]/, 15],
  [/^3(?:0[0-5]|6|8)/, 14],
];

function holdsIssued(digits: string): boolean {
  return ISSUED.some(([prefix, length]) => {
    for (let at = 0; at + length <= digits.length; at += 1) {
      const part = digits.slice(at, at + length);
      if (prefix.test(part) && passesLuhn(part)) return true;
    }
    return false;
  });
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += place % 2 === 0 ? digit : doubled;
  }
  return sum % 10 === 0;
}
