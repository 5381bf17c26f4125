/** Tokens of users, lent to vendors that send in a user's name. Sealed for their verification, and of no other use. */
import type { World } from '../access/principal.js';
import { type Connection, run, runOne, type Transaction } from '../entities/database.js';
import { deleteExpired } from '../entities/expired-rows.js';
import { prepared } from '../entities/prepared.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { type Sealed, seal, unseal } from '../kernel/seal.js';

const placeOf = ({ workspaceId, mode }: World, verificationId: string) => [workspaceId, mode, verificationId];

export function sealGrant(keys: KeyRing, world: World, verificationId: string, userToken: string): Sealed {
  return seal(keys, userToken, placeOf(world, verificationId));
}

const INSERT = prepared(`
  insert into upstream_grant (workspace_id, mode, verification_id, key_id, sealed, expires_at)
  select v.workspace_id, v.mode, v.id, $4, $5, v.expires_at from verification v
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3`);

/** Keeps a grant until its verification, written before in the same transaction, has expired. */
export async function insertGrant(
  transaction: Transaction,
  { workspaceId, mode }: World,
  verificationId: string,
  { keyId, box }: Sealed,
): Promise<void> {
  await run(transaction, INSERT, [workspaceId, mode, verificationId, keyId, box]);
}

const FIND = prepared(`
  select key_id as "keyId", sealed from upstream_grant
  where workspace_id = $1 and mode = $2 and verification_id = $3 and expires_at > now()`);

/** The token, or undefined where none was lent or its key is no longer configured. */
export async function findGrant(
  pool: Connection,
  keys: KeyRing,
  world: World,
  verificationId: string,
): Promise<string | undefined> {
  const place = placeOf(world, verificationId);
  const row = await runOne<{ keyId: string; sealed: Uint8Array }>(pool, FIND, place);
  if (!row || !keys.find(row.keyId)) return undefined;
  return unseal(keys, { keyId: row.keyId, box: Buffer.from(row.sealed) }, place);
}

/** Grants that one sweep removes at most. */
export const GRANT_SWEEP_LIMIT = 5_000;

/** Forgets the grants of expired verifications. */
export const sweepGrants = deleteExpired(
  'upstream_grant',
  'workspace_id, mode, verification_id',
  'expires_at <= now()',
  GRANT_SWEEP_LIMIT,
);
