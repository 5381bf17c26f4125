/** The use case behind `rotateApiKey` and `gateway keys rotate`. */
import { type Database, runOne, type Timestamp, type Transaction, toDate } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { globalId, newId } from '../kernel/ids.js';
import { secretHash } from './api-keys.js';
import { type Actor, actorOf, keyDetails, recordAudit } from './audit.js';
import { refuseEscalation } from './key-bounds.js';
import { mintKey } from './key-format.js';
import { type ApiKeyRow, type CreatedKey, KEY_COLUMNS, toApiKey } from './key-record.js';
import { type LockedKey, lockKey, lockKeys } from './lock-keys.js';
import type { Principal, World } from './principal.js';

export interface RotateApiKeyInput {
  readonly id: string;
  /** How long the old key stays good beside the new one. */
  readonly overlapSeconds: number;
}

/** What `overlapSeconds` is where nothing is said: a day. */
export const DEFAULT_OVERLAP_SECONDS = 86_400;
const LONGEST_OVERLAP = 604_800;

/** The new key, this once with its secret. */
export interface RotatedKey extends CreatedKey {
  /** Until when the old one is good. */
  readonly predecessorExpiresAt: Date;
}

const SUCCEED = prepared(`
  with successor as (
    insert into api_key (workspace_id, mode, id, lookup, secret_hash, name, kind, scopes, persisted_only, merchant_id,
                         allowed_ips, expires_at)
    select workspace_id, mode, $4, $5, $6, name, kind, scopes, persisted_only, merchant_id, allowed_ips, expires_at
    from api_key where workspace_id = $1 and mode = $2 and id = $3
    returning ${KEY_COLUMNS}
  ), predecessor as (
    update api_key set
      rotated_to = $4,
      expires_at = least(expires_at, now() + make_interval(secs => $7)),
      updated_at = now()
    where workspace_id = $1 and mode = $2 and id = $3
    returning expires_at as predecessor_expires_at
  )
  select * from successor cross join predecessor`);

/**
 * Makes a key with the properties of another, its expiry included, and lets the other expire after the overlap.
 * Whoever rotates a key learns the new one, so it is guarded as if it was made.
 * @throws {GatewayError} BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, CONFLICT for a key that has ended or was rotated
 *   before, or UNAUTHENTICATED where the caller's key has ended meanwhile
 */
export async function rotateApiKey(
  database: Database,
  caller: Principal,
  input: RotateApiKeyInput,
): Promise<RotatedKey> {
  refuseOverlap(input);
  return database.transaction(async (transaction) => {
    const { maker, subject } = await lockKeys(transaction, caller, input.id);
    if (subject) refuseEscalation(maker, subject);
    return succeed(transaction, caller, actorOf(caller), subject, input);
  });
}

/**
 * The same for the operator, who calls by no key and whom none bounds.
 * @throws {GatewayError} BAD_USER_INPUT, NOT_FOUND, or CONFLICT for a key that has ended or was rotated before
 */
export async function rotateApiKeyByOperator(
  database: Database,
  world: World,
  actor: Actor,
  input: RotateApiKeyInput,
): Promise<RotatedKey> {
  refuseOverlap(input);
  return database.transaction(async (transaction) =>
    succeed(transaction, world, actor, await lockKey(transaction, world, input.id), input),
  );
}

async function succeed(
  transaction: Transaction,
  world: World,
  actor: Actor,
  subject: LockedKey | undefined,
  { id, overlapSeconds }: RotateApiKeyInput,
): Promise<RotatedKey> {
  if (!subject) throw new GatewayError('NOT_FOUND', 'There is no such key.');
  refuseEnded(subject);
  const { secret, lookup } = mintKey(subject.kind, subject.mode);
  const values = [world.workspaceId, world.mode, id, newId(), lookup, secretHash(secret), overlapSeconds];
  const row = (await runOne<SucceededRow>(transaction, SUCCEED, values)) as SucceededRow;
  const successor = toApiKey(row);
  await recordAudit(transaction, world, actor, {
    action: 'api_key.rotated',
    objectType: 'ApiKey',
    objectId: id,
    details: { rotatedTo: globalId('ApiKey', successor.id), overlapSeconds },
  });
  await recordAudit(transaction, world, actor, {
    action: 'api_key.created',
    objectType: 'ApiKey',
    objectId: successor.id,
    details: { ...keyDetails(successor), rotatedFrom: globalId('ApiKey', id) },
  });
  return { ...successor, secret, predecessorExpiresAt: toDate(row.predecessor_expires_at) };
}

interface SucceededRow extends ApiKeyRow {
  predecessor_expires_at: Timestamp;
}

function refuseOverlap({ overlapSeconds }: RotateApiKeyInput): void {
  if (overlapSeconds >= 0 && overlapSeconds <= LONGEST_OVERLAP) return;
  throw badInput('input.overlapSeconds', `must be 0 to ${LONGEST_OVERLAP}`);
}

function refuseEnded({ isGood, isRotated }: LockedKey): void {
  if (isGood && !isRotated) return;
  const reason = isRotated ? 'it was rotated before' : 'it has ended';
  throw new GatewayError('CONFLICT', `The key cannot be rotated: ${reason}.`, { argument: 'input.id', reason });
}
