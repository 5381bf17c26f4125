/** The use case behind `removeContactPoint`. */
import { type Actor, recordAudit } from '../access/audit.js';
import type { Reach } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import { type Database, runOne } from '../entities/database.js';
import { contactChanged, contactRow, eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { contactEvent } from './contact-event.js';
import { lockContact } from './lock-contact.js';

// The primary goes to the contact of the kind that was verified first. The foreign key is looked at after the
// statement, when neither the row nor a pointer to it is left.
const REMOVE = prepared(`
  with gone as (
    delete from contact_point where workspace_id = $1 and mode = $2 and id = $3 returning *
  ), heir as (
    select p.id from contact_point p join gone on gone.customer_id = p.customer_id and gone.kind = p.kind
    where p.workspace_id = $1 and p.mode = $2 and p.id <> $3 and p.verified_at is not null
    order by p.verified_at, p.id limit 1
  ), ${eventsOf(contactChanged('REMOVED', { ...contactRow('gone'), where: 'gone.verified_at is not null' }))}
  update customer c set
    primary_email_id = case when c.primary_email_id = $3 then (select id from heir) else c.primary_email_id end,
    primary_phone_id = case when c.primary_phone_id = $3 then (select id from heir) else c.primary_phone_id end,
    updated_at = now()
  from gone join customer before on before.workspace_id = $1 and before.mode = $2 and before.id = gone.customer_id
  where c.workspace_id = $1 and c.mode = $2 and c.id = gone.customer_id
  returning gone.value, coalesce($3 in (before.primary_email_id, before.primary_phone_id), false) as "wasPrimary"`);

export interface RemoveContactDeps {
  readonly database: Database;
  readonly outbox: Outbox;
}

/**
 * Takes a contact from its customer, and returns the customer's id. The holder of a verified primary one is told.
 * @throws {GatewayError} NOT_FOUND
 */
export function removeContactPoint(
  { database, outbox }: RemoveContactDeps,
  world: Reach,
  actor: Actor,
  id: string,
): Promise<string> {
  const { workspaceId, mode } = world;
  return database.transaction(async (transaction) => {
    const { customerId, kind, isVerified } = await lockContact(transaction, world, id);
    type Removed = { value: string; wasPrimary: boolean };
    const removed = await runOne<Removed>(transaction, REMOVE, [workspaceId, mode, id]);
    if (removed?.wasPrimary && isVerified) {
      const contact = { id, value: removed.value };
      await outbox.enqueueNotice(transaction, { workspaceId, mode, customerId, kind, contact });
    }
    await recordAudit(transaction, world, actor, contactEvent('contact_point.removed', id, { customerId, kind }));
    return customerId;
  });
}
