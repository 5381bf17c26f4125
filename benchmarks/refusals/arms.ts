/** What the kinds of request are made of. Nobody may tell one kind from another by its time. */
import type { Person } from './people.ts';
import type { Caller, Site } from './site.ts';

export interface Request {
  readonly email: string;
  /** Written by the trusted proxy, which is this machine. */
  readonly ip: string;
  /** Present: a guess, otherwise a request for a code. */
  readonly code?: string;
}

export interface Arm {
  readonly name: string;
  /** Whose key asks. */
  readonly caller: Caller;
  /** Customers that it needs, in the world of the caller unless `home` names another. */
  readonly people: readonly Person[];
  readonly home?: Caller;
  /** Whether each asks for a code before its guess is measured. */
  readonly hasAsked?: boolean;
  /** Whether a code goes to each of its people. */
  readonly isSent?: boolean;
  /** Closes the gate, before anything is measured. */
  readonly close?: (site: Site) => Promise<void>;
  readonly request: (index: number) => Request;
  /** Opens for the first request what refused it, and nothing else: the same request must then be taken. */
  readonly open?: (site: Site) => Promise<void>;
  /** The counter of `/metrics` that tells this gate: `gate="ip"`, `cap="prefix"`. */
  readonly metric?: string;
  /** Wrong guesses that each of its verifications has in the end. */
  readonly guesses?: number;
}

/** In test mode this is the code of every verification. */
export const RIGHT_CODE = '123456';
export const WRONG_CODE = '000000';

/** An address asks this often: below its gate, and one time is left for the request after the gate was opened. */
const ASKS_OF_ADDRESS = 25;
let addresses = 0;
/** An address that nobody has asked from. */
export function freshIp(): string {
  addresses += 1;
  return `2001:db8:${(addresses >> 16).toString(16)}:${(addresses & 0xffff).toString(16)}::1`;
}

/**
 * Addresses by the place of a request. A client is measured as it comes back: its first request opens a counter, which
 * tells about the client and not about the customer.
 */
export const addressesOf = (count: number): string[] => times(Math.ceil(count / ASKS_OF_ADDRESS), freshIp);
export const addressOf = (ips: readonly string[], index: number): string =>
  ips[Math.floor(index / ASKS_OF_ADDRESS)] as string;

/**
 * Numbers spread over ranges of ten thousand: the caps on messages stop a range whose codes nobody confirms. No two
 * are the same: a phone that is asked for often is the gate of phones, whatever else it was meant to be.
 *
 * @param places digits behind the area
 */
export function numbersOf(area: string, places: number): () => string {
  let given = 0;
  const first = 2 * 10 ** (places - 1);
  return () => {
    given += 1;
    return `${area}${first + ((given * 10_007) % (7 * 10 ** (places - 1)))}`;
  };
}

/** Of a country that is eligible, given out, and of a normal rate. */
export const freshPhone = numbersOf('+1415', 7);
export const cubanPhone = numbersOf('+535', 7);

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
export const emailOf = (arm: string, index: number): string => `${arm}-${index}@example.com`;
export const peopleOf = (arm: string, count: number, phone: () => string | undefined = freshPhone): Person[] =>
  times(count, (index) => ({ email: emailOf(arm, index), phone: phone() }));
