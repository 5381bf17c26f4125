/** A workspace with many verifications: thirty days of them, nearly all expired. */
import { createWorkspace } from '../../src/customers/workspaces.js';
import { type Connection, run } from '../../src/entities/database.js';
import { newId } from '../../src/kernel/ids.js';

export const MILLION = 1_000_000;
export const CUSTOMERS = 10_000;
/** Of each rare kind there is one in this many. */
export const RARE = 50_000;
const DAYS = 30;

const uuidAt = (milliseconds: string, serial: string) => `
  (substr(lpad(to_hex(${milliseconds}), 12, '0'), 1, 8) || '-' || substr(lpad(to_hex(${milliseconds}), 12, '0'), 9, 4)
   || '-7000-8000-' || lpad(to_hex(${serial}), 12, '0'))::uuid`;

// One in fifty thousand is verified, one canceled, one has spent its attempts, one failed for good, and one went by
// voice; the last twenty are pending.
const fill = (total: number) => `
  with n as materialized (
    select n, begun.at + n * (${DAYS} * 86400000::bigint / ${total}) as ms from generate_series($2::int, $3::int) n,
      (select (extract(epoch from now()) * 1000)::bigint - ${DAYS} * 86400000::bigint as at) begun
  ), v as (
    insert into verification (workspace_id, mode, id, customer_id, contact_kind, status, locale, code_length,
      timeout_seconds, max_attempts, failed_attempts, code_key_id, expires_at, resend_available_at, verified_at,
      created_at, updated_at)
    select $1, 'TEST', ${uuidAt('ms', 'n')}, c.id, case when n % 2 = 0 then 'EMAIL' else 'PHONE' end,
      case n % ${RARE} when 1 then 'VERIFIED' when 2 then 'CANCELED' when 3 then 'FAILED' else 'PENDING' end, 'en-US', 6,
      600, 3, case n % ${RARE} when 4 then 3 else 0 end, '0011aabb', to_timestamp(ms / 1000.0) + interval '10 minutes',
      to_timestamp(ms / 1000.0), case n % ${RARE} when 1 then to_timestamp(ms / 1000.0) end, to_timestamp(ms / 1000.0),
      to_timestamp(ms / 1000.0)
    from n join customer c on c.workspace_id = $1 and c.mode = 'TEST' and c.platform_customer_id = (n % ${CUSTOMERS})::text
    returning id
  )
  insert into verification_step (workspace_id, mode, verification_id, index, channel, recipient, identity, provider, status)
  select $1, 'TEST', ${uuidAt('ms', 'n')}, 0,
    case when n % ${RARE} = 5 then 'VOICE' when n % 2 = 0 then 'EMAIL' else 'SMS' end, 'x', 'x', 'test', 'DELIVERED'
  from n where (select count(*) from v) > 0`;

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
  for (let from = 1; from <= total; from += MILLION)
    await run(pool, fill(total), [workspaceId, from, Math.min(total, from + MILLION - 1)]);
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
