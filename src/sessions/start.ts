/** The statement that starts a session: the last of the transaction that settles the proof. */
import type { World } from '../access/principal.js';
import { runOne, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { newId } from '../kernel/ids.js';
import type { Started } from './issue.js';
import { hashOf, newRefreshToken } from './refresh-token.js';
import {
  REFRESHABLE_SECONDS,
  SESSION_COLUMNS,
  SESSION_CONTACTS,
  type SessionRow,
  toSession,
} from './session-record.js';

export interface NewSession {
  readonly customerId: string;
  readonly keyId: string;
  readonly verificationId: string;
  readonly embedSessionId: string | undefined;
}

const START = prepared(`
  with s as (
    insert into session (workspace_id, mode, id, customer_id, key_id, verification_id, embed_session_id, refreshable_until)
    select o.workspace_id, o.mode, $4, o.id, $5, $6, $7, now() + ${REFRESHABLE_SECONDS} * interval '1 second'
    from customer o where o.workspace_id = $1 and o.mode = $2 and o.id = $3 and o.deleted_at is null
    returning *
  ), t as (
    insert into refresh_token (workspace_id, mode, hash, session_id) select workspace_id, mode, $8, id from s
  )
  select ${SESSION_COLUMNS} from s ${SESSION_CONTACTS}`);

/** Starts a session, or returns undefined for a customer who was deleted meanwhile. */
export async function startSession(
  transaction: Transaction,
  { workspaceId, mode }: World,
  { customerId, keyId, verificationId, embedSessionId }: NewSession,
): Promise<Started | undefined> {
  const refreshToken = newRefreshToken();
  const values = [customerId, newId(), keyId, verificationId, embedSessionId ?? null, hashOf(refreshToken)];
  const row = await runOne<SessionRow>(transaction, START, [workspaceId, mode, ...values]);
  return row && { session: toSession(row), refreshToken };
}
