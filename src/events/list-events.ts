/** The use cases behind `events` and `node` of an event. */
import type { World } from '../access/principal.js';
import { type Connection, run, runOne, type Timestamp, toDate, toDateOrNull } from '../entities/database.js';
import { EVENT_TYPES, type EventType } from '../entities/event.js';
import type { EventDeliveryStatus } from '../entities/event-delivery.js';
import { prepared } from '../entities/prepared.js';
import { type Page, type PageRequest, toPage, withinTime } from '../kernel/cursor.js';
import type { NodeType } from '../kernel/ids.js';

export interface DeliveryRecord {
  readonly endpointId: string;
  readonly status: EventDeliveryStatus;
  readonly attempts: number;
  /** Null once nobody tries any more. */
  readonly nextAttemptAt: Date | null;
  readonly lastStatusCode: number | null;
  readonly lastFailure: string | null;
  readonly deliveredAt: Date | null;
}

export interface EventRecord {
  readonly id: string;
  readonly type: EventType;
  readonly createdAt: Date;
  readonly objectType: NodeType;
  readonly objectId: string;
  readonly data: Record<string, unknown>;
  /** To endpoints that are still there. */
  readonly deliveries: readonly DeliveryRecord[];
}

export interface EventFilter {
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  readonly types?: readonly string[] | undefined;
  readonly object?: { readonly type: NodeType; readonly id: string } | undefined;
}

const COLUMNS = `
  v.id, v.type, v.created_at as "createdAt", v.object_type as "objectType", v.object_id as "objectId", v.data, (
    select coalesce(jsonb_agg(jsonb_build_object(
      'endpointId', d.endpoint_id, 'status', d.status, 'attempts', d.attempts, 'deliveredAt', d.delivered_at,
      'nextAttemptAt', case when d.status = 'PENDING' then d.next_attempt_at end,
      'lastStatusCode', d.last_status_code, 'lastFailure', d.last_failure) order by d.endpoint_id), '[]')
    from event_delivery d
    join webhook_endpoint e on e.workspace_id = $1 and e.mode = $2 and e.id = d.endpoint_id
    where d.workspace_id = $1 and d.mode = $2 and d.event_id = v.id) as deliveries`;

const list = (order: PageRequest['scan'], ofObject: string) =>
  prepared(`
  select ${COLUMNS} from event v
  where v.workspace_id = $1 and v.mode = $2 and v.id > $3 and v.id < $4
    and ($6::timestamptz is null or v.created_at >= $6) and ($7::timestamptz is null or v.created_at < $7)
    and ($8::text[] is null or v.type = any($8)) ${ofObject}
  order by v.id ${order} limit $5`);

const both = (ofObject: string) => ({ asc: list('asc', ofObject), desc: list('desc', ofObject) });
const OF_WORLD = both('');
const OF_OBJECT = both('and v.object_id = $9 and v.object_type = $10');
const BY_ID = prepared(`select ${COLUMNS} from event v where v.workspace_id = $1 and v.mode = $2 and v.id = $3`);

type Told<T> = { [Name in keyof T]: Name extends `${string}At` ? Timestamp | Extract<T[Name], null> : T[Name] };
type Row = Omit<Told<EventRecord>, 'deliveries'> & { readonly deliveries: readonly Told<DeliveryRecord>[] };

const toRecord = ({ createdAt, deliveries, ...row }: Row): EventRecord => ({
  ...row,
  createdAt: toDate(createdAt),
  deliveries: deliveries.map(({ nextAttemptAt, deliveredAt, ...delivery }) => ({
    ...delivery,
    nextAttemptAt: toDateOrNull(nextAttemptAt),
    deliveredAt: toDateOrNull(deliveredAt),
  })),
});

/** A page of what happened in a world, with what became of it at each endpoint: one statement. */
export async function listEvents(
  pool: Connection,
  { workspaceId, mode }: World,
  { from, to, types, object }: EventFilter,
  page: PageRequest,
): Promise<Page<EventRecord>> {
  const { low, high } = withinTime(page, from, to);
  // What is no type is no text for PostgreSQL either, perhaps.
  const known = types && EVENT_TYPES.filter((type) => types.includes(type));
  const values = [workspaceId, mode, low, high, page.size + 1, from ?? null, to ?? null, known ?? null];
  const rows = object
    ? await run<Row>(pool, OF_OBJECT[page.scan], [...values, object.id, object.type])
    : await run<Row>(pool, OF_WORLD[page.scan], values);
  return toPage(page, rows.map(toRecord));
}

/** One event; undefined for one of another world, as for one that does not exist. */
export async function findEvent(
  pool: Connection,
  { workspaceId, mode }: World,
  id: string,
): Promise<EventRecord | undefined> {
  const row = await runOne<Row>(pool, BY_ID, [workspaceId, mode, id]);
  return row && toRecord(row);
}
