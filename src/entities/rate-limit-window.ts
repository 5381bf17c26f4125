import { defineEntity, p } from '@mikro-orm/core';

/** One counter of `@guard` in its current window. The key is an HMAC: no address or number can be read from it. */
export const RateLimitWindow = defineEntity({
  name: 'RateLimitWindow',
  tableName: 'rate_limit_window',
  indexes: [{ name: 'rate_limit_window_expires_at_index', properties: ['expiresAt'] }],
  checks: [{ name: 'rate_limit_window_hits_check', expression: '"hits" >= 0' }],
  properties: {
    /** The nil UUID where nobody has been identified. */
    workspaceId: p.uuid().primary(),
    key: p.blob().primary(),
    hits: p.bigint('number'),
    expiresAt: p.datetime(3),
  },
});
