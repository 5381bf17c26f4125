/** What the tokens of a session say (RFC 9068 for access tokens, OpenID Connect Core 1.0 section 2 for id tokens). */
import { z } from 'zod';
import { isReservedClaim } from '../access/custom-claims.js';
import type { World } from '../access/principal.js';
import { CUSTOMER_SCOPES } from '../access/scopes.js';
import { globalId, newId } from '../kernel/ids.js';
import { MODES } from '../kernel/world.js';
import { ACCESS_TOKEN_SECONDS, type SessionRecord } from './session-record.js';

/** How the customer proved themselves (RFC 8176): a one-time code, and the channel that it came by. */
const PROVED_BY = ['otp', 'sms'];

/** As much of an access token as the gateway reads back. */
export const accessClaims = z.object({
  iss: z.string(),
  /** The workspace. */
  aud: z.string(),
  /** The customer. */
  sub: z.string(),
  azp: z.string(),
  session_id: z.string().optional(),
  mode: z.enum(MODES),
  exp: z.number(),
  nbf: z.number().optional(),
  jti: z.string(),
});
export type AccessClaims = z.infer<typeof accessClaims>;

export interface Issuing {
  readonly issuer: string;
  readonly world: World;
  readonly session: SessionRecord;
  /** The workspace's own. */
  readonly custom: Readonly<Record<string, unknown>>;
  /** The caller's, for the id token of the proof itself (OpenID Connect Core 1.0 section 12.2). */
  readonly nonce: string | undefined;
}

export function accessTokenClaims({ issuer, world, session, custom }: Issuing): Record<string, unknown> {
  const key = globalId('ApiKey', session.keyId);
  // Refused when they are set; what was stored before a name was reserved is left out here.
  const own = Object.entries(custom).filter(([name]) => !isReservedClaim(name));
  return {
    ...Object.fromEntries(own),
    iss: issuer,
    aud: globalId('Workspace', world.workspaceId),
    sub: globalId('Customer', session.customerId),
    azp: key,
    client_id: key,
    ...(session.embedSessionId !== null && { session_id: session.embedSessionId }),
    scope: CUSTOMER_SCOPES.join(' '),
    amr: PROVED_BY,
    mode: world.mode,
    iat: session.readAt,
    exp: session.readAt + ACCESS_TOKEN_SECONDS,
    // The session stands in it, so that a token is refused the moment its session has ended.
    jti: `${session.id}.${newId()}`,
  };
}

/** The session that an access token belongs to. */
export const sessionIdOf = ({ jti }: AccessClaims): string => jti.slice(0, jti.indexOf('.'));

export function idTokenClaims({ issuer, session, nonce }: Issuing): Record<string, unknown> {
  const { email, phone } = session;
  return {
    iss: issuer,
    aud: globalId('ApiKey', session.keyId),
    sub: globalId('Customer', session.customerId),
    ...(nonce !== undefined && { nonce }),
    ...(email !== null && { email, email_verified: session.emailVerified }),
    ...(phone !== null && { phone_number: phone, phone_number_verified: session.phoneVerified }),
    amr: PROVED_BY,
    auth_time: Math.floor(session.provedAt.getTime() / 1000),
    iat: session.readAt,
    exp: session.readAt + ACCESS_TOKEN_SECONDS,
  };
}
