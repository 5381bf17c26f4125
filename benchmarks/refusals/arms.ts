/** The kinds of request that nobody may tell apart by their time. */
import { type Person } from './people.ts';

export interface Request {
  readonly email: string;
  /** Written by the trusted proxy, which is this machine. */
  readonly ip: string;
  /** Present: a guess, otherwise a request for a code. */
  readonly code?: string;
}

export interface Arm {
  readonly name: string;
  /** Customers that it needs, and whether they have verified their phone. */
  readonly people: readonly Person[];
  readonly areVerified?: boolean;
  /** What is asked once, before anything is measured. */
  readonly before?: readonly Request[];
  readonly request: (index: number) => Request;
}

const GATE = { email: 5, phone: 5, ip: 30 };
/** Emails, phones and addresses of which each has used up its gate. */
const LIMITED = 20;

let addresses = 0;
/** An address that nobody has asked from. */
export function freshIp(): string {
  addresses += 1;
  return `2001:db8:${(addresses >> 16).toString(16)}:${(addresses & 0xffff).toString(16)}::1`;
}

/**
 * Addresses that ask as often as the gate lets them. A client is measured as it comes back: its first request opens a
 * counter, which tells about the client and not about the customer.
 */
function returningIps(): () => string {
  let uses = 0;
  let ip = '';
  return () => {
    if (uses % (GATE.ip - 5) === 0) ip = freshIp();
    uses += 1;
    return ip;
  };
}

const emailOf = (arm: string, index: number) => `${arm}-${index}@example.com`;
let numbers = 0;
const freshPhone = () => {
  numbers += 1;
  // Spread over the ranges of ten thousand numbers: the caps on messages stop a range whose codes nobody confirms.
  return `+1415${2_000_000 + ((numbers * 10_007) % 8_000_000)}`;
};
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const person = (arm: string, index: number, phone = freshPhone()): Person => ({ email: emailOf(arm, index), phone });

/** @param count requests of each arm */
export function sendArms(count: number): Arm[] {
  const fresh = (arm: string) => {
    const ip = returningIps();
    return (index: number) => ({ email: emailOf(arm, index), ip: ip() });
  };
  const ipOfLimitedEmail = returningIps();
  const phones = times(LIMITED, freshPhone);
  const ips = times(LIMITED, freshIp);
  const taken = times(count, freshPhone);
  return [
    { name: 'accepted', people: times(count, (index) => person('accepted', index)), request: fresh('accepted') },
    { name: 'unknown', people: [], request: fresh('unknown') },
    { name: 'unknown-too', people: [], request: fresh('unknown-too') },
    {
      name: 'country',
      people: times(count, (index) => person('country', index, '+5352123456')),
      request: fresh('country'),
    },
    {
      name: 'in-use',
      people: times(count, (index) => person('in-use', index, taken[index])),
      request: fresh('in-use'),
    },
    {
      name: '(owners)',
      people: times(count, (index) => person('owners', index, taken[index])),
      areVerified: true,
      request: fresh('owners'),
    },
    {
      name: 'email-limit',
      people: times(LIMITED, (index) => person('email-limit', index)),
      before: times(LIMITED * GATE.email, (index) => ({
        email: emailOf('email-limit', index % LIMITED),
        ip: freshIp(),
      })),
      request: (index) => ({ email: emailOf('email-limit', index % LIMITED), ip: ipOfLimitedEmail() }),
    },
    {
      name: 'phone-limit',
      people: times(count + LIMITED * GATE.phone, (index) => person('phone-limit', index, phones[index % LIMITED])),
      before: times(LIMITED * GATE.phone, (index) => ({ email: emailOf('phone-limit', count + index), ip: freshIp() })),
      request: fresh('phone-limit'),
    },
    {
      name: 'ip-limit',
      people: times(count + LIMITED * GATE.ip, (index) => person('ip-limit', index)),
      before: times(LIMITED * GATE.ip, (index) => ({
        email: emailOf('ip-limit', count + index),
        ip: ips[index % LIMITED] as string,
      })),
      request: (index) => ({ email: emailOf('ip-limit', index), ip: ips[index % LIMITED] as string }),
    },
  ];
}

/** Wrong guesses, after the requests for codes of the arms above. The code is wrong in test mode. */
export function confirmArms(count: number): Arm[] {
  const guess = (arm: string) => {
    const ip = returningIps();
    return (index: number) => ({ email: emailOf(arm, index), ip: ip(), code: '000000' });
  };
  return [
    { name: 'code-sent', people: [], request: guess('accepted') },
    { name: 'decoy', people: [], request: guess('unknown') },
    { name: 'decoy-too', people: [], request: guess('unknown-too') },
    { name: 'refused', people: [], request: guess('country') },
    { name: 'not-asked', people: times(count, (index) => person('not-asked', index)), request: guess('not-asked') },
    { name: 'nobody', people: [], request: guess('nobody') },
  ];
}
