/** The use case behind `setPrimaryContactPoint`. */
import { type Actor, recordAudit } from '../access/audit.js';
import type { Reach } from '../access/principal.js';
import { type Database, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import { contactEvent } from './contact-event.js';
import { lockContact } from './lock-contact.js';

const POINT = prepared(`
  update customer set
    primary_email_id = case $5 when 'EMAIL' then $4 else primary_email_id end,
    primary_phone_id = case $5 when 'PHONE' then $4 else primary_phone_id end,
    updated_at = now()
  where workspace_id = $1 and mode = $2 and id = $3`);

/**
 * Makes a verified contact the one that its customer is known by, and returns the customer's id.
 * @throws {GatewayError} NOT_FOUND, or CONFLICT when the contact is not verified
 */
export function setPrimaryContactPoint(database: Database, world: Reach, actor: Actor, id: string): Promise<string> {
  return database.transaction(async (transaction) => {
    const { customerId, kind, isVerified } = await lockContact(transaction, world, id);
    if (!isVerified) {
      throw new GatewayError('CONFLICT', 'Only a verified contact can be made primary.', {
        argument: 'input.id',
        reason: 'the contact is not verified',
      });
    }
    await run(transaction, POINT, [world.workspaceId, world.mode, customerId, id, kind]);
    await recordAudit(transaction, world, actor, contactEvent('contact_point.primary_set', id, { customerId, kind }));
    return customerId;
  });
}
