/** What is to be sent next: deliveries are a queue of their own, in which the events of one object stand in line. */
import { type Connection, run, type Timestamp } from '../entities/database.js';
import type { EventType } from '../entities/event.js';
import { prepared } from '../entities/prepared.js';
import type { Mode } from '../kernel/world.js';
import { FIRST_ROOM, type Room } from './hands.js';

/** A delivery that this process has taken. */
export interface Claimed {
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly endpointId: string;
  readonly eventId: string;
  /** Which attempt it is, from 1 and from 1 again where it was asked for anew. */
  readonly attempts: number;
  /** The end of its lease: with the number it tells this attempt from all others, so that none speaks for the next. */
  readonly leasedUntil: Timestamp;
  readonly url: string;
  readonly includeContacts: boolean;
  readonly keyId: string;
  readonly sealed: Uint8Array;
  /** Null where one secret is live. */
  readonly previousKeyId: string | null;
  readonly previousSealed: Uint8Array | null;
  readonly type: EventType;
  readonly createdAt: Timestamp;
  readonly data: Record<string, unknown>;
  readonly hasContact: boolean;
  /** As it stands in its row now; null where that row is gone. */
  readonly contact: string | null;
}

/** After this a delivery of a process that was not heard of is taken by another; longer than an attempt can take. */
const LEASE_SECONDS = 60;

// Endpoints in any order: with a fixed one, those in front could keep the others waiting for ever. Of an object the
// oldest pending event is taken, and none behind it, by whichever process. Locked rows are somebody else's claim. The
// oldest is asked for in the order of its index: to a planner whose statistics are of an empty queue, "none is older"
// costs as little by the other index, which reads all that waits at the endpoint for each row.
const CLAIM = prepared(`
  with due as materialized (
    select d.workspace_id, d.mode, d.endpoint_id, d.event_id
    from (
      select e.*, coalesce(k.room, ${FIRST_ROOM}) as room
      from webhook_endpoint e left join unnest($2::uuid[], $3::int[]) k (id, room) on k.id = e.id
      where e.status = 'ENABLED' and e.url is not null and coalesce(k.room, ${FIRST_ROOM}) > 0
      order by random()
    ) e cross join lateral (
      select d.workspace_id, d.mode, d.endpoint_id, d.event_id from event_delivery d
      where d.workspace_id = e.workspace_id and d.mode = e.mode and d.endpoint_id = e.id and d.status = 'PENDING'
        and d.next_attempt_at <= now() and (d.leased_until is null or d.leased_until <= now()) and d.event_id = (
          select p.event_id from event_delivery p
          where p.workspace_id = e.workspace_id and p.mode = e.mode and p.endpoint_id = e.id
            and p.object_id = d.object_id and p.status = 'PENDING' order by p.event_id limit 1)
      order by d.next_attempt_at limit e.room for update of d skip locked
    ) d
    limit $1
  ), claimed as (
    update event_delivery d set attempts = least(d.attempts + 1, 32000),
      leased_until = now() + interval '${LEASE_SECONDS} seconds'
    from due where d.workspace_id = due.workspace_id and d.mode = due.mode and d.endpoint_id = due.endpoint_id
      and d.event_id = due.event_id
    returning d.*
  )
  select c.workspace_id as "workspaceId", c.mode, c.endpoint_id as "endpointId", c.event_id as "eventId", c.attempts,
         c.leased_until as "leasedUntil", e.url, e.include_contacts as "includeContacts", e.key_id as "keyId", e.sealed,
         case when e.previous_until > now() then e.previous_key_id end as "previousKeyId",
         case when e.previous_until > now() then e.previous_sealed end as "previousSealed",
         v.type, v.data, v.created_at as "createdAt",
         coalesce(v.verification_id, v.contact_point_id) is not null as "hasContact",
         coalesce(s.recipient, p.value) as contact
  from claimed c
  join webhook_endpoint e on e.workspace_id = c.workspace_id and e.mode = c.mode and e.id = c.endpoint_id
  join event v on v.workspace_id = c.workspace_id and v.mode = c.mode and v.id = c.event_id
  left join verification_step s on s.workspace_id = c.workspace_id and s.mode = c.mode
    and s.verification_id = v.verification_id and s.index = v.step_index
  left join contact_point p on p.workspace_id = c.workspace_id and p.mode = c.mode and p.id = v.contact_point_id`);

/**
 * Takes deliveries that are due, over all workspaces.
 * @param room what endpoints may have that may not have as many as any other
 */
export function claimDeliveries(pool: Connection, limit: number, room: Room): Promise<Claimed[]> {
  return run<Claimed>(pool, CLAIM, [limit, room.endpointIds, room.rooms]);
}
