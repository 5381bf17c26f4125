/** Events, removed with their deliveries once they are of no use to anybody. */
import { type Connection, run } from '../entities/database.js';
import { dueRows } from '../entities/oldest-rows.js';
import { prepared } from '../entities/prepared.js';

/** Events that one sweep removes at most. */
export const EVENT_SWEEP_LIMIT = 2_000;

// Where less is kept than the three days in which an event is tried, and where an old one is sent again.
const IS_OVER = `not exists (select from event_delivery t
          where t.workspace_id = v.workspace_id and t.mode = v.mode and t.event_id = v.id
            and t.status = 'PENDING' and t.give_up_at > now())`;

const SWEEP = prepared(`
  with ${dueRows('event', IS_OVER)}
  delete from event v using due d where v.workspace_id = d.workspace_id and v.mode = d.mode and v.id = d.id
  returning v.id`);

/**
 * @param days for which an event is kept
 * @returns how many were removed: `limit` means that more are waiting
 */
export async function sweepEvents(pool: Connection, days: number, limit = EVENT_SWEEP_LIMIT): Promise<number> {
  return (await run(pool, SWEEP, [days, limit])).length;
}
