/** A session as the statements that start and refresh one hand it over, with what its tokens say of the customer. */
import { type Timestamp, toDate } from '../entities/database.js';

/** Seconds from the proof in which a session can be refreshed. */
export const REFRESHABLE_SECONDS = 1_800;
/** Seconds that an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 900;

export interface SessionRecord {
  readonly id: string;
  readonly customerId: string;
  /** The key that the session was started with. */
  readonly keyId: string;
  /** The embedding page's session. */
  readonly embedSessionId: string | null;
  readonly provedAt: Date;
  readonly refreshableUntil: Date;
  /** When the row was read, in seconds since 1970 by the database's clock: what `iat` says. */
  readonly readAt: number;
  /** The primary contacts. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly phone: string | null;
  readonly phoneVerified: boolean;
}

export interface SessionRow {
  id: string;
  customer_id: string;
  key_id: string;
  embed_session_id: string | null;
  proved_at: Timestamp;
  refreshable_until: Timestamp;
  read_at: number;
  email: string | null;
  email_verified: boolean;
  phone: string | null;
  phone_verified: boolean;
}

/** The columns behind a SessionRecord and where they are, for sessions called `s`. */
export const SESSION_COLUMNS = `
  s.id, s.customer_id, s.key_id, s.embed_session_id, s.proved_at, s.refreshable_until,
  floor(extract(epoch from now()))::float8 as read_at, e.value as email, e.verified_at is not null as email_verified,
  p.value as phone, p.verified_at is not null as phone_verified`;
export const SESSION_CONTACTS = `
  join customer c on c.workspace_id = s.workspace_id and c.mode = s.mode and c.id = s.customer_id
  left join contact_point e on e.workspace_id = c.workspace_id and e.mode = c.mode and e.id = c.primary_email_id
  left join contact_point p on p.workspace_id = c.workspace_id and p.mode = c.mode and p.id = c.primary_phone_id`;

/** What keeps a session alive beside its own columns, for sessions called `s`: its customer and the key behind it. */
export const LIVE_OWNERS = `
  join customer o on o.workspace_id = s.workspace_id and o.mode = s.mode and o.id = s.customer_id
    and o.deleted_at is null
  join api_key k on k.workspace_id = s.workspace_id and k.mode = s.mode and k.id = s.key_id
    and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`;

export function toSession(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    customerId: row.customer_id,
    keyId: row.key_id,
    embedSessionId: row.embed_session_id,
    provedAt: toDate(row.proved_at),
    refreshableUntil: toDate(row.refreshable_until),
    readAt: row.read_at,
    email: row.email,
    emailVerified: row.email_verified,
    phone: row.phone,
    phoneVerified: row.phone_verified,
  };
}
