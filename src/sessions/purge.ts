/** What sessions leave behind, removed once nothing can ask about it any more. */
import { type Connection, run } from '../entities/database.js';

/** Sessions, and requests for codes, that one purge removes at most. */
export const SESSION_PURGE_LIMIT = 1_000;
export const ATTEMPT_PURGE_LIMIT = 5_000;

// A day after it could last be refreshed: until then a spent token that turns up still tells of a theft.
const SESSIONS = `
  delete from session where (workspace_id, mode, id) in (
    select workspace_id, mode, id from session where refreshable_until < now() - interval '1 day'
    limit ${SESSION_PURGE_LIMIT} for update skip locked) returning 1`;

const ATTEMPTS = `
  delete from connect_attempt where (workspace_id, mode, id) in (
    select workspace_id, mode, id from connect_attempt where expires_at < now() limit ${ATTEMPT_PURGE_LIMIT}
    for update skip locked) returning 1`;

/** Removes sessions with their refresh tokens. Returns how many sessions: the limit means that more are waiting. */
export async function purgeSessions(pool: Connection): Promise<number> {
  return (await run(pool, SESSIONS)).length;
}

/** Removes requests for connect codes that have expired. Returns how many: the limit means that more are waiting. */
export async function purgeConnectAttempts(pool: Connection): Promise<number> {
  return (await run(pool, ATTEMPTS)).length;
}
