/**
 * What graphql-js says of a document or a variable that it refuses, without the value that it repeats: a whole input
 * with everything secret in it, where one field of it is missing. Callers log the messages they get.
 */
import { hasCardNumber } from '../kernel/card-number.js';

// Anchored by graphql-js's own words; what stands between them is the caller's.
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/ value: .*$/s, ' value'],
  [/^(Expected value of type "[^"]+"), found .*$/s, '$1.'],
  [/^Value .* does not exist in "(\w+)" enum\..*$/s, 'The value does not exist in "$1" enum.'],
  [/\b(String|BlockString|Int|Float) ".*"/s, '$1'],
];

/** Characters of a message at most: it may repeat a name of 90 kB, and a document may hold a hundred of them. */
const LONGEST = 1_000;

/** A reason without the value that it is about. */
export function withoutValues(message: string): string {
  const whole = VALUES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
  const kept = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
  return hasCardNumber(kept) ? 'The message is withheld: it would repeat a card number.' : kept;
}

/** Where a variable was refused, and why. */
export interface Coercion {
  readonly argument: string;
  readonly reason: string;
}

/**
 * Reads a message such as
 * `Variable "$input" got invalid value 3 at "input.code"; String cannot represent a non string value: 3`.
 *
 * @param inner the message behind it, which is all that follows the semicolon
 */
export function coercionOf(message: string, inner: string | undefined): Coercion | undefined {
  const name = /^Variable "\$(\w+)"/.exec(message)?.[1];
  if (name === undefined) return undefined;
  const isRefused = inner !== undefined && message.endsWith(`; ${inner}`);
  // Of the value that was refused nothing may be taken for the path: it stands last before the semicolon.
  const path = isRefused ? / at "([^"\\]+)"$/.exec(message.slice(0, -inner.length - 2))?.[1] : undefined;
  return { argument: path ?? name, reason: withoutValues(isRefused ? inner : message) };
}
