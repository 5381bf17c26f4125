/** The use case behind `setPrimaryContactPoint`. */
import { type Actor, recordAudit } from '../access/audit.js';
import type { Reach } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Database } from '../entities/database.js';
import { replacePrimary } from '../entities/primary-contact.js';
import { GatewayError } from '../kernel/errors.js';
import { contactEvent } from './contact-event.js';
import { lockContact } from './lock-contact.js';

export interface SetPrimaryDeps {
  readonly database: Database;
  readonly outbox: Outbox;
}

/**
 * Makes a verified contact the one that its customer is known by, and returns the customer's id. The one that gives
 * way is told.
 * @throws {GatewayError} NOT_FOUND, or CONFLICT when the contact is not verified
 */
export function setPrimaryContactPoint(
  { database, outbox }: SetPrimaryDeps,
  world: Reach,
  actor: Actor,
  id: string,
): Promise<string> {
  const { workspaceId, mode } = world;
  return database.transaction(async (transaction) => {
    const { customerId, kind, isVerified } = await lockContact(transaction, world, id);
    if (!isVerified) {
      throw new GatewayError('CONFLICT', 'Only a verified contact can be made primary.', {
        argument: 'input.id',
        reason: 'the contact is not verified',
      });
    }
    const left = await replacePrimary(transaction, { workspaceId, mode, customerId, contactId: id, kind });
    if (left) await outbox.enqueueNotice(transaction, { workspaceId, mode, customerId, kind, contact: left });
    await recordAudit(transaction, world, actor, contactEvent('contact_point.primary_set', id, { customerId, kind }));
    return customerId;
  });
}
