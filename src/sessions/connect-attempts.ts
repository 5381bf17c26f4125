/** Requests for connect codes: what a code that comes back is looked up by. */
import { createHmac } from 'node:crypto';
import type { World } from '../access/principal.js';
import { type Connection, run, runOne, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { newId } from '../kernel/ids.js';
import type { KeyRing, RingKey } from '../kernel/key-ring.js';

const emailKey = (identity: string, { key }: RingKey): Buffer => createHmac('sha256', key).update(identity).digest();

export interface NewAttempt {
  readonly emailIdentity: string;
  /** Undefined for a decoy. */
  readonly verificationId: string | undefined;
  readonly timeoutSeconds: number;
}

const INSERT = prepared(`
  insert into connect_attempt (workspace_id, mode, id, email_key, verification_id, expires_at)
  values ($1, $2, $3, $4, $5, now() + $6::int * interval '1 second')`);

/** Writes an attempt or a decoy: one row either way. */
export async function insertAttempt(
  transaction: Transaction,
  keys: KeyRing,
  { workspaceId, mode }: World,
  { emailIdentity, verificationId, timeoutSeconds }: NewAttempt,
): Promise<void> {
  const key = emailKey(emailIdentity, keys.current);
  await run(transaction, INSERT, [workspaceId, mode, newId(), key, verificationId ?? null, timeoutSeconds]);
}

// A decoy stands behind every accepted attempt: asking once too often must not void the code that is on its way.
const GUESS = prepared(`
  update connect_attempt set guesses = least(guesses + 1, 32767)
  where workspace_id = $1 and mode = $2 and id = (
    select a.id from connect_attempt a
    where a.workspace_id = $1 and a.mode = $2 and a.email_key = any($3::bytea[]) and a.expires_at > now()
    order by a.verification_id is null, a.id desc limit 1)
  returning verification_id`);

/** Counts a guess at the newest attempt for an email; undefined where that is a decoy or there is none. */
export async function guessAtAttempt(
  pool: Connection,
  keys: KeyRing,
  { workspaceId, mode }: World,
  emailIdentity: string,
): Promise<string | undefined> {
  const candidates = keys.all.map((key) => emailKey(emailIdentity, key));
  const row = await runOne<{ verification_id: string | null }>(pool, GUESS, [workspaceId, mode, candidates]);
  return row?.verification_id ?? undefined;
}
