/** Idempotency keys: the same key and input within a day are the same verification, and nothing is sent. */
import { createHash } from 'node:crypto';
import type { Reach } from '../access/principal.js';
import { type Connection, runOne } from '../entities/database.js';
import { deleteExpired } from '../entities/expired-rows.js';
import { prepared } from '../entities/prepared.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { findVerification } from './find.js';
import type { VerificationRecord } from './record.js';

export interface Idempotency {
  readonly key: Buffer;
  readonly inputHash: Buffer;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Each customer has names of their own: one's must neither meet another's nor the backend's, and tell that it is taken.
 *
 * @param input everything that decides what is sent, in an order that does not change
 * @throws {GatewayError} BAD_USER_INPUT
 */
export function idempotencyOf({ customerId }: Reach, key: string | undefined, input: unknown): Idempotency | undefined {
  if (key === undefined) return undefined;
  if (key.length < 1 || key.length > 255) throw badInput('input.idempotencyKey', 'must be 1 to 255 characters');
  const name = customerId === undefined ? key : JSON.stringify([customerId, key]);
  return { key: digest(name), inputHash: digest(JSON.stringify(input)) };
}

const FIND = prepared(`
  select verification_id, input_hash from idempotency_key
  where workspace_id = $1 and mode = $2 and key = $3 and expires_at > now()`);

/**
 * The verification that a key stands for already, or undefined for a key that is free.
 * @throws {GatewayError} IDEMPOTENCY_CONFLICT when it stands for another input
 */
export async function findRepetition(
  pool: Connection,
  world: Reach,
  { key, inputHash }: Idempotency,
): Promise<VerificationRecord | undefined> {
  const values = [world.workspaceId, world.mode, key];
  const row = await runOne<{ verification_id: string; input_hash: Uint8Array }>(pool, FIND, values);
  if (!row) return undefined;
  if (!inputHash.equals(row.input_hash)) {
    throw new GatewayError('IDEMPOTENCY_CONFLICT', 'This idempotency key was used with another input.', {
      argument: 'input.idempotencyKey',
    });
  }
  return findVerification(pool, world, { verificationId: row.verification_id });
}

/** Keys that one sweep removes at most. */
export const IDEMPOTENCY_KEY_SWEEP_LIMIT = 5_000;

/** Removes keys that stand for nothing any more. */
export const sweepIdempotencyKeys = deleteExpired(
  'idempotency_key',
  'workspace_id, mode, key',
  'expires_at < now()',
  IDEMPOTENCY_KEY_SWEEP_LIMIT,
);
