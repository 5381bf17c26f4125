/**
 * Parts of statements that write events. An event is written by the very statement that makes it true, so that neither
 * is there without the other and no round trip is spent. Workspace and mode are `$1` and `$2`, as everywhere.
 */

const ENABLED = `e.workspace_id = $1 and e.mode = $2 and e.status = 'ENABLED'`;

/**
 * True where anybody in this world is to be told of anything. It depends on no row, so the planner asks it once and
 * first: where nobody listens, a statement pays for one look at an index.
 */
export const IS_WATCHED = `exists (select from webhook_endpoint e where ${ENABLED})`;

const isWanted = (type: string) => `${ENABLED} and (cardinality(e.event_types) = 0 or ${type} = any(e.event_types))`;

/** Seconds for which an event is tried at an endpoint. */
export const TRIED_FOR_SECONDS = 3 * 86_400;

// A UUIDv7 of the database's clock with the fraction of the millisecond behind it (RFC 9562 section 6.2, method 3).
// Ids of several hosts would follow their clocks: here the id is the order in which an object's events are told.
const ID = `(lpad(to_hex(f.us / 1000), 12, '0') || '7' || lpad(to_hex(f.us % 1000 * 4), 3, '0')
             || substr(f.random, 20, 4) || substr(f.random, 25))::uuid`;

// Read for each row, after the row of its object was locked by the statement that waited. In a subquery that did not
// depend on the row they would be read once for all.
const MOMENT = `(extract(epoch from clock_timestamp()) * 1000000)::int8 + f.place as us, gen_random_uuid()::text as random`;

/** One fact to be told, as a `select` for the common table expression that `eventsOf` reads. SQL throughout. */
export interface Fact {
  readonly type: string;
  readonly objectType: 'Verification' | 'Customer';
  readonly objectId: string;
  /** Names a fact that more than one statement can find out. */
  readonly once?: string;
  /** What is told: never a contact. */
  readonly data: string;
  /** Where the contact stands. */
  readonly step?: { readonly verificationId: string; readonly index: string };
  readonly contactPointId?: string;
  /** Of facts of one object in one statement: which comes first. */
  readonly place?: number;
  /** What it is selected from. */
  readonly from: string;
  readonly where?: string;
}

/** A `select` of one fact; nothing of it is read where nobody listens. */
export function factOf({ type, objectType, objectId, once, data, step, contactPointId, place, from, where }: Fact) {
  return `
    select ${type}::text as type, '${objectType}' as object_type, ${objectId} as object_id, ${once ?? 'null'}::text as once,
           ${data} as data, ${step?.verificationId ?? 'null'}::uuid as verification_id,
           ${step?.index ?? 'null'}::smallint as step_index, ${contactPointId ?? 'null'}::uuid as contact_point_id,
           ${place ?? 0} as place
    from ${from} where ${IS_WATCHED}${where === undefined ? '' : ` and ${where}`}`;
}

/** Common table expressions, to stand behind the others of a statement, that write facts for whoever wants them. */
export function eventsOf(...facts: readonly Fact[]): string {
  return `fact as (${facts.map(factOf).join(' union all ')}
  ), event_written as (
    insert into event (workspace_id, mode, id, type, object_type, object_id, once, data, verification_id, step_index,
                       contact_point_id)
    select $1, $2, ${ID}, f.type, f.object_type, f.object_id, f.once, f.data, f.verification_id, f.step_index,
           f.contact_point_id
    from (
      select f.*, ${MOMENT} from fact f
      where exists (select from webhook_endpoint e where ${isWanted('f.type')}) order by f.object_id, f.place
    ) f
    on conflict (workspace_id, mode, object_id, once) do nothing
    returning id, type, object_id
  ), delivery_written as (
    insert into event_delivery (workspace_id, mode, endpoint_id, event_id, object_id, next_attempt_at, give_up_at)
    select $1, $2, e.id, w.id, w.object_id, ${BEHIND}, now() + interval '${TRIED_FOR_SECONDS} seconds'
    from event_written w join webhook_endpoint e on ${isWanted('w.type')} and e.url is not null
  )`;
}

// An event that has to wait for another of its object is looked at when that one is: a dead endpoint must not have a
// heap of deliveries that are due and cannot be sent. The newest waits for as long as any before it, and asking for it
// in the order of its index keeps the planner from another, where all that waits at the endpoint would be read.
const BEHIND = `coalesce((
      select p.next_attempt_at from event_delivery p
      where p.workspace_id = $1 and p.mode = $2 and p.endpoint_id = e.id and p.object_id = w.object_id
        and p.status = 'PENDING' order by p.event_id desc limit 1), now())`;

/** Seconds after the last guess, and after expiry, in which guesses that were taken may still turn out to be right. */
const SETTLING_SECONDS = 15;
const SETTLED = `interval '${SETTLING_SECONDS} seconds'`;

/** When a verification `v` has expired and no guess that came in time can be under way. */
export const SETTLED_AT = `v.expires_at + ${SETTLED}`;
export const IS_SETTLED = `${SETTLED_AT} <= now()`;

/** Notes when to look whether a verification `v`, a row that is being written, has ended by itself. */
export const DEADLINE_OF_NEW = `deadline as (
    insert into verification_deadline (workspace_id, mode, verification_id, due_at)
    select $1, $2, v.id, ${SETTLED_AT} from v where ${IS_WATCHED})`;

/** The last attempt of `v` was counted: unless it is right, the end is to be told soon. Nobody may have listened when it was sent. */
export const DEADLINE_OF_LAST_GUESS = `deadline as (
    insert into verification_deadline as d (workspace_id, mode, verification_id, due_at)
    select $1, $2, v.id, now() + ${SETTLED} from v where v.failed_attempts >= v.max_attempts and ${IS_WATCHED}
    on conflict (workspace_id, mode, verification_id) do update set due_at = least(d.due_at, excluded.due_at))`;

/** What every event of a verification `v` tells. Further pairs of names and values follow it. */
export const verificationData = (v: string, more = '') => `jsonb_build_object(
      'verificationId', 'Verification:' || ${v}.id, 'customerId', 'Customer:' || ${v}.customer_id, 'kind', ${v}.kind,
      'contactKind', ${v}.contact_kind${more && `, ${more}`})`;

/** What an event about a contact of a customer tells. `change`: VERIFIED, REMOVED or PRIMARY_SET. */
export function contactChanged(change: string, contact: ContactFact): Fact {
  const { customerId, id, kind, ...rest } = contact;
  return {
    type: `'contact_verification.changed'`,
    objectType: 'Customer',
    objectId: customerId,
    data: `jsonb_build_object('customerId', 'Customer:' || ${customerId}, 'contactKind', ${kind},
      'contactPointId', 'ContactPoint:' || ${id}, 'change', '${change}')`,
    contactPointId: id,
    ...rest,
  };
}

/** SQL for a contact that is being changed. */
export interface ContactFact extends Pick<Fact, 'from' | 'where' | 'place'> {
  readonly customerId: string;
  readonly id: string;
  readonly kind: string;
}

/** A contact whose row a statement has changed, and calls by this name. */
export const contactRow = (name: string): ContactFact => ({
  customerId: `${name}.customer_id`,
  id: `${name}.id`,
  kind: `${name}.kind`,
  from: name,
});
