/** The use case behind `rotateWebhookSecret`, and the upkeep that seals secrets under the newest key. */
import { actorOf, recordAudit } from '../access/audit.js';
import type { Principal } from '../access/principal.js';
import type { Mode } from '../entities/columns.js';
import { type Connection, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { EndpointDeps } from './create-endpoint.js';
import { type CreatedEndpoint, ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from './endpoint-record.js';
import { mintSecret, openSecret, sealSecret } from './webhook-secret.js';

export interface RotateSecretInput {
  readonly id: string;
  /** For how long the old secret signs beside the new one. */
  readonly overlapSeconds: number;
}

const LONGEST_OVERLAP = 604_800;

// Two are live at most: a second rotation within the overlap ends the oldest.
const ROTATE = prepared(`
  update webhook_endpoint set key_id = $4, sealed = $5,
    previous_key_id = case when $6 > 0 then key_id end, previous_sealed = case when $6 > 0 then sealed end,
    previous_until = case when $6 > 0 then now() + make_interval(secs => $6) end,
    updated_at = now()
  where workspace_id = $1 and mode = $2 and id = $3
  returning ${ENDPOINT_COLUMNS}`);

/**
 * Gives an endpoint a new secret. Until the overlap is over, every delivery is signed with both.
 * @throws {GatewayError} BAD_USER_INPUT or NOT_FOUND
 */
export async function rotateSecret(
  { database, webhookKeys }: Pick<EndpointDeps, 'database' | 'webhookKeys'>,
  caller: Principal,
  { id, overlapSeconds }: RotateSecretInput,
): Promise<CreatedEndpoint> {
  if (overlapSeconds < 0 || overlapSeconds > LONGEST_OVERLAP) {
    throw badInput('input.overlapSeconds', `must be 0 to ${LONGEST_OVERLAP}`);
  }
  const { workspaceId, mode } = caller;
  const secret = mintSecret();
  const { keyId, box } = sealSecret(webhookKeys, { workspaceId, mode, endpointId: id }, secret);
  return database.transaction(async (transaction) => {
    const row = await runOne<EndpointRow>(transaction, ROTATE, [workspaceId, mode, id, keyId, box, overlapSeconds]);
    if (!row) throw new GatewayError('NOT_FOUND', 'There is no such endpoint.');
    await recordAudit(transaction, caller, actorOf(caller), {
      action: 'webhook_endpoint.secret_rotated',
      objectType: 'WebhookEndpoint',
      objectId: id,
      details: { overlapSeconds },
    });
    return { endpoint: toEndpoint(row), secret };
  });
}

interface Row {
  workspaceId: string;
  mode: Mode;
  id: string;
  keyId: string;
  sealed: Uint8Array;
  previousKeyId: string | null;
  previousSealed: Uint8Array | null;
}

/** Endpoints of one batch at most. */
export const SECRET_BATCH = 100;

// Only what can be opened: a row under a key that is gone would stand in front of every batch. One that does not open
// all the same is passed by its key. A previous secret behind its overlap signs nothing, and holds nothing up.
const STALE = prepared(`
  select workspace_id as "workspaceId", mode, id, key_id as "keyId", sealed,
         case when previous_until > now() then previous_key_id end as "previousKeyId",
         case when previous_until > now() then previous_sealed end as "previousSealed"
  from webhook_endpoint
  where (key_id = any($1::text[]) and (previous_key_id is null or previous_until <= now() or previous_key_id = any($2::text[]))
     or previous_key_id = any($1::text[]) and key_id = any($2::text[]))
    and (workspace_id, mode, id) > ($3, $4, $5)
  order by workspace_id, mode, id limit ${SECRET_BATCH}`);

// Guarded by what was read: a secret that was rotated meanwhile is newer than this copy of it.
const RESEAL = prepared(`
  update webhook_endpoint set key_id = $4, sealed = $5, previous_key_id = $6, previous_sealed = $7,
    previous_until = case when $7::bytea is not null then previous_until end
  where workspace_id = $1 and mode = $2 and id = $3 and sealed = $8`);

export interface ResealReport {
  /** Endpoints that were looked at: `SECRET_BATCH` means that more may be waiting. */
  readonly found: number;
  /** Ids of those whose secret did not open. They stay as they are: with them, an older GATEWAY_SECRET is still in use. */
  readonly unopened: readonly string[];
}

const START = ['00000000-0000-0000-0000-000000000000', '', '00000000-0000-0000-0000-000000000000'];

/**
 * Makes the upkeep that seals again what is under an older key, so that an older GATEWAY_SECRET can be taken out. A call
 * is a batch, and goes on behind the one before; after the last it begins anew.
 */
export function createReseal(pool: Connection, keys: KeyRing): () => Promise<ResealReport> {
  const [, ...older] = keys.all;
  let after = START;
  return async () => {
    if (older.length === 0) return { found: 0, unopened: [] };
    const rows = await run<Row>(pool, STALE, [older.map(({ id }) => id), keys.all.map(({ id }) => id), ...after]);
    const unopened: string[] = [];
    for (const row of rows) {
      const boxes = sealedAgain(keys, row);
      if (boxes) await run(pool, RESEAL, [row.workspaceId, row.mode, row.id, ...boxes, row.sealed]);
      else unopened.push(row.id);
    }
    const last = rows.length === SECRET_BATCH ? rows.at(-1) : undefined;
    after = last ? [last.workspaceId, last.mode, last.id] : START;
    return { found: rows.length, unopened };
  };
}

/** Keys and boxes of both secrets, or undefined where one does not open. */
function sealedAgain(keys: KeyRing, row: Row): (string | Uint8Array | null)[] | undefined {
  const place = { workspaceId: row.workspaceId, mode: row.mode, endpointId: row.id };
  const again = (keyId: string, box: Uint8Array) =>
    sealSecret(keys, place, openSecret(keys, place, { keyId, box: Buffer.from(box) }));
  try {
    const current = again(row.keyId, row.sealed);
    const previous = row.previousKeyId && row.previousSealed ? again(row.previousKeyId, row.previousSealed) : undefined;
    return [current.keyId, current.box, previous?.keyId ?? null, previous?.box ?? null];
  } catch {
    return undefined;
  }
}
