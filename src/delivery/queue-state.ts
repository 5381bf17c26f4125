/** How full the queues are, for whoever watches them. */
import { type Connection, run } from '../entities/database.js';
import type { QueueState } from '../telemetry/metrics.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, NOTICE_QUEUE } from './outbox.js';

const QUEUES = [DELIVERY_QUEUE, NOTICE_QUEUE, CANCEL_QUEUE];

// States before `active`: new jobs, and those that wait for a retry.
const WAITING = `
  select q.name as queue, count(j.id)::int as waiting,
         coalesce(greatest(0, extract(epoch from now() - min(j.start_after))), 0)::float8 as "oldestSeconds"
  from unnest($1::text[]) as q (name) left join pgboss.job j on j.name = q.name and j.state < 'active'
  group by q.name`;

/** One statement, over jobs of all workspaces: what it tells names none. */
export function readQueues(pool: Connection): Promise<QueueState[]> {
  return run<QueueState>(pool, WAITING, [QUEUES]);
}
