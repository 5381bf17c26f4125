/** Connect, the code that comes back: counted, compared, and taken by the statement that opens the session. */
import { generateKeyPairSync, hash, randomBytes, sign } from 'node:crypto';
import type { Pool } from 'pg';
import { codeFor, sameCode } from './codes.ts';
import { emailKey } from './connect.ts';
import { type CustomerRow, customerView } from './customers.ts';
import { newId } from './ids.ts';
import type { Principal } from './keys.ts';
import { provenBy } from './proven.ts';
import type { VerificationRow } from './verification-view.ts';

// Where nobody has asked, a decoy is written, so that every guess writes a row.
const COUNT_GUESS = `
  WITH attempt AS MATERIALIZED (
    SELECT id, verification_id FROM connect_attempt
    WHERE workspace_id = $1 AND mode = $2 AND email_key = $3 AND expires_at > now()
    ORDER BY verification_id IS NULL, id DESC LIMIT 1
  ), counted AS (
    UPDATE connect_attempt t SET guesses = least(t.guesses + 1, 32767) FROM attempt WHERE t.id = attempt.id
  ), opened AS (
    INSERT INTO connect_attempt (id, workspace_id, mode, email_key, guesses, expires_at)
    SELECT $4, $1, $2, $3, 1, now() + interval '10 minutes' WHERE NOT EXISTS (SELECT FROM attempt)
  )
  UPDATE verification v SET failed_attempts = v.failed_attempts + 1 FROM attempt
  WHERE v.id = attempt.verification_id AND v.status = 'PENDING' AND v.failed_attempts < v.max_attempts
    AND v.expires_at > now()
  RETURNING v.*`;

const OPEN_SESSION = `
  WITH ${provenBy('SMS_CODE')}, opened AS (
    INSERT INTO session (id, workspace_id, mode, customer_id, key_prefix, verification_id, refreshable_until)
    SELECT $2, workspace_id, mode, customer_id, $3, id, now() + interval '30 minutes' FROM consumed
    RETURNING *
  ), token AS (
    INSERT INTO refresh_token (hash, session_id) SELECT $4, id FROM opened
  )
  SELECT c.*, e.value AS email, e.verified_at AS email_verified_at, consumed.value AS phone,
         consumed.verified_at AS phone_verified_at, opened.refreshable_until
  FROM consumed JOIN opened ON true JOIN customer c ON c.id = consumed.customer_id AND c.deleted_at IS NULL
  LEFT JOIN contact_point e ON e.id = c.primary_email_id`;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const TOKEN_SECONDS = 300;

/** The session, or undefined for whatever is wrong with email or code. */
export async function confirmConnectCode(
  pool: Pool,
  secret: Buffer,
  principal: Principal,
  input: { email: string; code: string },
) {
  const values = [principal.workspaceId, principal.mode, emailKey(secret, input.email), newId()];
  const { rows } = await pool.query<VerificationRow>({ name: 'count connect guess', text: COUNT_GUESS, values });
  const [row] = rows;
  if (!row || !sameCode(codeFor(secret, { ...row, codeLength: row.code_length }), input.code)) return undefined;
  const [sessionId, refreshToken] = [newId(), randomBytes(32).toString('base64url')];
  const { rows: opened } = await pool.query<CustomerRow & { refreshable_until: Date }>({
    name: 'open session',
    text: OPEN_SESSION,
    values: [row.id, sessionId, principal.keyPrefix, hash('sha256', refreshToken, 'buffer')],
  });
  const [owner] = opened;
  if (!owner) return undefined;
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: owner.id, sid: sessionId, iat: now, exp: now + TOKEN_SECONDS };
  return {
    accessToken: token('at+jwt', claims),
    idToken: token('JWT', { ...claims, email: owner.email, phone_number: owner.phone }),
    refreshToken,
    expiresInSeconds: TOKEN_SECONDS,
    refreshableUntil: owner.refreshable_until,
    customer: customerView(owner, principal),
  };
}

function token(typ: string, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'ES256', typ })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
