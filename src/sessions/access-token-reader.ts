/** Reads the gateway's own access tokens. Everything a token says is checked (RFC 8725, RFC 9068 section 4). */
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import type { CredentialHeaders, TokenReader } from '../access/authenticate.js';
import type { Principal } from '../access/principal.js';
import { CUSTOMER_SCOPES } from '../access/scopes.js';
import type { Connection } from '../entities/database.js';
import { GatewayError } from '../kernel/errors.js';
import { globalId, isUuid, localId } from '../kernel/ids.js';
import { type AccessClaims, accessClaims, sessionIdOf } from './claims.js';
import { ACCESS_TOKEN_TYPE, type IssueDeps } from './issue.js';
import { createSessionFinder, type SessionClaim } from './live-session.js';
import type { SigningKeys } from './signing-keys.js';

/** Longer than any token that is issued, claims of the workspace included. */
const LONGEST_TOKEN = 8_192;

export interface ReaderDeps extends IssueDeps {
  readonly pool: Connection;
}

/** @returns a reader of tokens whose `iss` is this gateway; any other token is somebody else's to read */
export function createAccessTokenReader({ signingKeys, issuer, pool }: ReaderDeps): TokenReader {
  const find = createSessionFinder(pool);
  return {
    async read(token, _, headers) {
      if (issuerOf(token) !== issuer) return undefined;
      const claims = await verify(signingKeys, token);
      const claim = claims && sessionClaimOf(claims);
      const session = claim && (await find(claim));
      if (!session || claims.sub !== globalId('Customer', session.customerId)) throw refused();
      checkEmbedding(claims, headers);
      return {
        ...claim.world,
        kind: 'CUSTOMER_SESSION',
        keyId: session.keyId,
        customerId: session.customerId,
        sessionId: claim.sessionId,
        scopes: CUSTOMER_SCOPES,
        persistedOnly: session.persistedOnly,
        workspace: session.workspace,
      } satisfies Principal;
    },
  };
}

// Decides who reads the token, before anything in it is believed.
function issuerOf(token: string): unknown {
  try {
    return token.length <= LONGEST_TOKEN ? decodeJwt(token).iss : undefined;
  } catch {
    return undefined;
  }
}

async function verify(keys: SigningKeys, token: string): Promise<AccessClaims | undefined> {
  if (!token.split('.').every(isCanonical)) return undefined;
  try {
    const { kid, alg, typ, ...more } = decodeProtectedHeader(token);
    const key = keys.find(kid);
    // A key in the token's own header (`jku`, `jwk`, `x5c`) would be the attacker's, and `crit` asks for what is not
    // understood: a token with anything but the three members is none of ours.
    if (!key || alg !== key.alg || typ !== ACCESS_TOKEN_TYPE || Object.keys(more).length > 0) return undefined;
    const { payload } = await compactVerify(token, key.publicKey, { algorithms: [key.alg] });
    return accessClaims.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    return undefined;
  }
}

// Decoders forgive padding, spaces and the unused bits of the last character: one token would have many spellings.
const isCanonical = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part;

function sessionClaimOf(claims: AccessClaims): SessionClaim | undefined {
  const workspaceId = localId('Workspace', claims.aud);
  const sessionId = sessionIdOf(claims);
  if (workspaceId === undefined || !isUuid(sessionId)) return undefined;
  const world = { workspaceId, mode: claims.mode };
  return { world, sessionId, expiresAt: claims.exp, notBefore: claims.nbf ?? 0 };
}

function checkEmbedding(claims: AccessClaims, headers: CredentialHeaders): void {
  const embedding = headers['x-embed-session'];
  if (claims.session_id === undefined || embedding === undefined || embedding === claims.session_id) return;
  throw new GatewayError('UNAUTHENTICATED', 'The token is bound to another embed session.');
}

const refused = () =>
  new GatewayError('UNAUTHENTICATED', 'The token is not valid: expired, ended, or not of an accepted issuer.');
