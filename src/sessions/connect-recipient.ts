/** Whose phone an email stands for, and whether a connect code may go there. */
import type { Principal, World } from '../access/principal.js';
import { type Connection, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type Contact, storedContact } from '../kernel/contact.js';
import type { DeliveryProvider } from '../providers/provider.js';
import { type ProviderRegistry, textCarriers } from '../providers/registry.js';
import { magicOf } from '../providers/test-mode.js';
import { isBlocked } from '../verification/targets.js';

export interface Enrolled {
  readonly customerId: string;
  /** The primary phone. */
  readonly phone: string;
  readonly locale: string | null;
  /** The customer who has verified the phone, if anybody has. */
  readonly phoneOwner: string | null;
  /** Whether wrong guesses have blocked the phone. */
  readonly isBlocked: boolean;
}

// An email is enrolled where a customer has verified it or has it as their primary one, and has a phone. Who has
// verified it goes first, then who had it first: a customer made later with somebody's email does not keep them out.
const FIND = prepared(`
  select c.id as "customerId", p.value as phone, c.locale, o.customer_id as "phoneOwner",
         ${isBlocked('p.identity')} as "isBlocked"
  from contact_point e
  join customer c on c.workspace_id = e.workspace_id and c.mode = e.mode and c.id = e.customer_id
    and c.deleted_at is null and (e.verified_at is not null or c.primary_email_id = e.id)
  join contact_point p on p.workspace_id = c.workspace_id and p.mode = c.mode and p.id = c.primary_phone_id
  left join contact_point o on o.workspace_id = p.workspace_id and o.mode = p.mode and o.kind = 'PHONE'
    and o.identity = p.identity and o.verified_at is not null
  where e.workspace_id = $1 and e.mode = $2 and e.kind = 'EMAIL' and e.identity = $3
  order by e.verified_at is null, e.id limit 1`);

export function findEnrolled(
  pool: Connection,
  { workspaceId, mode }: World,
  emailIdentity: string,
): Promise<Enrolled | undefined> {
  return runOne<Enrolled>(pool, FIND, [workspaceId, mode, emailIdentity]);
}

/** Stands in where nobody is enrolled, so that the same work is done: a number that was never given out. */
export const NOBODY: Enrolled = {
  customerId: '',
  phone: '+12025550100',
  locale: null,
  phoneOwner: null,
  isBlocked: false,
};

export interface Recipient {
  readonly contact: Contact;
  /** Who carries the gateway's own code there, if anybody does. */
  readonly provider: DeliveryProvider | undefined;
  /** Whether a code may go there. */
  readonly isOpen: boolean;
  /** Test mode's recipient whose verification has expired before it is confirmed. */
  readonly isExpired: boolean;
}

/** Judges a phone. Every question is asked, whatever the one before it said. */
export function judgePhone(
  { mode, workspace }: Principal,
  { customerId, phone, phoneOwner, isBlocked }: Enrolled,
  providers: ProviderRegistry,
): Recipient {
  const contact = storedContact('PHONE', phone);
  const [provider] = textCarriers(providers, { channel: 'SMS', mode, country: contact.country });
  const magic = mode === 'TEST' ? magicOf(contact.identity) : undefined;
  const questions = [
    // Of a stored number that today's metadata no longer takes for one nothing is known: refused like any other.
    contact.assigned !== undefined,
    contact.premiumRate !== true,
    mode === 'TEST' || contact.assigned === true,
    magic !== 'BLOCKED',
    magic !== undefined || workspace.eligibleCountries.includes(contact.country ?? ''),
    phoneOwner === null || phoneOwner === customerId,
    !isBlocked,
    provider !== undefined,
  ];
  return { contact, provider, isOpen: !questions.includes(false), isExpired: magic === 'EXPIRED' };
}
