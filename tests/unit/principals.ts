import type { Principal } from '../../src/access/principal.js';

/** A caller with nothing special about them but what a test says. */
export function principal(change: Partial<Principal> = {}): Principal {
  return {
    kind: 'SECRET_KEY',
    keyId: 'key-1',
    workspaceId: 'workspace-1',
    mode: 'TEST',
    scopes: ['customers:read'],
    persistedOnly: false,
    workspace: {
      appName: 'App',
      defaultLocale: 'en-US',
      redirectUris: [],
      eligibleCountries: [],
      contactVerificationPolicy: [],
      connectStampsEmail: false,
      connectReply: 'EXACT',
      accessTokenClaims: {},
      tokenIssuers: [],
    },
    ...change,
  };
}
