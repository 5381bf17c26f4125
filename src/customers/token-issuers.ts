/** The identity providers of a workspace, checked before their tokens are believed. */
import { compareWithMetadata } from '../access/issuer-discovery.js';
import type { IssuerDocuments } from '../access/issuer-documents.js';
import type { TokenIssuer } from '../entities/workspace.js';
import { badInput } from '../kernel/errors.js';

const MOST_ISSUERS = 10;
const LONGEST_URL = 2_048;
const LONGEST_AUDIENCE = 255;

export interface IssuerChecks {
  readonly documents: IssuerDocuments;
  /** The gateway's own `iss`, which no identity provider may claim. */
  readonly ownIssuer: string;
}

/**
 * The providers as they are stored. Each one's discovery document is read, all at once and within the time of one,
 * and must not contradict what is given here; whether it says the same is kept.
 * @throws {GatewayError} BAD_USER_INPUT naming the first that is wrong
 */
export async function checkedIssuers(
  checks: IssuerChecks,
  issuers: readonly TokenIssuer[],
  argument: string,
): Promise<TokenIssuer[]> {
  if (issuers.length > MOST_ISSUERS) throw badInput(argument, `must be at most ${MOST_ISSUERS}`);
  const checked = issuers.map((issuer, index) => checkedIssuer(checks, issuer, `${argument}.${index}`));
  const pairs = checked.map(({ issuer, audience }) => JSON.stringify([issuer, audience]));
  if (new Set(pairs).size < pairs.length) throw badInput(argument, 'must name each issuer with an audience once');
  const agreements = await Promise.all(checked.map((issuer) => compareWithMetadata(checks.documents, issuer)));
  return checked.map((issuer, index) => {
    const agreement = agreements[index];
    if (typeof agreement === 'object') throw badInput(`${argument}.${index}.${agreement.field}`, agreement.reason);
    return agreement === 'DISCOVERED' ? { ...issuer, discovered: true } : issuer;
  });
}

function checkedIssuer({ documents, ownIssuer }: IssuerChecks, given: TokenIssuer, argument: string): TokenIssuer {
  const { issuer, jwksUri, audience } = given;
  for (const [name, url] of Object.entries({ issuer, jwksUri })) {
    const fault = OF_NO_URL.test(url) || url.length > LONGEST_URL ? 'not an absolute URL' : documents.faultOf(url);
    if (fault !== undefined) throw badInput(`${argument}.${name}`, fault);
  }
  // OpenID Connect Core 1.0 section 2. It is kept as it was written: `iss` is compared with it exactly.
  if (issuer.includes('?')) throw badInput(`${argument}.issuer`, 'must have no query');
  if (issuer === ownIssuer) throw badInput(`${argument}.issuer`, "is the gateway's own");
  if (audience.length < 1 || audience.length > LONGEST_AUDIENCE || /[\p{Cc}\p{Cs}]/u.test(audience)) {
    throw badInput(`${argument}.audience`, `must be 1 to ${LONGEST_AUDIENCE} printable characters`);
  }
  return { issuer, jwksUri: new URL(jwksUri).href, audience };
}

// Half a surrogate pair parses as part of a path, and jsonb cannot hold it.
const OF_NO_URL = /[\s\p{Cc}\p{Cs}]/u;
