/** What sessions leave behind, removed once nothing can ask about it any more. */
import { type Connection, run } from '../entities/database.js';

// A day after it could last be refreshed: until then a spent token that turns up still tells of a theft.
const SESSIONS = `
  delete from session where (workspace_id, mode, id) in (
    select workspace_id, mode, id from session where refreshable_until < now() - interval '1 day'
    limit 1000 for update skip locked)`;

const ATTEMPTS = `
  delete from connect_attempt where (workspace_id, mode, id) in (
    select workspace_id, mode, id from connect_attempt where expires_at < now() limit 5000 for update skip locked)`;

/** Removes sessions with their refresh tokens, and requests for connect codes. */
export async function purgeSessions(pool: Connection): Promise<void> {
  await Promise.all([run(pool, SESSIONS), run(pool, ATTEMPTS)]);
}
