/** Connect, the request for a code: enrolled or not, allowed or not, the same statements run and the same row is written. */
import { createHmac } from 'node:crypto';
import type { Pool } from 'pg';
import { newId } from './ids.ts';
import type { Principal } from './keys.ts';
import type { Limit } from './limits.ts';
import { TERMS } from './send.ts';

// Who has verified an email goes before those who only gave it.
const FIND = `
  SELECT c.id, p.value AS phone
  FROM contact_point e JOIN customer c ON c.id = e.customer_id AND c.deleted_at IS NULL
  JOIN contact_point p ON p.id = c.primary_phone_id
  WHERE e.workspace_id = $1 AND e.mode = $2 AND e.kind = 'EMAIL' AND e.value = $3
    AND (e.verified_at IS NOT NULL OR e.id = c.primary_email_id)
  ORDER BY e.verified_at NULLS LAST, e.created_at LIMIT 1`;

const ASK = `
  WITH sent AS (
    INSERT INTO verification
      (id, workspace_id, mode, customer_id, kind, value, code_length, max_attempts, timeout_seconds, expires_at)
    SELECT $3, $1, $2, $4::uuid, 'PHONE', $5, $6, $7, $8::int, now() + $8 * interval '1 second'
    WHERE $4::uuid IS NOT NULL
    RETURNING id, value
  ), step AS (
    INSERT INTO verification_step (verification_id, step_index, channel, recipient) SELECT id, 0, 'SMS', value FROM sent
  ), queued AS (
    INSERT INTO job (verification_id, step_index) SELECT id, 0 FROM sent
  )
  INSERT INTO connect_attempt (id, workspace_id, mode, email_key, verification_id, expires_at)
  SELECT $9, $1, $2, $10, (SELECT id FROM sent), now() + $8 * interval '1 second'
  RETURNING verification_id`;

/** No email can be read from an attempt. */
export const emailKey = (secret: Buffer, email: string): Buffer =>
  createHmac('sha256', secret).update(`connect:${email}`).digest();

/** What asking for a code needs. */
export interface ConnectDeps {
  pool: Pool;
  secret: Buffer;
  scale: number;
  reserve(principal: Principal, limits: Limit[]): Promise<number | undefined>;
}

/** Whether a code is on its way. */
export async function sendConnectCode(
  { pool, secret, scale, reserve }: ConnectDeps,
  principal: Principal,
  { email, ip }: { email: string; ip: string },
): Promise<boolean> {
  const world = [principal.workspaceId, principal.mode];
  const { rows: found } = await pool.query<{ id: string; phone: string }>({
    name: 'find enrolled',
    text: FIND,
    values: [...world, email],
  });
  const wait = await reserve(principal, [
    { rule: 'connect, email', value: email, max: 5 * scale, windowSeconds: 600 },
    { rule: 'connect, phone', value: found[0]?.phone ?? email, max: 5 * scale, windowSeconds: 600 },
    { rule: 'connect, address', value: ip, max: 30 * scale, windowSeconds: 600 },
    { rule: 'connect, key', value: principal.keyPrefix, max: 600 * scale, windowSeconds: 60 },
  ]);
  const [customer] = wait ? [] : found;
  const terms = [TERMS.codeLength, TERMS.maxAttempts, TERMS.timeoutSeconds];
  const asked = [newId(), customer?.id ?? null, customer?.phone ?? null, ...terms];
  const { rows } = await pool.query<{ verification_id: string | null }>({
    name: 'ask for a code',
    text: ASK,
    values: [...world, ...asked, newId(), emailKey(secret, email)],
  });
  return typeof rows[0]?.verification_id === 'string';
}
