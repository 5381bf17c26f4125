/** How full the queues are, for whoever watches them. */
import { type Connection, run } from '../entities/database.js';
import type { QueueState } from '../telemetry/gauges.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, NOTICE_QUEUE } from './queues.js';

const QUEUES = [DELIVERY_QUEUE, NOTICE_QUEUE, CANCEL_QUEUE];

// States before `active`: new jobs, and those that wait for a retry. No job here depends on another, so none is blocked:
// that is said because pg-boss's index of what waits is of such jobs alone. Without it every reading would walk all
// that have ended within the hour.
const WAITING = `
  select q.name as queue, j.waiting,
         coalesce(greatest(0, extract(epoch from now() - j.due)), 0)::float8 as "oldestSeconds"
  from unnest($1::text[]) as q (name) cross join lateral (
    select count(*)::int as waiting, min(j.start_after) as due from pgboss.job j
    where j.name = q.name and j.state < 'active' and not j.blocked
  ) j`;

/** One statement, over jobs of all workspaces: what it tells names none. */
export function readQueues(pool: Connection): Promise<QueueState[]> {
  return run<QueueState>(pool, WAITING, [QUEUES]);
}
