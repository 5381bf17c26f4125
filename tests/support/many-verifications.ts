/** A workspace with many verifications: thirty days of them, nearly all expired. */
import { createWorkspace } from '../../src/customers/workspaces.js';
import { type Connection, run } from '../../src/entities/database.js';
import { newId } from '../../src/kernel/ids.js';
import { batchesOf, pastVerifications } from './past-verifications.js';

export const CUSTOMERS = 10_000;
/** Returns the workspace and one of its ten thousand customers, who has one in ten thousand of the verifications. */
export async function fillVerifications(
  pool: Connection,
  total: number,
): Promise<{ workspaceId: string; customerId: string }> {
  const workspaceId = await createWorkspace(pool, 'Many');
  await run(
    pool,
    `insert into customer (workspace_id, mode, id, platform_customer_id, uma_address)
     select $1, 'TEST', gen_random_uuid(), n::text, n || '@' from generate_series(1, ${CUSTOMERS - 1}) n`,
    [workspaceId],
  );
  const customerId = newId();
  await run(
    pool,
    `insert into customer (workspace_id, mode, id, platform_customer_id, uma_address) values ($1, 'TEST', $2, '0', '0@')`,
    [workspaceId, customerId],
  );
  // The key of the steps is checked once at the end and not a million times: what is filled in is known to be right.
  await run(pool, 'alter table verification_step disable trigger all');
  await run(pool, 'alter table verification disable trigger all');
  await run(pool, 'drop index verification_of_customer_index');
  for (const [from, until] of batchesOf(total))
    await run(pool, pastVerifications('$4::uuid'), [from, until, total, workspaceId]);
  // As full as an index is that has grown by itself: a new one would be smaller than any in use.
  await run(
    pool,
    `create index verification_of_customer_index on verification (workspace_id, mode, customer_id, contact_kind, id)
     with (fillfactor = 70)`,
  );
  await run(pool, 'alter index verification_of_customer_index reset (fillfactor)');
  await run(pool, 'alter table verification enable trigger all');
  await run(pool, 'alter table verification_step enable trigger all');
  await run(pool, 'vacuum analyze');
  return { workspaceId, customerId };
}
