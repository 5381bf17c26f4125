import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/** ENDED: somebody said so. REUSE: a spent refresh token was shown again, so the family was in two hands. */
export const SESSION_ENDS = ['ENDED', 'REUSE'] as const;

/**
 * What one proof of a phone started: a family of refresh tokens, and the access tokens beside them. Access tokens have
 * no row: they name their session.
 */
export const Session = defineEntity({
  name: 'Session',
  tableName: 'session',
  indexes: [
    { name: 'session_of_verification_index', properties: ['workspaceId', 'mode', 'verificationId'] },
    { name: 'session_of_customer_index', properties: ['workspaceId', 'mode', 'customerId'] },
    { name: 'session_refreshable_until_index', properties: ['refreshableUntil'] },
  ],
  checks: [{ name: 'session_end_check', expression: '("ended_at" is null) = ("end_reason" is null)' }],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    customerId: p.uuid(),
    /** The key that it was started with: while that is revoked or expired, the session is good for nothing. */
    keyId: p.uuid(),
    /** The proof that started it. */
    verificationId: p.uuid(),
    /** The embedding page's session, the only one that its tokens are good for. */
    embedSessionId: p.string().length(200).nullable(),
    provedAt: p.datetime(3).defaultRaw('now()'),
    refreshableUntil: p.datetime(3),
    endedAt: p.datetime(3).nullable(),
    endReason: p.enum(SESSION_ENDS).nullable(),
  },
});
