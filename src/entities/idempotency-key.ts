import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/** A caller's own name for one send: the same name again is the same verification, and nothing is sent. */
export const IdempotencyKey = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_key',
  indexes: [{ name: 'idempotency_key_expires_at_index', properties: ['expiresAt'] }],
  properties: {
    ...worldKey,
    /** SHA-256 of the caller's text. */
    key: p.blob().primary(),
    /** SHA-256 of the input, to tell a repetition from another send under the same name. */
    inputHash: p.blob(),
    verificationId: p.uuid(),
    expiresAt: p.datetime(3),
  },
});
