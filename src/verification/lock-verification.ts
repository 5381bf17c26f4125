/** A verification, held until the end of the transaction. */
import type { World } from '../access/principal.js';
import { run, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';

// Taken before the step's row, as the statements of failover and resend take them: the other way round the two
// would deadlock.
const LOCK = prepared(`
  select 1 from verification where workspace_id = $1 and mode = $2 and id = $3 for no key update`);

/**
 * Changes of one verification's steps take turns here. It is a statement of its own, before any that looks at a step: one
 * that waited itself would go on with the steps as they were before.
 */
export async function lockVerification(
  transaction: Transaction,
  { workspaceId, mode }: World,
  verificationId: string,
): Promise<void> {
  await run(transaction, LOCK, [workspaceId, mode, verificationId]);
}
