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
  select a.verification_id as "verificationId", exists (
      select from verification v
      join verification_step s on s.workspace_id = $1 and s.mode = $2 and s.verification_id = v.id
      join contact_point o on o.workspace_id = $1 and o.mode = $2 and o.kind = 'PHONE' and o.identity = s.identity
        and o.verified_at is not null and o.customer_id <> v.customer_id
      where v.workspace_id = $1 and v.mode = $2 and v.id = a.verification_id) as "isInUse"
  from a`);

export interface GuessedAttempt {
  /** Null for a decoy. */
  readonly verificationId: string | null;
  /** Whether another customer has verified the phone since. */
  readonly isInUse: boolean;
}

/**
 * Counts a guess at the newest attempt for an email; undefined where there is none. The phone is looked at here: one that
 * is found taken as a right code is settled would take a transaction more than a wrong code does.
 */
export async function guessAtAttempt(
  transaction: Transaction,
  keys: KeyRing,
  { workspaceId, mode }: World,
  { emailIdentity, timeoutSeconds }: Omit<NewAttempt, 'verificationId'>,
): Promise<GuessedAttempt | undefined> {
  const candidates = keys.all.map((key) => emailKey(emailIdentity, key));
  const decoy = [newId(), emailKey(emailIdentity, keys.current), timeoutSeconds];
  return runOne<GuessedAttempt>(transaction, GUESS, [workspaceId, mode, candidates, ...decoy]);
}
