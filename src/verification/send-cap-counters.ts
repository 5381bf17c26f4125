/** Which counters a message is counted against, and how far each of them goes. */
import type { Principal } from '../access/principal.js';
import { type Contact, limitKey } from '../kernel/contact.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Messages of live mode in each window. */
export const SEND_CAPS = {
  key: { max: 10_000, windowMs: HOUR },
  customer: { max: 20, windowMs: HOUR },
  address: { max: 60, windowMs: HOUR },
  recipientHour: { max: 10, windowMs: HOUR },
  recipientDay: { max: 20, windowMs: DAY },
  prefix: { max: 200, windowMs: HOUR },
  unconfirmed: { max: 50, windowMs: DAY },
  probe: { max: 1, windowMs: 10 * MINUTE },
  country: { max: 5_000, windowMs: HOUR },
  workspace: { max: 50_000, windowMs: DAY },
} as const;

/** Who asks for a message. */
export interface Asker {
  readonly principal: Principal;
  /** An IPv6 address is its /64. */
  readonly clientIp: string;
}

/** A cap, and whose messages it counts: all of the workspace's where nobody is named. */
export type Counter = readonly [cap: keyof typeof SEND_CAPS, value: string | undefined];

/** The range of ten thousand numbers that a number is of: toll fraud rents whole ranges. */
export const prefixOf = (number: string): string => number.slice(0, -4);

/** Customers who came through one key are not one caller. */
export const callerOf = ({ customerId, keyId }: Principal): Counter =>
  customerId ? ['customer', customerId] : ['key', keyId];

/** A secret key's address is its backend's, not a visitor's. */
export function countersOf({ principal, clientIp }: Asker): Counter[] {
  const caller = callerOf(principal);
  return principal.kind === 'SECRET_KEY' ? [caller] : [caller, ['address', clientIp]];
}

export function countersTo({ kind, value, country }: Contact): Counter[] {
  const recipient = limitKey(value);
  const prefix = prefixOf(value);
  const phone: Counter[] = [
    ['prefix', prefix],
    ['unconfirmed', prefix],
    ['country', country],
  ];
  return [
    ['recipientHour', recipient],
    ['recipientDay', recipient],
    ...(kind === 'PHONE' ? phone : []),
    ['workspace', undefined],
  ];
}
