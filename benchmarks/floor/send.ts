/** Send: verification, step and job are one statement and so one transaction; the worker delivers after it. */
import type { Pool } from 'pg';
import { newId } from './ids.ts';
import type { Principal } from './keys.ts';
import { type VerificationRow, verificationView } from './verification-view.ts';

/** Terms of every code. */
export const TERMS = { codeLength: 6, maxAttempts: 3, timeoutSeconds: 600 };

// A verification is made only where the customer exists and nobody has verified the address already.
const SEND = `
  WITH owner AS (
    SELECT id FROM customer WHERE id = $1 AND workspace_id = $2 AND mode = $3 AND deleted_at IS NULL
  ), taken AS (
    SELECT customer_id FROM contact_point
    WHERE workspace_id = $2 AND mode = $3 AND kind = 'EMAIL' AND value = $4 AND verified_at IS NOT NULL
  ), sent AS (
    INSERT INTO verification
      (id, workspace_id, mode, customer_id, kind, value, code_length, max_attempts, timeout_seconds, expires_at)
    SELECT $5, $2, $3, owner.id, 'EMAIL', $4, $6, $7, $8::int, now() + $8 * interval '1 second'
    FROM owner WHERE NOT EXISTS (SELECT FROM taken)
    RETURNING *
  ), step AS (
    INSERT INTO verification_step (verification_id, step_index, channel, recipient) SELECT id, 0, 'EMAIL', value FROM sent
  ), queued AS (
    INSERT INTO job (verification_id, step_index) SELECT id, 0 FROM sent
  )
  SELECT sent.*, owner.id AS owner_id, taken.customer_id AS taken_by
  FROM (VALUES (1)) AS one LEFT JOIN owner ON true LEFT JOIN taken ON true LEFT JOIN sent ON true`;

interface SendRow extends VerificationRow {
  owner_id: string | null;
  taken_by: string | null;
}

/** The verification that is on its way, or why there is none. */
export async function sendVerification(pool: Pool, principal: Principal, input: { customerId: string; email: string }) {
  const { rows } = await pool.query<SendRow>({
    name: 'send',
    text: SEND,
    values: [
      input.customerId,
      principal.workspaceId,
      principal.mode,
      input.email,
      newId(),
      TERMS.codeLength,
      TERMS.maxAttempts,
      TERMS.timeoutSeconds,
    ],
  });
  const row = rows[0];
  if (!row?.owner_id) return { refused: 'NOT_FOUND' };
  if (row.taken_by) return { refused: row.taken_by === row.owner_id ? 'ALREADY_VERIFIED' : 'CONTACT_IN_USE' };
  return { verification: verificationView(row, 'QUEUED') };
}
