/** The use cases behind `webhookEndpoints` and `node` of an endpoint. */
import type { World } from '../access/principal.js';
import { type Connection, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { ENDPOINT_COLUMNS, type EndpointRecord, type EndpointRow, toEndpoint } from './endpoint-record.js';

const LIST = prepared(`
  select ${ENDPOINT_COLUMNS} from webhook_endpoint where workspace_id = $1 and mode = $2 order by id`);
const BY_ID = prepared(`
  select ${ENDPOINT_COLUMNS} from webhook_endpoint where workspace_id = $1 and mode = $2 and id = $3`);

/** All of a world, oldest first: there are few. */
export async function listEndpoints(pool: Connection, { workspaceId, mode }: World): Promise<EndpointRecord[]> {
  return (await run<EndpointRow>(pool, LIST, [workspaceId, mode])).map(toEndpoint);
}

/** One endpoint; undefined for one of another world, as for one that does not exist. */
export async function findEndpoint(
  pool: Connection,
  { workspaceId, mode }: World,
  id: string,
): Promise<EndpointRecord | undefined> {
  const row = await runOne<EndpointRow>(pool, BY_ID, [workspaceId, mode, id]);
  return row && toEndpoint(row);
}
