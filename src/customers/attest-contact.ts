/** The use case behind `attestContactPoint`. */
import { type Actor, recordAudit } from '../access/audit.js';
import type { World } from '../access/principal.js';
import { type Database, runOne, violatedUnique } from '../entities/database.js';
import { contactChanged, contactRow, eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { type ContactKind, parseEmail, parsePhone } from '../kernel/contact.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { contactEvent } from './contact-event.js';

export interface AttestContactInput {
  readonly customerId: string;
  readonly kind: ContactKind;
  readonly value: string;
  readonly attestedBy: string;
}

// A contact that was verified before keeps its evidence: what the gateway saw itself outranks what it is told.
const ATTEST = prepared(`
  with contact as (
  insert into contact_point as p (workspace_id, mode, id, customer_id, kind, value, identity, verified_at, verified_by, attested_by)
  select c.workspace_id, c.mode, $4, c.id, $5, $6, $7, now(), 'ATTESTED', $8
  from customer c where c.workspace_id = $1 and c.mode = $2 and c.id = $3 and c.deleted_at is null
  on conflict (workspace_id, mode, customer_id, kind, identity) do update set
    verified_at = coalesce(p.verified_at, excluded.verified_at),
    verified_by = coalesce(p.verified_by, excluded.verified_by),
    attested_by = case when p.verified_at is null then excluded.attested_by else p.attested_by end
  returning *, verified_at = now()::timestamptz(3) as is_new
  ), ${eventsOf(contactChanged('VERIFIED', { ...contactRow('contact'), where: 'contact.is_new' }))}
  select id from contact`);

// It becomes the primary where none of its kind is verified.
const POINT = prepared(`
  update customer c set
    primary_email_id = case when $5 = 'EMAIL' and not has_verified.email then $4 else c.primary_email_id end,
    primary_phone_id = case when $5 = 'PHONE' and not has_verified.phone then $4 else c.primary_phone_id end,
    updated_at = now()
  from (
    select coalesce(bool_or(p.kind = 'EMAIL'), false) as email, coalesce(bool_or(p.kind = 'PHONE'), false) as phone
    from customer o join contact_point p on p.workspace_id = o.workspace_id and p.mode = o.mode
      and p.id in (o.primary_email_id, o.primary_phone_id) and p.verified_at is not null
    where o.workspace_id = $1 and o.mode = $2 and o.id = $3
  ) has_verified
  where c.workspace_id = $1 and c.mode = $2 and c.id = $3 and c.deleted_at is null
  returning c.id`);

/**
 * Records that somebody else verified a contact of a customer.
 * @throws {GatewayError} BAD_USER_INPUT, NOT_FOUND, or CONFLICT when another customer has verified the contact
 */
export async function attestContactPoint(
  database: Database,
  world: World,
  actor: Actor,
  input: AttestContactInput,
): Promise<void> {
  const { customerId, kind, attestedBy } = input;
  const parsed = kind === 'EMAIL' ? parseEmail(input.value) : parsePhone(input.value);
  if ('reason' in parsed) throw badInput('input.value', parsed.reason);
  if (attestedBy.trim() === '' || attestedBy.length > 100 || /\p{Cc}/u.test(attestedBy)) {
    throw badInput('input.attestedBy', 'must be 1 to 100 printable characters');
  }
  const { value, identity } = parsed.contact;
  const owner = [world.workspaceId, world.mode, customerId];
  try {
    await database.transaction(async (transaction) => {
      const values = [...owner, newId(), kind, value, identity, attestedBy.trim()];
      const contact = await runOne<{ id: string }>(transaction, ATTEST, values);
      // Looked at again under the customer's lock: a deleted customer must not be left with a verified contact.
      const isKept = contact && (await runOne(transaction, POINT, [...owner, contact.id, kind]));
      if (!isKept) throw new GatewayError('NOT_FOUND', 'There is no such customer.');
      await recordAudit(transaction, world, actor, contactEvent('contact_point.attested', contact.id, input));
    });
  } catch (error) {
    if (violatedUnique(error) !== 'contact_point_verified_owner_unique') throw error;
    throw new GatewayError('CONFLICT', 'Another customer of this workspace has verified this contact.', {
      argument: 'input.value',
      reason: 'another customer has verified it',
    });
  }
}
