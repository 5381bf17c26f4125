/** How many deliveries wait, for whoever watches them. */
import { type Connection, run } from '../entities/database.js';
import type { QueueState } from '../telemetry/metrics.js';

/** What the metrics of queues call it. */
export const WEBHOOK_QUEUE = 'webhook-deliver';

// To endpoints that are told of anything: what waits for a disabled one is nobody's fault.
const WAITING = `
  select $1::text as queue, coalesce(sum(d.waiting), 0)::int as waiting,
         coalesce(greatest(0, extract(epoch from now() - min(d.oldest))), 0)::float8 as "oldestSeconds"
  from webhook_endpoint e cross join lateral (
    select count(*) as waiting, min(d.next_attempt_at) as oldest from event_delivery d
    where d.workspace_id = e.workspace_id and d.mode = e.mode and d.endpoint_id = e.id and d.status = 'PENDING'
  ) d
  where e.status = 'ENABLED' and e.url is not null`;

/** One statement, over deliveries of all workspaces: what it tells names none. */
export function readBacklog(pool: Connection): Promise<QueueState[]> {
  return run<QueueState>(pool, WAITING, [WEBHOOK_QUEUE]);
}
