/** The one statement that turns a counted, right guess into a verified contact. */
import type { World } from '../access/principal.js';
import { type Connection, runOne, violatedUnique } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { newId } from '../kernel/ids.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

// `status = 'PENDING'` makes one winner of any number of right guesses: the others wait on the row and find it
// taken. Contact and primary are written by the same statement, so there is no moment at which the verification is
// spent and the contact is not verified. The attempt that was counted is given back, and the row of wrong guesses at
// the contact ends; it is locked last, as guesses lock it, so that the two cannot deadlock.
const SETTLE = prepared(`
  with v as (
    update verification set status = 'VERIFIED', verified_at = now(), updated_at = now(),
                            failed_attempts = failed_attempts - 1
    where workspace_id = $1 and mode = $2 and id = $3 and status = 'PENDING'
    returning *
  ), contact as (
    insert into contact_point (workspace_id, mode, id, customer_id, kind, value, identity, verified_at, verified_by)
    select v.workspace_id, v.mode, $4, v.customer_id, case s.channel when 'EMAIL' then 'EMAIL' else 'PHONE' end,
           s.recipient, s.identity, now(), s.channel || '_CODE'
    from v cross join lateral (
      select * from verification_step t
      where t.workspace_id = v.workspace_id and t.mode = v.mode and t.verification_id = v.id and t.identity = $6
        and t.status <> 'PENDING'
      order by t.sends > 0 desc, t.index = v.current_step_index desc, t.index desc limit 1
    ) s
    on conflict (workspace_id, mode, customer_id, kind, identity) do update set
      verified_at = coalesce(contact_point.verified_at, excluded.verified_at),
      verified_by = coalesce(contact_point.verified_by, excluded.verified_by)
    returning id, kind
  ), changed as (
    update customer c set
      primary_email_id = case when contact.kind = 'EMAIL' and ($5 or not verified.email) then contact.id else c.primary_email_id end,
      primary_phone_id = case when contact.kind = 'PHONE' and ($5 or not verified.phone) then contact.id else c.primary_phone_id end,
      updated_at = now()
    from v cross join contact cross join lateral (
      select coalesce(bool_or(p.kind = 'EMAIL'), false) as email, coalesce(bool_or(p.kind = 'PHONE'), false) as phone
      from customer o join contact_point p on p.workspace_id = o.workspace_id and p.mode = o.mode
        and p.id in (o.primary_email_id, o.primary_phone_id) and p.verified_at is not null
      where o.workspace_id = v.workspace_id and o.mode = v.mode and o.id = v.customer_id
    ) verified
    where c.workspace_id = v.workspace_id and c.mode = v.mode and c.id = v.customer_id
    returning ${VERIFICATION_COLUMNS}
  ), proven as (
    delete from guess_streak g using changed where g.workspace_id = $1 and g.mode = $2 and g.identity = $6
  )
  select * from changed`);

/** `TAKEN`: another right guess was first. `IN_USE`: another customer has verified the contact. */
export type Settled = VerificationRecord | 'TAKEN' | 'IN_USE';

export interface Proof {
  /** The verification. */
  readonly id: string;
  /** Whose code was entered. */
  readonly identity: string;
  /** Whether a verified primary contact gives way; an unverified one always does. */
  readonly updatePrimary: boolean;
}

export async function settle(pool: Connection, world: World, { id, identity, updatePrimary }: Proof): Promise<Settled> {
  try {
    const values = [world.workspaceId, world.mode, id, newId(), updatePrimary, identity];
    const row = await runOne<VerificationRow>(pool, SETTLE, values);
    return row ? toVerification(row) : 'TAKEN';
  } catch (error) {
    if (violatedUnique(error) === 'contact_point_verified_owner_unique') return 'IN_USE';
    throw error;
  }
}
