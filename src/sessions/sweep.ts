/** What sessions leave behind, removed once nothing can ask about it any more. */
import { deleteExpired } from '../entities/expired-rows.js';

/** Sessions, and requests for codes, that one sweep removes at most. */
export const SESSION_SWEEP_LIMIT = 1_000;
export const CONNECT_ATTEMPT_SWEEP_LIMIT = 5_000;

/**
 * Removes sessions with their refresh tokens, a day after they could last be refreshed: until then a spent token that
 * turns up still tells of a theft.
 */
export const sweepSessions = deleteExpired(
  'session',
  'workspace_id, mode, id',
  `refreshable_until < now() - interval '1 day'`,
  SESSION_SWEEP_LIMIT,
);

/** Removes requests for connect codes that have expired. */
export const sweepConnectAttempts = deleteExpired(
  'connect_attempt',
  'workspace_id, mode, id',
  'expires_at < now()',
  CONNECT_ATTEMPT_SWEEP_LIMIT,
);
