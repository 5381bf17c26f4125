/** A contact and its customer, held until the end of the transaction. */
import type { Reach } from '../access/principal.js';
import { runOne, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { ContactKind } from '../kernel/contact.js';
import { GatewayError } from '../kernel/errors.js';
import { lockCustomer } from './lock-customer.js';

export interface LockedContact {
  readonly customerId: string;
  readonly kind: ContactKind;
  readonly isVerified: boolean;
}

const CONTACT = prepared(`
  select customer_id as "customerId", kind, verified_at is not null as "isVerified" from contact_point
  where workspace_id = $1 and mode = $2 and id = $3 and ($4::uuid is null or customer_id = $4) for no key update`);

/**
 * Changes of one customer's contacts wait for each other here. The contact is locked before the customer, as a
 * confirmation does it: the other way round the two could wait for each other.
 * @throws {GatewayError} NOT_FOUND, also for a contact of a deleted customer
 */
export async function lockContact(
  transaction: Transaction,
  { workspaceId, mode, customerId }: Reach,
  id: string,
): Promise<LockedContact> {
  const contact = await runOne<LockedContact>(transaction, CONTACT, [workspaceId, mode, id, customerId ?? null]);
  if (contact && (await lockCustomer(transaction, { workspaceId, mode }, contact.customerId))) return contact;
  throw new GatewayError('NOT_FOUND', 'There is no such contact.');
}
