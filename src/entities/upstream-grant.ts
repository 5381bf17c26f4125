import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/**
 * What a user has lent for one verification: the access token that a vendor wants to see, sealed, for as long as the
 * verification takes. The queue sends in their name after their request is answered.
 */
export const UpstreamGrant = defineEntity({
  name: 'UpstreamGrant',
  tableName: 'upstream_grant',
  indexes: [{ name: 'upstream_grant_expires_at_index', properties: ['expiresAt'] }],
  properties: {
    ...worldKey,
    verificationId: p.uuid().primary(),
    /** Which key of the ring it is sealed under. */
    keyId: p.string().columnType('char(8)'),
    sealed: p.blob(),
    expiresAt: p.datetime(3),
  },
});
