/** The answer's form of a verification. */

/** A verification's row. */
export interface VerificationRow {
  id: string;
  mode: string;
  customer_id: string;
  value: string;
  status: string;
  generation: number;
  code_length: number;
  max_attempts: number;
  failed_attempts: number;
  timeout_seconds: number;
  created_at: Date;
  expires_at: Date;
  verified_at: Date | null;
}

/** @param stepStatus leaves the steps out where it is not given */
export function verificationView(row: VerificationRow, stepStatus?: string) {
  return {
    id: row.id,
    status: row.status,
    codeLength: row.code_length,
    maxAttempts: row.max_attempts,
    failedAttempts: row.failed_attempts,
    attemptsLeft: row.max_attempts - row.failed_attempts,
    timeoutSeconds: row.timeout_seconds,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    verifiedAt: row.verified_at,
    ...(stepStatus && { steps: [{ index: 0, channel: 'EMAIL', to: row.value, status: stepStatus }] }),
  };
}
