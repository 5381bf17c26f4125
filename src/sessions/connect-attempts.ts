/** Requests for connect codes: what a code that comes back is looked up by. */
import { createHmac } from 'node:crypto';
import type { World } from '../access/principal.js';
import { run, runOne, type Transaction } from '../entities/database.js';
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

// A decoy stands behind every accepted attempt: asking once too often must not void the code that is on its way. Where
// nobody has asked, a decoy is written now, so that every guess writes a row.
const GUESS = prepared(`
  with a as materialized (
    select id, verification_id from connect_attempt
    where workspace_id = $1 and mode = $2 and email_key = any($3::bytea[]) and expires_at > now()
    order by verification_id is null, id desc limit 1
  ), counted as (
    update connect_attempt t set guesses = least(t.guesses + 1, 32767) from a
    where t.workspace_id = $1 and t.mode = $2 and t.id = a.id
  ), opened as (
    insert into connect_attempt (workspace_id, mode, id, email_key, guesses, expires_at)
    select $1, $2, $4, $5, 1, now() + $6::int * interval '1 second' where not exists (select from a)
  )
  select verification_id from a`);

/** Counts a guess at the newest attempt for an email; undefined where that is a decoy. */
export async function guessAtAttempt(
  transaction: Transaction,
  keys: KeyRing,
  { workspaceId, mode }: World,
  { emailIdentity, timeoutSeconds }: Omit<NewAttempt, 'verificationId'>,
): Promise<string | undefined> {
  const candidates = keys.all.map((key) => emailKey(emailIdentity, key));
  const decoy = [newId(), emailKey(emailIdentity, keys.current), timeoutSeconds];
  const values = [workspaceId, mode, candidates, ...decoy];
  const row = await runOne<{ verification_id: string | null }>(transaction, GUESS, values);
  return row?.verification_id ?? undefined;
}
