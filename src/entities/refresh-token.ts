import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/** One refresh token of a session, spent or not. Nothing here can be shown to the gateway: it is a hash. */
export const RefreshToken = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_token',
  indexes: [{ name: 'refresh_token_of_session_index', properties: ['workspaceId', 'mode', 'sessionId'] }],
  properties: {
    ...worldKey,
    /** SHA-256 of the token. */
    hash: p.blob().primary(),
    sessionId: p.uuid(),
    spentAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});
