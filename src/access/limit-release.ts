/** The statement that takes hits back from the counters of the limit ledger. */
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { ReleasedHits } from './limit-reservations.js';

// Locked in the order in which reservations lock them: an update alone takes rows as it finds them, and would
// deadlock with one. A hit of a window that is over is none of the next one's: whoever sends refused calls around
// the turn of a window would gain as many messages.
const RELEASE = prepared(`
  with r as (
    select * from unnest($1::uuid[], $2::bytea[], $3::int8[], $4::int8[]) as r (workspace_id, key, hits, ends_at)
  ), held as (
    select w.workspace_id, w.key from rate_limit_window w
    where (w.workspace_id, w.key) in (select r.workspace_id, r.key from r)
    order by w.workspace_id, w.key for update
  )
  update rate_limit_window w set hits = greatest(0, w.hits - (
    select coalesce(sum(r.hits), 0) from r where r.workspace_id = w.workspace_id and r.key = w.key
      and (r.ends_at is null or r.ends_at = (extract(epoch from w.expires_at) * 1000)::int8)))
  from held where w.workspace_id = held.workspace_id and w.key = held.key`);

export async function releaseRows(pool: Connection, rows: readonly ReleasedHits[]): Promise<void> {
  await run(pool, RELEASE, [
    rows.map(({ workspaceId }) => workspaceId),
    rows.map(({ key }) => key),
    rows.map(({ count }) => count),
    rows.map(({ endsAt }) => endsAt ?? null),
  ]);
}
