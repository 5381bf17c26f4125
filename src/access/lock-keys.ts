/** Keys held until the end of the transaction, as they are now and not as a cache remembers them. */
import { run, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import { KEY_REFUSED } from './key-reader.js';
import { type ApiKeyRecord, type ApiKeyRow, KEY_COLUMNS, toApiKey } from './key-record.js';
import type { Principal, World } from './principal.js';

export interface LockedKey extends ApiKeyRecord {
  /** Neither revoked nor expired. */
  readonly isGood: boolean;
  readonly isRotated: boolean;
}

interface LockedRow extends ApiKeyRow {
  is_good: boolean;
  rotated_to: string | null;
}

// In one order, so that two keys that renew each other do not wait for each other.
const LOCK = prepared(`
  select ${KEY_COLUMNS}, revoked_at is null and (expires_at is null or expires_at > now()) as is_good, rotated_to
  from api_key where workspace_id = $1 and mode = $2 and id = any($3::uuid[])
  order by id for no key update`);

export interface LockedKeys {
  /** The key that is calling. */
  readonly maker: LockedKey;
  /** The key that the call is about; undefined where there is none. */
  readonly subject: LockedKey | undefined;
}

async function lock(transaction: Transaction, { workspaceId, mode }: World, ids: readonly string[]) {
  const rows = await run<LockedRow>(transaction, LOCK, [workspaceId, mode, ids]);
  return rows.map((row): LockedKey => ({ ...toApiKey(row), isGood: row.is_good, isRotated: row.rotated_to !== null }));
}

/** Locks one key for an operator, who calls by none. Undefined where there is none in this world. */
export async function lockKey(transaction: Transaction, world: World, id: string): Promise<LockedKey | undefined> {
  return (await lock(transaction, world, [id]))[0];
}

/**
 * Locks the calling key and the one that it is about. A key that was revoked a moment ago is still in the caches: it
 * must not be able to make itself a successor meanwhile, be it a key, an issuer whose tokens are believed from then on, or
 * an endpoint that is told of everybody.
 * @throws {GatewayError} UNAUTHENTICATED where the caller's key is not good any more
 */
export async function lockKeys(transaction: Transaction, caller: Principal, subjectId?: string): Promise<LockedKeys> {
  const { keyId } = caller;
  const ids = [keyId, subjectId].filter((id) => id !== undefined);
  const keys = await lock(transaction, caller, ids);
  const maker = keys.find(({ id }) => id === keyId);
  if (!maker?.isGood) throw new GatewayError('UNAUTHENTICATED', KEY_REFUSED);
  return { maker, subject: keys.find(({ id }) => id === subjectId) };
}
