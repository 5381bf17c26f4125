/** Confirm: the guess is counted before it is compared, and one guarded statement consumes the right one. */
import { DatabaseError, type Pool } from 'pg';
import { codeFor, sameCode } from './codes.ts';
import { type CustomerRow, customerView } from './customers.ts';
import type { Principal } from './keys.ts';
import { provenBy } from './proven.ts';
import { type VerificationRow, verificationView } from './verification-view.ts';

const COUNT_GUESS = `
  UPDATE verification SET failed_attempts = failed_attempts + 1
  WHERE id = $1 AND customer_id = $2 AND workspace_id = $3 AND mode = $4
    AND status = 'PENDING' AND failed_attempts < max_attempts AND expires_at > now()
  RETURNING *`;

// A verified primary stays unless told.
const CONSUME = `
  WITH ${provenBy('EMAIL_CODE')}, owner AS (
    UPDATE customer c SET updated_at = now(), primary_email_id = CASE
      WHEN NOT $2 AND EXISTS (SELECT FROM contact_point e WHERE e.id = c.primary_email_id AND e.verified_at IS NOT NULL)
      THEN c.primary_email_id ELSE contact.id END
    FROM contact WHERE c.id = contact.customer_id
    RETURNING c.*, contact.id AS contact_id
  )
  SELECT owner.*, p.value AS phone, p.verified_at AS phone_verified_at,
         CASE WHEN owner.primary_email_id = owner.contact_id THEN consumed.value ELSE e.value END AS email,
         CASE WHEN owner.primary_email_id = owner.contact_id THEN consumed.verified_at ELSE e.verified_at END
           AS email_verified_at
  FROM consumed CROSS JOIN owner
  LEFT JOIN contact_point e ON e.id = owner.primary_email_id
  LEFT JOIN contact_point p ON p.id = owner.primary_phone_id`;

const UNIQUE_VIOLATION = '23505';

/** What a caller sends to confirm. */
export interface ConfirmInput {
  verificationId: string;
  customerId: string;
  code: string;
  updatePrimary: boolean;
}

/** The verification and its customer, verified, or why the guess was refused. */
export async function confirmVerification(pool: Pool, secret: Buffer, principal: Principal, input: ConfirmInput) {
  const { rows: counted } = await pool.query<VerificationRow>({
    name: 'count guess',
    text: COUNT_GUESS,
    values: [input.verificationId, input.customerId, principal.workspaceId, principal.mode],
  });
  const row = counted[0];
  if (!row) return { refused: 'FINISHED' };
  const expected = codeFor(secret, { ...row, codeLength: row.code_length });
  if (!sameCode(expected, input.code)) {
    return { refused: 'CODE_INCORRECT', attemptsLeft: row.max_attempts - row.failed_attempts };
  }
  const consumed = await consume(pool, row.id, input.updatePrimary);
  if (typeof consumed === 'string') return { refused: consumed };
  const verification = {
    ...row,
    status: 'VERIFIED',
    failed_attempts: row.failed_attempts - 1,
    verified_at: consumed.updated_at,
  };
  return { verification: verificationView(verification), customer: customerView(consumed, principal) };
}

/** The customer as verified, or why this guess lost: to another guess, or to another customer with the address. */
async function consume(pool: Pool, id: string, updatePrimary: boolean): Promise<CustomerRow | string> {
  try {
    const { rows } = await pool.query<CustomerRow>({ name: 'consume', text: CONSUME, values: [id, updatePrimary] });
    return rows[0] ?? 'FINISHED';
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return 'CONTACT_IN_USE';
    throw error;
  }
}
