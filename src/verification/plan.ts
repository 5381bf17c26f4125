/** What is asked of a new verification, checked before anything is written. */
import { BOUNDS, type VerificationKind } from '../entities/verification.js';
import { type Contact, type ContactKind, parseContact } from '../kernel/contact.js';
import { badInput } from '../kernel/errors.js';
import { canonicalLocale } from '../kernel/region.js';

/** What is asked of a verification as a whole. */
export interface Terms {
  readonly locale: string | undefined;
  readonly codeLength: number;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
}

const BOUNDED = { CODE: ['codeLength', 'timeoutSeconds', 'maxAttempts'], LINK: ['timeoutSeconds'] } as const;

/** @throws {GatewayError} BAD_USER_INPUT naming the argument that is out of bounds; nothing is clamped */
export function checkBounds(input: Terms, kind: VerificationKind = 'CODE'): void {
  for (const name of BOUNDED[kind]) {
    const { min, max } = BOUNDS[name];
    if (input[name] < min || input[name] > max) throw badInput(`input.${name}`, `must be ${min} to ${max}`);
  }
  if (input.locale !== undefined && canonicalLocale(input.locale) === undefined) {
    throw badInput('input.locale', 'not a BCP 47 tag, for example en-US');
  }
}

/** @throws {GatewayError} BAD_USER_INPUT for text that is no contact, and for numbers that no code should go to */
export function parseRecipient(kind: ContactKind, argument: string, text: string, live: boolean): Contact {
  const parsed = parseContact(kind, text);
  if ('reason' in parsed) throw badInput(argument, parsed.reason);
  const { contact } = parsed;
  if (contact.premiumRate) throw badInput(argument, 'a premium-rate number receives no codes');
  if (live && contact.assigned === false) throw badInput(argument, 'not a number in use in its country');
  return contact;
}

/** @throws {GatewayError} BAD_USER_INPUT: neither the caller nor the customer names a recipient */
export function noRecipient(kind: ContactKind, argument: string): never {
  throw badInput(argument, `the customer has no primary ${kind === 'EMAIL' ? 'email' : 'phone number'}; name one`);
}
