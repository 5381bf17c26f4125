/** The one statement that turns a counted, right guess, or the click on a link, into a verified contact. */
import type { World } from '../access/principal.js';
import type { Connection } from '../entities/database.js';
import { contactChanged, eventsOf, type Fact, verificationData } from '../entities/event-log.js';
import { givingWay } from '../entities/primary-contact.js';
import { runTold, told, type ValuesOfWorld } from '../entities/told.js';
import type { VerificationKind } from '../entities/verification.js';
import type { Channel } from '../entities/verification-step.js';
import type { ContactKind } from '../kernel/contact.js';
import { newId } from '../kernel/ids.js';
import { VERIFICATION_COLUMNS, type VerificationRow } from './record.js';

const VERIFIED: Fact = {
  type: `'verification.verified'`,
  objectType: 'Verification',
  objectId: 'v.id',
  once: `'verified'`,
  data: verificationData('v', `'channel', s.channel, 'step', s.index`),
  step: { verificationId: 'v.id', index: 's.index' },
  from: 'changed join v on v.id = changed.id cross join s',
};

// A contact that was verified before is proved again, which changes nothing.
const CONTACT_VERIFIED = contactChanged('VERIFIED', {
  customerId: 'changed.customer_id',
  id: 'contact.id',
  kind: 'contact.kind',
  from: 'changed cross join contact',
  where: 'contact.is_new',
});

const PRIMARY = givingWay({
  workspaceId: 'v.workspace_id',
  mode: 'v.mode',
  customerId: 'v.customer_id',
  contactId: 'contact.id',
  kind: 'contact.kind',
});

// `status = 'PENDING'` makes one winner of any number of right guesses or clicks: the others wait on the row and find
// it taken. Contact and primary are written by the same statement, so there is no moment at which the verification is
// spent and the contact is not verified. The row of wrong guesses at the contact ends; it is locked last, as guesses
// lock it, so that the two cannot deadlock.
//
// A customer who was deleted before, or whose row another change has while the statement waits for it, is not changed:
// whether a primary is verified was seen before that. Then the last line divides by zero, which undoes the verification
// and the contact with it, and all of it is done again.
const settleBy = ({ change, where, evidence }: { change: string; where: string; evidence: string }) =>
  told(
    ({ guard, telling, select }) => `
  with v as (
    update verification set status = 'VERIFIED', verified_at = now(), updated_at = now() ${change}
    where workspace_id = $1 and mode = $2 and id = $3 and status = 'PENDING' ${where} ${guard}
    returning *
  ), s as (
    select t.* from v join verification_step t
      on t.workspace_id = v.workspace_id and t.mode = v.mode and t.verification_id = v.id and t.identity = $5
        and t.status <> 'PENDING'
    order by t.sends > 0 desc, t.index = v.current_step_index desc, t.index desc limit 1
  ), contact as (
    insert into contact_point (workspace_id, mode, id, customer_id, kind, value, identity, verified_at, verified_by)
    select v.workspace_id, v.mode, $4, v.customer_id, case s.channel when 'EMAIL' then 'EMAIL' else 'PHONE' end,
           s.recipient, s.identity, now(), ${evidence}
    from v cross join s
    on conflict (workspace_id, mode, customer_id, kind, identity) do update set
      verified_at = coalesce(contact_point.verified_at, excluded.verified_at),
      verified_by = coalesce(contact_point.verified_by, excluded.verified_by)
    returning id, kind, verified_at = now()::timestamptz(3) as is_new
  ), changed as (
    update customer c set ${PRIMARY.set}
    from v cross join contact cross join ${PRIMARY.from}
    where c.workspace_id = v.workspace_id and c.mode = v.mode and c.id = v.customer_id and c.deleted_at is null
      and ${PRIMARY.isAsSeen}
    returning ${VERIFICATION_COLUMNS}, contact.id as proven_id, contact.kind as proven_kind
  ), proven as (
    delete from guess_streak g using changed where g.workspace_id = $1 and g.mode = $2 and g.identity = $5
  ) ${telling(`, ${eventsOf(VERIFIED, CONTACT_VERIFIED)}`)}
  ${select(`
    select changed.*, s.channel, s.provider, 1 / (changed.id is not null)::int
    from v left join s on true left join changed on changed.id = v.id`)}`,
  );

const SETTLE = {
  // The attempt that was counted is given back.
  CODE: settleBy({ change: ', failed_attempts = failed_attempts - 1', where: '', evidence: `s.channel || '_CODE'` }),
  // Nothing is counted before a click, so its statement has to look at the clock itself.
  LINK: settleBy({ change: '', where: `and kind = 'LINK' and expires_at > now()`, evidence: `'EMAIL_LINK'` }),
};

/** What a proof is of. */
export interface Proven {
  readonly kind: VerificationKind;
  /** The verification. */
  readonly id: string;
  /** The contact that a code or link went to. */
  readonly identity: string;
}

/** The verification that was settled, the contact that was proved, and the step that carried the proof. */
export interface SettledRow extends VerificationRow {
  readonly proven_id: string;
  readonly proven_kind: ContactKind;
  readonly channel: Channel;
  readonly provider: string;
}

/**
 * Runs it once. It replaces a primary contact that is not verified; a verified one stays.
 * @returns undefined where another right guess or click was first, or the link has expired
 * @throws division by zero where the customer was deleted, or has changed meanwhile; nothing is written then
 */
export async function settleRow(connection: Connection, { workspaceId, mode }: World, { kind, id, identity }: Proven) {
  const values: ValuesOfWorld = [workspaceId, mode, id, newId(), identity];
  const [row] = await runTold<SettledRow>(connection, SETTLE[kind], values);
  return row?.id ? row : undefined;
}
