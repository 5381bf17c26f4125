/** SQL that every right code runs: the guess that was right was not a failed one, so its count is given back. */
export const provenBy = (evidence: 'EMAIL_CODE' | 'SMS_CODE'): string => `consumed AS (
    UPDATE verification SET status = 'VERIFIED', verified_at = now(), failed_attempts = failed_attempts - 1
    WHERE id = $1 AND status = 'PENDING'
    RETURNING *
  ), contact AS (
    INSERT INTO contact_point (id, workspace_id, mode, customer_id, kind, value, verified_at, verified_by)
    SELECT id, workspace_id, mode, customer_id, kind, value, now(), '${evidence}' FROM consumed
    ON CONFLICT (customer_id, kind, value) DO UPDATE SET verified_at = now(), verified_by = '${evidence}'
    RETURNING id, customer_id
  )`;
