/** Whether a customer must verify their contacts, by the region rules of their workspace. */
import type { ContactVerificationRule } from '../entities/workspace.js';
import type { ContactKind } from '../kernel/contact.js';

export type ContactVerificationStatus = 'PENDING' | 'VERIFIED';

/** A channel that the policy does not require is null. */
export interface ContactVerification {
  readonly email: ContactVerificationStatus | null;
  readonly phone: ContactVerificationStatus | null;
}

export interface VerifiedContacts {
  readonly region: string | null;
  readonly emailVerified: boolean;
  readonly phoneVerified: boolean;
}

/** The reserved ISO 3166-1 code that stands for every member state of the European Union in a rule. */
const EU = 'EU';
const MEMBER_STATES = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);

/** The customer's state under a policy, or null where the policy asks nothing of their region. */
export function contactVerificationOf(
  policy: readonly ContactVerificationRule[],
  customer: VerifiedContacts,
): ContactVerification | null {
  const { region } = customer;
  if (region === null) return null;
  const applies = (rule: ContactVerificationRule) =>
    rule.region === region || (rule.region === EU && MEMBER_STATES.has(region));
  const required = (kind: ContactKind) => policy.some((rule) => applies(rule) && rule.channels.includes(kind));
  const status = (verified: boolean): ContactVerificationStatus => (verified ? 'VERIFIED' : 'PENDING');
  const email = required('EMAIL') ? status(customer.emailVerified) : null;
  const phone = required('PHONE') ? status(customer.phoneVerified) : null;
  return email || phone ? { email, phone } : null;
}
