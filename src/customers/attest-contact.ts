/** The use case behind `attestContactPoint`. */
import { type Actor, recordAudit } from '../access/audit.js';
import type { World } from '../access/principal.js';
import { type Database, runOne, violatedUnique } from '../entities/database.js';
import { contactChanged, contactRow, eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { givingWay } from '../entities/primary-contact.js';
import { type ContactKind, parseContact } from '../kernel/contact.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { contactEvent } from './contact-event.js';
import { lockCustomer, noSuchCustomer } from './lock-customer.js';

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

const PRIMARY = givingWay({ workspaceId: '$1', mode: '$2', customerId: '$3', contactId: '$4', kind: '$5' });

const POINT = prepared(`
  update customer c set ${PRIMARY.set}
  from ${PRIMARY.from}
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
  const parsed = parseContact(kind, input.value);
  if ('reason' in parsed) throw badInput('input.value', parsed.reason);
  if (attestedBy.trim() === '' || attestedBy.length > 100 || /[\p{Cc}\p{Cs}]/u.test(attestedBy)) {
    throw badInput('input.attestedBy', 'must be 1 to 100 printable characters');
  }
  const { value, identity } = parsed.contact;
  const owner = [world.workspaceId, world.mode, customerId];
  try {
    await database.transaction(async (transaction) => {
      const values = [...owner, newId(), kind, value, identity, attestedBy.trim()];
      const contact = await runOne<{ id: string }>(transaction, ATTEST, values);
      // Looked at again under the customer's lock: a deleted customer must not be left with a verified contact, and
      // whatever is their primary by then stays it.
      const isKept =
        contact &&
        (await lockCustomer(transaction, world, customerId)) &&
        (await runOne(transaction, POINT, [...owner, contact.id, kind]));
      if (!isKept) throw noSuchCustomer();
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
