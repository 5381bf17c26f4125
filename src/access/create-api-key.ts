/** The use case behind `createApiKey`. */
import type { Database } from '../entities/database.js';
import { GatewayError } from '../kernel/errors.js';
import { createKey, type NewKey } from './api-keys.js';
import { actorOf, keyDetails, recordAudit } from './audit.js';
import { refuseEscalation } from './key-bounds.js';
import type { CreatedKey } from './key-record.js';
import { lockKeys } from './lock-keys.js';
import type { Principal } from './principal.js';

export type CreateApiKeyInput = Omit<NewKey, 'workspaceId'>;

/**
 * Makes a key of the caller's own world that reaches no further than the caller's.
 * @throws {GatewayError} BAD_USER_INPUT, FORBIDDEN, or UNAUTHENTICATED where the caller's key has ended meanwhile
 */
export async function createApiKey(
  database: Database,
  caller: Principal,
  input: CreateApiKeyInput,
): Promise<CreatedKey> {
  const { workspaceId, mode } = caller;
  if (input.mode !== mode) {
    throw new GatewayError('FORBIDDEN', `A ${mode.toLowerCase()} key makes ${mode.toLowerCase()} keys only.`);
  }
  return database.transaction(async (transaction) => {
    const { maker } = await lockKeys(transaction, caller);
    const key = await createKey(transaction, { ...input, workspaceId });
    // Measured by what was stored: a bound is compared as it will hold, and a refusal takes the row back.
    refuseEscalation(maker, key);
    await recordAudit(transaction, caller, actorOf(caller), {
      action: 'api_key.created',
      objectType: 'ApiKey',
      objectId: key.id,
      details: keyDetails(key),
    });
    return key;
  });
}
