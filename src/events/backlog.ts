/** How it stands with deliveries, for whoever watches them. */
import { type Connection, runOne } from '../entities/database.js';
import { TRIED_FOR_SECONDS } from '../entities/event-log.js';
import type { EndpointState, WebhookState } from '../telemetry/gauges.js';

/** What the metrics of queues call it. */
export const WEBHOOK_QUEUE = 'webhook-deliver';

const secondsSince = (moment: string) => `coalesce(greatest(0, extract(epoch from now() - ${moment})), 0)::float8`;

/** Deliveries of one endpoint that are looked at from either end: one that is dead for days has a million. */
export const LOOKED_AT = 10_000;

const WAITING = `event_delivery d
      where e.status = 'ENABLED' and d.workspace_id = e.workspace_id and d.mode = e.mode and d.endpoint_id = e.id
        and d.status = 'PENDING' order by d.next_attempt_at`;

// What waits for a disabled endpoint is nobody's fault, and is not read. When an event was written is when it is given
// up, less the time for which it is tried: the row of the delivery is enough. Where there are more than are looked at,
// what was never tried is at the one end, the oldest first, and what failed and is put off is at the other.
const STATE = `
  with endpoint as (
    select case when e.status = 'ENABLED' then case when s.failed + l.failed > 0 then 'FAILING' else 'ANSWERING' end
                when e.disabled_reason = 'GONE' then 'GONE' else 'DISABLED' end as state,
           s.waiting, s.due, least(s.given_up, l.given_up) - interval '${TRIED_FOR_SECONDS} seconds' as written
    from webhook_endpoint e cross join lateral (
      select count(*) as waiting, count(d.last_failure) as failed, min(d.next_attempt_at) as due,
             min(d.give_up_at) as given_up
      from (select d.next_attempt_at, d.give_up_at, d.last_failure from ${WAITING} limit ${LOOKED_AT}) d
    ) s cross join lateral (
      select count(d.last_failure) as failed, min(d.give_up_at) as given_up
      from (select d.give_up_at, d.last_failure from ${WAITING} desc limit ${LOOKED_AT}) d
    ) l
    where e.url is not null
  )
  select coalesce(sum(waiting) filter (where state in ('ANSWERING', 'FAILING')), 0)::int as waiting,
         ${secondsSince(`min(due) filter (where state in ('ANSWERING', 'FAILING'))`)} as "oldestSeconds",
         count(*) filter (where state = 'ANSWERING')::int as "ANSWERING",
         count(*) filter (where state = 'FAILING')::int as "FAILING",
         count(*) filter (where state = 'DISABLED')::int as "DISABLED",
         count(*) filter (where state = 'GONE')::int as "GONE",
         ${secondsSince(`min(written) filter (where state = 'ANSWERING')`)} as "oldestAnswering",
         ${secondsSince(`min(written) filter (where state = 'FAILING')`)} as "oldestFailing"
  from endpoint`;

type Row = Record<EndpointState | 'waiting' | 'oldestSeconds' | 'oldestAnswering' | 'oldestFailing', number>;

/** One statement, over deliveries of all workspaces: what it tells names none. */
export async function readBacklog(pool: Connection): Promise<WebhookState> {
  const { waiting, oldestSeconds, oldestAnswering, oldestFailing, ...endpoints } = (await runOne<Row>(
    pool,
    STATE,
  )) as Row;
  return {
    queue: WEBHOOK_QUEUE,
    waiting,
    oldestSeconds,
    endpoints,
    oldestEventSeconds: { ANSWERING: oldestAnswering, FAILING: oldestFailing },
  };
}
