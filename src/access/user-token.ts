/**
 * Access tokens of a workspace's own identity provider (RFC 9068, RFC 7519): checked with the provider's public keys
 * as RFC 8725 asks, and turned into the customer whom `sub` names.
 */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import type { Mode } from '../kernel/world.js';
import type { TokenReader } from './authenticate.js';
import { type Accepting, entryOf, type IssuerDirectory } from './issuer-directory.js';
import type { IssuerKeys } from './issuer-keys.js';
import type { Principal } from './principal.js';
import { CUSTOMER_SCOPES } from './scopes.js';
import { isText, parseUserToken } from './user-token-format.js';

// Signatures by a private key only. With a secret one (HS256) the public key of the issuer would sign for anybody.
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Seconds that the clocks of issuer and gateway may differ by. */
const LEEWAY = 30;
const LONGEST_SUBJECT = 255;

export interface UserTokenDeps {
  readonly pool: Connection;
  readonly directory: IssuerDirectory;
  readonly keys: IssuerKeys;
  /** The gateway's own `iss`: its tokens are another reader's. */
  readonly ownIssuer: string;
}

export function createUserTokenReader({ pool, directory, keys, ownIssuer }: UserTokenDeps): TokenReader {
  return {
    async read(token, beside) {
      const origin = parseUserToken(token);
      if (!origin || origin.issuer === ownIssuer) return undefined;
      // Beside a key, its workspace is meant and no other is asked.
      const [accepting, another] = beside
        ? [entryOf(beside.workspaceId, beside.workspace, origin)]
        : await directory.find(origin);
      if (!accepting) return undefined;
      const subject = await subjectOf(token, accepting, keys);
      if (another) {
        throw new GatewayError(
          'UNAUTHENTICATED',
          'More than one workspace accepts this token: send a key of yours beside it, as X-Api-Key.',
        );
      }
      const customer = await findCustomer(pool, accepting.workspaceId, subject, beside?.mode);
      if (!customer) {
        throw new GatewayError('NOT_FOUND', 'There is no customer whose platformCustomerId is the sub of this token.');
      }
      return principalOf(token, accepting, customer, beside);
    },
  };
}

const REFUSED = 'The token is not valid: expired, not yet valid, mistyped, or not signed by a key of its issuer.';

/** @throws {GatewayError} UNAUTHENTICATED, or SERVICE_UNAVAILABLE when the issuer's keys cannot be read */
async function subjectOf(token: string, { issuer }: Accepting, keys: IssuerKeys): Promise<string> {
  const { sub, cnf } = await verifiedClaims(token, issuer, keys);
  // A token that is bound to a key of its holder's (RFC 7800) is good with a proof of that key only, which is not asked
  // for here: taken without, it would be worth stealing again.
  const isBound = cnf !== undefined;
  if (isBound || !isText(sub) || sub === '' || sub.length > LONGEST_SUBJECT) {
    throw new GatewayError('UNAUTHENTICATED', REFUSED);
  }
  return sub;
}

async function verifiedClaims(token: string, issuer: Accepting['issuer'], keys: IssuerKeys): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys.of(issuer), {
      algorithms: ALGORITHMS,
      issuer: issuer.issuer,
      audience: issuer.audience,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: LEEWAY,
    });
    return payload;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    // A key that is too short, or not what it says, is no fault of the gateway's: the log tells what jose says of it.
    const cause = error instanceof errors.JOSEError ? undefined : error;
    throw new GatewayError('UNAUTHENTICATED', REFUSED, {}, cause);
  }
}

interface FoundCustomer {
  id: string;
  mode: Mode;
}

const FIND = prepared(`
  select id, mode from customer
  where workspace_id = $1 and mode = any($2::text[]) and platform_customer_id = $3 and deleted_at is null
  order by mode limit 1`);

/** Without a key no mode is named: LIVE, which sorts first, where the customer is in both. */
async function findCustomer(
  pool: Connection,
  workspaceId: string,
  subject: string,
  mode: Mode | undefined,
): Promise<FoundCustomer | undefined> {
  const modes = mode === undefined ? ['LIVE', 'TEST'] : [mode];
  return (await run<FoundCustomer>(pool, FIND, [workspaceId, modes, subject]))[0];
}

function principalOf(
  token: string,
  { workspaceId, workspace }: Accepting,
  { id, mode }: FoundCustomer,
  beside: Principal | undefined,
): Principal {
  const principal: Principal = {
    kind: 'USER_TOKEN',
    workspaceId,
    mode,
    keyId: beside?.keyId,
    customerId: id,
    scopes: CUSTOMER_SCOPES,
    persistedOnly: beside?.persistedOnly ?? false,
    workspace,
  };
  return Object.defineProperty(principal, 'userToken', { value: token });
}
