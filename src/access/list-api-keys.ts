/** The use cases behind `apiKeys` and `node` of a key. */
import { type Connection, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type Page, type PageRequest, toPage } from '../kernel/cursor.js';
import { type ApiKeyRecord, type ApiKeyRow, KEY_COLUMNS, toApiKey } from './key-record.js';
import type { World } from './principal.js';

const LIST = prepared(`
  select ${KEY_COLUMNS} from api_key
  where workspace_id = $1 and mode = $2 and id > $3 and id < $4 order by id desc limit $5`);

const BY_ID = prepared(`select ${KEY_COLUMNS} from api_key where workspace_id = $1 and mode = $2 and id = $3`);

/** A page of a world's keys, those that have ended included. */
export async function listApiKeys(pool: Connection, world: World, page: PageRequest): Promise<Page<ApiKeyRecord>> {
  const values = [world.workspaceId, world.mode, page.low, page.high, page.size + 1];
  return toPage(page, (await run<ApiKeyRow>(pool, LIST, values)).map(toApiKey));
}

/** One key; undefined for one of another world, as for one that does not exist. */
export async function findApiKey(pool: Connection, world: World, id: string): Promise<ApiKeyRecord | undefined> {
  const row = await runOne<ApiKeyRow>(pool, BY_ID, [world.workspaceId, world.mode, id]);
  return row && toApiKey(row);
}
