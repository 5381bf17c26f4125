/** Events, removed with their deliveries once they are of no use to anybody. */
import { type Connection, run } from '../entities/database.js';

/** Events that one sweep removes at most. */
export const EVENT_SWEEP_LIMIT = 2_000;

// As verifications are swept: an id begins with the milliseconds of its making, so the primary key finds the oldest.
const SWEEP = `
  with due as materialized (
    select o.workspace_id, o.mode, o.id
    from workspace w cross join (values ('TEST'), ('LIVE')) as m (mode) cross join lateral (
      select v.workspace_id, v.mode, v.id from event v
      where v.workspace_id = w.id and v.mode = m.mode
        and v.id < rpad(lpad(to_hex((extract(epoch from now() - $1 * interval '1 day') * 1000)::int8), 12, '0'), 32, '0')::uuid
      order by v.workspace_id, v.mode, v.id limit $2 for update of v skip locked
    ) o
    limit $2
  )
  delete from event v using due d where v.workspace_id = d.workspace_id and v.mode = d.mode and v.id = d.id
  returning v.id`;

/**
 * @param days for which an event is kept
 * @returns how many were removed: `limit` means that more are waiting
 */
export async function sweepEvents(pool: Connection, days: number, limit = EVENT_SWEEP_LIMIT): Promise<number> {
  return (await run(pool, SWEEP, [days, limit])).length;
}
