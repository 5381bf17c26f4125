/** OpenID Connect Discovery: what an identity provider says of itself, against what a workspace was told. */
import type { TokenIssuer } from '../entities/workspace.js';
import type { IssuerDocuments } from './issuer-documents.js';

/**
 * What the issuer's own metadata contradicts, or undefined where it agrees. An issuer that publishes none, or cannot
 * be reached now, contradicts nothing: `jwksUri` is what tokens are checked with, and discovery only finds mistakes.
 */
export async function contradictionOf(
  documents: IssuerDocuments,
  { issuer, jwksUri }: TokenIssuer,
): Promise<{ readonly field: 'issuer' | 'jwksUri'; readonly reason: string } | undefined> {
  // OpenID Connect Discovery 1.0 section 4.1: a final slash is left out, and the path stays.
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const metadata = (await documents.read(url).catch(() => undefined)) as Record<string, unknown> | null | undefined;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  // Section 4.3: the issuer must be exactly the one that was asked.
  if (typeof metadata['issuer'] === 'string' && metadata['issuer'] !== issuer) {
    return { field: 'issuer', reason: 'its discovery document names another issuer' };
  }
  const published = metadata['jwks_uri'];
  if (typeof published !== 'string' || !URL.canParse(published)) return undefined;
  return new URL(published).href === jwksUri
    ? undefined
    : { field: 'jwksUri', reason: "the issuer's discovery document names another jwks_uri" };
}
