/** Finished verifications, removed with their steps once nobody is to be told of them any more. */
import { type Connection, run } from '../entities/database.js';

/** Verifications that one sweep removes at most: what it locks and writes is bounded, whatever has piled up. */
export const SWEEP_LIMIT = 2_000;

// An id begins with the milliseconds of its making (RFC 9562 section 5.7), so the primary key finds the oldest of each
// world, and sends pay for no index by time. A verification is over when it expires, at the latest; one that a session
// still names is its proof. Locked rows are somebody else's sweep.
const SWEEP = `
  with due as materialized (
    select o.workspace_id, o.mode, o.id
    from workspace w cross join (values ('TEST'), ('LIVE')) as m (mode) cross join lateral (
      select v.workspace_id, v.mode, v.id from verification v
      where v.workspace_id = w.id and v.mode = m.mode
        and v.id < rpad(lpad(to_hex((extract(epoch from now() - $1 * interval '1 day') * 1000)::int8), 12, '0'), 32, '0')::uuid
        and v.expires_at < now() - $1 * interval '1 day'
        and not exists (select from session s
          where s.workspace_id = v.workspace_id and s.mode = v.mode and s.verification_id = v.id)
      order by v.workspace_id, v.mode, v.id limit $2 for update of v skip locked
    ) o
    limit $2
  ), steps as (
    delete from verification_step s using due d
    where s.workspace_id = d.workspace_id and s.mode = d.mode and s.verification_id = d.id
  ), links as (
    delete from verification_link l using due d
    where l.workspace_id = d.workspace_id and l.mode = d.mode and l.verification_id = d.id
  ), grants as (
    delete from upstream_grant g using due d
    where g.workspace_id = d.workspace_id and g.mode = d.mode and g.verification_id = d.id
  )
  delete from verification v using due d
  where v.workspace_id = d.workspace_id and v.mode = d.mode and v.id = d.id
  returning v.id`;

/**
 * @param days for which a verification is kept after its end
 * @returns how many were removed: `limit` means that more are waiting
 */
export async function sweepVerifications(pool: Connection, days: number, limit = SWEEP_LIMIT): Promise<number> {
  return (await run(pool, SWEEP, [days, limit])).length;
}
