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

/** Endpoints of one call of `resealSecrets` at most. */
export const SECRET_BATCH = 100;

// Only what can be opened: a row under a key that is gone would stand in front of every batch.
const STALE = prepared(`
  select workspace_id as "workspaceId", mode, id, key_id as "keyId", sealed, previous_key_id as "previousKeyId",
         previous_sealed as "previousSealed"
  from webhook_endpoint
  where key_id = any($1::text[]) and (previous_key_id is null or previous_key_id = any($2::text[]))
     or previous_key_id = any($1::text[]) and key_id = any($2::text[])
  limit ${SECRET_BATCH}`);

// Guarded by what was read: a secret that was rotated meanwhile is newer than this copy of it.
const RESEAL = prepared(`
  update webhook_endpoint set key_id = $4, sealed = $5, previous_key_id = $6, previous_sealed = $7
  where workspace_id = $1 and mode = $2 and id = $3 and sealed = $8`);

/** Seals again what is under an older key, so that an older GATEWAY_SECRET can be taken out. Returns how many there were. */
export async function resealSecrets(pool: Connection, keys: KeyRing): Promise<number> {
  const [, ...older] = keys.all;
  if (older.length === 0) return 0;
  const rows = await run<Row>(pool, STALE, [older.map(({ id }) => id), keys.all.map(({ id }) => id)]);
  for (const row of rows) {
    const { workspaceId, mode, id } = row;
    const place = { workspaceId, mode, endpointId: id };
    const again = (keyId: string, box: Uint8Array) =>
      sealSecret(keys, place, openSecret(keys, place, { keyId, box: Buffer.from(box) }));
    const current = again(row.keyId, row.sealed);
    const previous = row.previousKeyId && row.previousSealed ? again(row.previousKeyId, row.previousSealed) : undefined;
    const values = [current.keyId, current.box, previous?.keyId ?? null, previous?.box ?? null, row.sealed];
    await run(pool, RESEAL, [workspaceId, mode, id, ...values]);
  }
  return rows.length;
}
