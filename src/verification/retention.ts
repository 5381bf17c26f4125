/** Finished verifications, removed with their steps once nobody is to be told of them any more. */
import { type Connection, run } from '../entities/database.js';
import { dueRows } from '../entities/oldest-rows.js';
import { prepared } from '../entities/prepared.js';

/** Verifications that one sweep removes at most: what it locks and writes is bounded, whatever has piled up. */
export const VERIFICATION_SWEEP_LIMIT = 2_000;

// A verification is over when it expires, at the latest; one that a session still names is its proof.
const IS_OVER = `v.expires_at < now() - $1 * interval '1 day'
        and not exists (select from session s
          where s.workspace_id = v.workspace_id and s.mode = v.mode and s.verification_id = v.id)`;

const SWEEP = prepared(`
  with ${dueRows('verification', IS_OVER)}, steps as (
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
  returning v.id`);

/**
 * @param days for which a verification is kept after its end
 * @returns how many were removed: `limit` means that more are waiting
 */
export async function sweepVerifications(
  pool: Connection,
  days: number,
  limit = VERIFICATION_SWEEP_LIMIT,
): Promise<number> {
  return (await run(pool, SWEEP, [days, limit])).length;
}
