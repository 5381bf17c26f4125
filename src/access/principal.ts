/** Who is calling, and how far they reach: a workspace, one of its two worlds, and perhaps one customer. */
import type { World } from '../kernel/world.js';
import type { WorkspaceSettings } from './workspace-settings.js';

export type { World };

/** A world and how much of it a caller may touch. Statements take it whole, so that none can forget the second half. */
export interface Reach extends World {
  /** The one customer that a caller may touch; absent: any of the world. */
  readonly customerId?: string;
}

export type PrincipalKind = 'PUBLISHABLE_KEY' | 'SECRET_KEY' | 'CUSTOMER_SESSION' | 'USER_TOKEN';

/** Who is calling, whatever credential said so. */
export interface Principal extends Reach {
  readonly kind: PrincipalKind;
  /** The key on the request, or the one that a session was started with; none behind a user token alone. */
  readonly keyId: string | undefined;
  /** The session behind an access token of the gateway's own. */
  readonly sessionId?: string;
  /**
   * The token of the workspace's own identity provider, for providers that ask for it. Not enumerable: neither a log nor
   * an answer shows it.
   */
  readonly userToken?: string;
  /** The one merchant that a merchant's key acts for. */
  readonly merchantId?: string;
  /** Everything the credential carries, for this and for other services. */
  readonly scopes: readonly string[];
  /** Runs published operations and nothing else. */
  readonly persistedOnly: boolean;
  readonly workspace: WorkspaceSettings;
}

// A publishable key stands in every visitor's browser: whatever it carries for other services, all it can do here
// is start and keep a customer's session.
const HONORED_OF_PUBLISHABLE = ['sessions:write'];

/** True when the principal holds all scopes of at least one set; an empty list asks for none. */
export function holdsScopes(principal: Principal, anyOf: readonly (readonly string[])[]): boolean {
  const holds = (scope: string) =>
    principal.scopes.includes(scope) &&
    // Without a customer there is no self, and statements would reach all of the world.
    (!scope.startsWith('self:') || principal.customerId !== undefined) &&
    (principal.kind !== 'PUBLISHABLE_KEY' || HONORED_OF_PUBLISHABLE.includes(scope));
  return anyOf.length === 0 || anyOf.some((allOf) => allOf.every(holds));
}
