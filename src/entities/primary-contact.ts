/** Moving the pointer to a customer's primary contact, for whoever has verified another one. */
import type { Mode } from '../kernel/world.js';
import type { CONTACT_KINDS } from './columns.js';
import { runOne, type Transaction } from './database.js';
import { contactChanged, eventsOf } from './event-log.js';
import { prepared } from './prepared.js';

export interface NewPrimary {
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly customerId: string;
  readonly contactId: string;
  readonly kind: (typeof CONTACT_KINDS)[number];
}

/** SQL for whose row, and which contact of theirs was verified. */
export interface VerifiedContact {
  readonly workspaceId: string;
  readonly mode: string;
  readonly customerId: string;
  readonly contactId: string;
  readonly kind: string;
}

/**
 * What an update of a customer `c` sets once a contact of theirs is verified: an unverified primary one of its kind
 * gives way, a verified one stays. `from` is one more item of its `from`: the customer as the statement's own snapshot
 * has them. A statement that waits for the row goes on with the row's newest version, and with these as they were, so
 * `isAsSeen` has to hold, or the transaction must have the row since an earlier statement.
 */
export const givingWay = ({ workspaceId, mode, customerId, contactId, kind }: VerifiedContact) => ({
  set: `
      primary_email_id = case when ${kind} = 'EMAIL' and not seen.email then ${contactId} else c.primary_email_id end,
      primary_phone_id = case when ${kind} = 'PHONE' and not seen.phone then ${contactId} else c.primary_phone_id end,
      updated_at = now()`,
  from: `lateral (
      select o.xmin as version, ${isVerified('email')} as email, ${isVerified('phone')} as phone
      from customer o where o.workspace_id = ${workspaceId} and o.mode = ${mode} and o.id = ${customerId}
    ) seen`,
  isAsSeen: 'c.xmin = seen.version',
});

function isVerified(kind: 'email' | 'phone'): string {
  return `exists (
        select from contact_point p where p.workspace_id = o.workspace_id and p.mode = o.mode
          and p.id = o.primary_${kind}_id and p.verified_at is not null)`;
}

const REPLACE = prepared(`
  with moved as (
  update customer c set
    primary_email_id = case $5 when 'EMAIL' then $4 else c.primary_email_id end,
    primary_phone_id = case $5 when 'PHONE' then $4 else c.primary_phone_id end,
    updated_at = now()
  from customer before left join contact_point p on p.workspace_id = before.workspace_id and p.mode = before.mode
    and p.id = case $5 when 'EMAIL' then before.primary_email_id else before.primary_phone_id end
    and p.id <> $4 and p.verified_at is not null
  where c.workspace_id = $1 and c.mode = $2 and c.id = $3
    and before.workspace_id = c.workspace_id and before.mode = c.mode and before.id = c.id
  returning c.id, p.id as replaced, p.value,
    case $5 when 'EMAIL' then before.primary_email_id else before.primary_phone_id end as former
  ), ${eventsOf(
    contactChanged('PRIMARY_SET', {
      customerId: 'moved.id',
      id: '$4',
      kind: '$5::text',
      from: 'moved',
      where: 'moved.former is distinct from $4',
    }),
  )}
  select replaced as id, value from moved`);

/** A verified contact that gave way. */
export interface Replaced {
  readonly id: string;
  readonly value: string;
}

/**
 * Makes a contact the primary one of its kind. The transaction must hold the customer's row since an earlier statement:
 * of two changes at once each has to see what the other left.
 *
 * @returns the verified contact that gave way, or undefined
 */
export async function replacePrimary(transaction: Transaction, contact: NewPrimary): Promise<Replaced | undefined> {
  const { workspaceId, mode, customerId, contactId, kind } = contact;
  const values = [workspaceId, mode, customerId, contactId, kind];
  const row = await runOne<{ id: string | null; value: string | null }>(transaction, REPLACE, values);
  return row?.id && row.value ? { id: row.id, value: row.value } : undefined;
}
