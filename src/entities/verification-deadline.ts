import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/**
 * When to look whether a verification ended without anybody saying so. There only where an endpoint wants to know:
 * otherwise expiry is read off the clock, and a send pays for no row and no index.
 */
export const VerificationDeadline = defineEntity({
  name: 'VerificationDeadline',
  tableName: 'verification_deadline',
  indexes: [{ name: 'verification_deadline_due_at_index', properties: ['dueAt'] }],
  properties: {
    ...worldKey,
    verificationId: p.uuid().primary(),
    dueAt: p.datetime(3),
  },
});
