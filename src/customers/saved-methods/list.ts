/** Saved methods, read: those of many customers in one statement, and one by its id. */
import type { Reach, World } from '../../access/principal.js';
import { type Connection, run, runOne } from '../../entities/database.js';
import { prepared } from '../../entities/prepared.js';
import { coalesce } from '../../kernel/coalesce.js';
import { type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { SAVED_METHOD_COLUMNS, type SavedMethodRecord, type SavedMethodRow, toSavedMethod } from './record.js';

export interface SavedMethodQuery {
  readonly customerId: string;
  readonly includeArchived: boolean;
}

/** A page of one customer's methods across merchants; an empty one where there is no such customer. */
export type SavedMethodLister = (
  world: World,
  query: SavedMethodQuery,
  page: PageRequest,
) => Promise<Page<SavedMethodRecord>>;

const listIn = (order: PageRequest['scan']) =>
  prepared(`
  select c.id as customer_id, m.* from unnest($3::uuid[]) as c (id) cross join lateral (
    select ${SAVED_METHOD_COLUMNS} from saved_method m
    where m.workspace_id = $1 and m.mode = $2 and m.customer_id = c.id and m.id > $4 and m.id < $5
      and ($7 or m.archived_at is null)
    order by m.id ${order} limit $6
  ) m order by m.id ${order}`);
const LIST = { asc: listIn('asc'), desc: listIn('desc') };

const BY_ID = prepared(`
  select ${SAVED_METHOD_COLUMNS} from saved_method m
  where m.workspace_id = $1 and m.mode = $2 and m.id = $3 and ($4::uuid is null or m.customer_id = $4)`);

interface Wanted {
  readonly world: World;
  readonly query: SavedMethodQuery;
  readonly page: PageRequest;
}

/** A lister that reads the pages asked for in one turn of the event loop together, where they differ by customer only. */
export function createSavedMethodLister(pool: Connection): SavedMethodLister {
  const list = coalesce(async (wanted: readonly Wanted[]) => {
    const groups = [...Map.groupBy(wanted, pageKey).values()];
    const read = new Map<string, Map<string, SavedMethodRecord[]>>();
    await Promise.all(groups.map(async (group) => read.set(pageKey(group[0] as Wanted), await readGroup(pool, group))));
    return wanted.map((each) => toPage(each.page, read.get(pageKey(each))?.get(each.query.customerId) ?? []));
  });
  return (world, query, page) => list({ world, query, page });
}

const pageKey = ({ world: { workspaceId, mode }, query: { includeArchived }, page }: Wanted): string =>
  JSON.stringify([workspaceId, mode, includeArchived, page.low, page.high, page.size, page.scan]);

async function readGroup(pool: Connection, group: readonly Wanted[]): Promise<Map<string, SavedMethodRecord[]>> {
  const { world, query, page } = group[0] as Wanted;
  // Each customer once: the same field asked for twice must not find every method twice.
  const customerIds = [...new Set(group.map((each) => each.query.customerId))];
  const rows = await run<SavedMethodRow & { customer_id: string }>(pool, LIST[page.scan], [
    world.workspaceId,
    world.mode,
    customerIds,
    page.low,
    page.high,
    page.size + 1,
    query.includeArchived,
  ]);
  const methods = new Map<string, SavedMethodRecord[]>(customerIds.map((id) => [id, []]));
  for (const { customer_id, ...row } of rows) methods.get(customer_id)?.push(toSavedMethod(row));
  return methods;
}

/** One method; undefined for one out of reach, as for one that does not exist. */
export async function findSavedMethod(
  pool: Connection,
  { workspaceId, mode, customerId }: Reach,
  id: string,
): Promise<SavedMethodRecord | undefined> {
  const row = await runOne<SavedMethodRow>(pool, BY_ID, [workspaceId, mode, id, customerId ?? null]);
  return row && toSavedMethod(row);
}
