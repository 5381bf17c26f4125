/** The use case behind `revokeApiKey` and `gateway keys revoke`. */
import { type Connection, type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type Actor, recordAudit } from './audit.js';
import { type ApiKeyRecord, type ApiKeyRow, KEY_COLUMNS, toApiKey } from './key-record.js';
import type { World } from './principal.js';

// The row as it was is locked first, so that of any number of revocations one is the first.
const REVOKE = prepared(`
  with before as (
    select id as before_id, revoked_at is null as is_first from api_key
    where workspace_id = $1 and mode = $2 and id = $3 for no key update
  )
  update api_key set
    revoked_at = coalesce(revoked_at, now()),
    updated_at = case when revoked_at is null then now() else updated_at end
  from before where workspace_id = $1 and mode = $2 and id = before_id
  returning ${KEY_COLUMNS}, is_first`);

export interface RevokedKey extends ApiKeyRecord {
  /** Whether it was not revoked before. */
  readonly isFirst: boolean;
}

/** Ends a key; revoking it again changes nothing. Undefined where there is none in this world. */
export function revokeApiKey(
  database: Database,
  world: World,
  actor: Actor,
  id: string,
): Promise<RevokedKey | undefined> {
  return database.transaction(async (transaction) => {
    const values = [world.workspaceId, world.mode, id];
    const row = await runOne<ApiKeyRow & { is_first: boolean }>(transaction, REVOKE, values);
    if (!row) return undefined;
    if (row.is_first) {
      const what = { action: 'api_key.revoked', objectType: 'ApiKey', objectId: id } as const;
      await recordAudit(transaction, world, actor, what);
    }
    return { ...toApiKey(row), isFirst: row.is_first };
  });
}

/** The world of a key, for the operator, who names a key by its id alone. */
export function findWorldOfKey(connection: Connection, id: string): Promise<World | undefined> {
  return runOne<World>(connection, 'select workspace_id as "workspaceId", mode from api_key where id = $1', [id]);
}
