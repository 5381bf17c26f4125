import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/** What a verification by link was sent with. Holds no token: see `kernel/link-token`. */
export const VerificationLink = defineEntity({
  name: 'VerificationLink',
  tableName: 'verification_link',
  properties: {
    ...worldKey,
    verificationId: p.uuid().primary(),
    /** An entry of the workspace's list, as it stood there. */
    redirectUri: p.string().length(2048),
    /** Whether a verified primary contact gives way. */
    updatePrimary: p.boolean(),
  },
});
