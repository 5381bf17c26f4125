/** The use cases behind `auditEvents` and `node` of an event. */
import { type Connection, run, runOne, type Timestamp, toDate } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type Page, type PageRequest, toPage, withinTime } from '../kernel/cursor.js';
import type { NodeType } from '../kernel/ids.js';
import type { World } from './principal.js';

export interface AuditEventRecord {
  readonly id: string;
  readonly at: Date;
  readonly actorKind: string;
  /** A global id, or the name of a command. */
  readonly actorId: string;
  readonly action: string;
  readonly objectType: NodeType;
  readonly objectId: string | null;
  readonly details: Record<string, unknown>;
}

export interface AuditFilter {
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  readonly object?: { readonly type: NodeType; readonly id: string } | undefined;
}

const COLUMNS = `
  id, at, actor_kind as "actorKind", actor_id as "actorId", action, object_type as "objectType",
  object_id as "objectId", details`;

const list = (ofObject: string) =>
  prepared(`
  select ${COLUMNS} from audit_event
  where workspace_id = $1 and mode = $2 and id > $3 and id < $4
    and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7) ${ofObject}
  order by id desc limit $5`);

const OF_WORLD = list('');
const OF_OBJECT = list('and object_id = $8 and object_type = $9');
const BY_ID = prepared(`select ${COLUMNS} from audit_event where workspace_id = $1 and mode = $2 and id = $3`);

type Row = Omit<AuditEventRecord, 'at'> & { at: Timestamp };
const toRecord = (row: Row): AuditEventRecord => ({ ...row, at: toDate(row.at) });

/** A page of what was done in a world. */
export async function listAuditEvents(
  lists: Connection,
  { workspaceId, mode }: World,
  { from, to, object }: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEventRecord>> {
  const { low, high } = withinTime(page, from, to);
  const values = [workspaceId, mode, low, high, page.size + 1, from ?? null, to ?? null];
  const rows = object
    ? await run<Row>(lists, OF_OBJECT, [...values, object.id, object.type])
    : await run<Row>(lists, OF_WORLD, values);
  return toPage(page, rows.map(toRecord));
}

/** One event; undefined for one of another world, as for one that does not exist. */
export async function findAuditEvent(
  pool: Connection,
  { workspaceId, mode }: World,
  id: string,
): Promise<AuditEventRecord | undefined> {
  const row = await runOne<Row>(pool, BY_ID, [workspaceId, mode, id]);
  return row && toRecord(row);
}
