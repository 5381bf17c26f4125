/** The use case behind `rotateWebhookSecret`. */
import { actorOf, recordAudit } from '../access/audit.js';
import { lockKeys } from '../access/lock-keys.js';
import type { Principal } from '../access/principal.js';
import { runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import type { EndpointDeps } from './create-endpoint.js';
import { type CreatedEndpoint, ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from './endpoint-record.js';
import { mintSecret, sealSecret } from './webhook-secret.js';

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
 * @throws {GatewayError} BAD_USER_INPUT, NOT_FOUND, or UNAUTHENTICATED for a key that was revoked a moment ago
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
    await lockKeys(transaction, caller);
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
