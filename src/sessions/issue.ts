/** Turning a session into the tokens that its customer holds. */
import { SignJWT } from 'jose';
import type { Principal } from '../access/principal.js';
import { accessTokenClaims, idTokenClaims } from './claims.js';
import { ACCESS_TOKEN_SECONDS, type SessionRecord } from './session-record.js';
import type { SigningKeys } from './signing-keys.js';

/** `typ` of the two kinds of token; each is refused where the other is expected (RFC 8725 section 3.11). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
const ID_TOKEN_TYPE = 'JWT';

export interface IssueDeps {
  readonly signingKeys: SigningKeys;
  /** What tokens name as `iss`. */
  readonly issuer: string;
}

export interface IssuedSession {
  readonly customerId: string;
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  readonly expiresAt: Date;
  readonly refreshableUntil: Date;
  /** The embedding page's session. */
  readonly sessionId: string | null;
}

export interface Started {
  readonly session: SessionRecord;
  readonly refreshToken: string;
}

/**
 * Signs what was started. Both tokens run out `ACCESS_TOKEN_SECONDS` after the session's row was read, by the
 * database's clock.
 * @param nonce what the caller gave, for the id token of the proof itself (OpenID Connect Core 1.0 section 12.2)
 */
export async function issueTokens(
  { signingKeys, issuer }: IssueDeps,
  principal: Principal,
  { session, refreshToken }: Started,
  nonce?: string,
): Promise<IssuedSession> {
  const issuing = { issuer, world: principal, session, custom: principal.workspace.accessTokenClaims, nonce };
  const { kid, alg, privateKey } = signingKeys.current;
  const sign = (typ: string, claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg, typ, kid }).sign(privateKey);
  const [accessToken, idToken] = await Promise.all([
    sign(ACCESS_TOKEN_TYPE, accessTokenClaims(issuing)),
    sign(ID_TOKEN_TYPE, idTokenClaims(issuing)),
  ]);
  return {
    customerId: session.customerId,
    accessToken,
    idToken,
    refreshToken,
    expiresInSeconds: ACCESS_TOKEN_SECONDS,
    expiresAt: new Date((session.readAt + ACCESS_TOKEN_SECONDS) * 1000),
    refreshableUntil: session.refreshableUntil,
    sessionId: session.embedSessionId,
  };
}
