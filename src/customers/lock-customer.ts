/** A customer, held until the end of the transaction. */
import type { World } from '../access/principal.js';
import { runOne, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';

const LOCK = prepared(`
  select id from customer
  where workspace_id = $1 and mode = $2 and id = $3 and deleted_at is null for no key update`);

/** False where there is none, or they are deleted. */
export async function lockCustomer(
  transaction: Transaction,
  { workspaceId, mode }: World,
  id: string,
): Promise<boolean> {
  return (await runOne(transaction, LOCK, [workspaceId, mode, id])) !== undefined;
}

export const noSuchCustomer = (): GatewayError => new GatewayError('NOT_FOUND', 'There is no such customer.');
