import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/**
 * One request for a connect code, accepted or not: both leave the same row. A refused one is a decoy, whose verification
 * is not there; nothing of it can be confirmed, and no list shows it.
 */
export const ConnectAttempt = defineEntity({
  name: 'ConnectAttempt',
  tableName: 'connect_attempt',
  indexes: [
    { name: 'connect_attempt_of_email_index', properties: ['workspaceId', 'mode', 'emailKey', 'id'] },
    { name: 'connect_attempt_expires_at_index', properties: ['expiresAt'] },
  ],
  checks: [{ name: 'connect_attempt_guesses_check', expression: '"guesses" >= 0' }],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    /** HMAC of the email: a decoy's is a stranger's. */
    emailKey: p.blob(),
    /** Null for a decoy. */
    verificationId: p.uuid().nullable(),
    guesses: p.smallint().default(0),
    expiresAt: p.datetime(3),
  },
});
