/** Events, removed with their deliveries once they are of no use to anybody. */
import { type Connection, run } from '../entities/database.js';
import { dueRows } from '../entities/oldest-rows.js';
import { prepared } from '../entities/prepared.js';

/** Events that one sweep removes at most. */
export const EVENT_SWEEP_LIMIT = 2_000;

const SWEEP = prepared(`
  with ${dueRows('event')}
  delete from event v using due d where v.workspace_id = d.workspace_id and v.mode = d.mode and v.id = d.id
  returning v.id`);

/**
 * @param days for which an event is kept
 * @returns how many were removed: `limit` means that more are waiting
 */
export async function sweepEvents(pool: Connection, days: number, limit = EVENT_SWEEP_LIMIT): Promise<number> {
  return (await run(pool, SWEEP, [days, limit])).length;
}
