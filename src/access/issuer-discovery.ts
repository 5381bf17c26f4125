/** OpenID Connect Discovery: what an identity provider says of itself. */
import type { TokenIssuer } from '../entities/workspace.js';
import type { IssuerDocuments } from './issuer-documents.js';

/** Its metadata, as far as it is used; what it leaves out is undefined. */
interface Metadata {
  readonly issuer: string | undefined;
  /** Serialized as the URL standard does it. */
  readonly jwksUri: string | undefined;
}

/** @returns undefined for an issuer that publishes none, or cannot be reached now */
async function metadataOf(documents: IssuerDocuments, issuer: string): Promise<Metadata | undefined> {
  // OpenID Connect Discovery 1.0 section 4.1: a final slash is left out, and the path stays.
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const read = (await documents.read(url).catch(() => undefined)) as Record<string, unknown> | null | undefined;
  if (typeof read !== 'object' || read === null) return undefined;
  const { issuer: named, jwks_uri: keys } = read;
  return {
    issuer: typeof named === 'string' ? named : undefined,
    jwksUri: typeof keys === 'string' && URL.canParse(keys) ? new URL(keys).href : undefined,
  };
}

/** How an issuer's own metadata stands to what a workspace was told of it. */
export type Agreement =
  /** It names these keys itself: where they move to, it will say. */
  | 'DISCOVERED'
  /** It says nothing of them. */
  | 'SILENT'
  | { readonly field: 'issuer' | 'jwksUri'; readonly reason: string };

/** Looks for mistakes: an issuer that publishes no metadata, or cannot be reached now, contradicts nothing. */
export async function compareWithMetadata(
  documents: IssuerDocuments,
  { issuer, jwksUri }: TokenIssuer,
): Promise<Agreement> {
  const metadata = await metadataOf(documents, issuer);
  // Section 4.3: the issuer must be exactly the one that was asked.
  if (metadata?.issuer !== undefined && metadata.issuer !== issuer) {
    return { field: 'issuer', reason: 'its discovery document names another issuer' };
  }
  if (metadata?.jwksUri === undefined) return 'SILENT';
  if (metadata.jwksUri !== jwksUri) {
    return { field: 'jwksUri', reason: "the issuer's discovery document names another jwks_uri" };
  }
  return metadata.issuer === undefined ? 'SILENT' : 'DISCOVERED';
}

/**
 * Where an issuer says that its keys are now, or undefined where it does not say. A document that names another issuer,
 * or none, says nothing (section 4.3).
 */
export async function discoverKeys(documents: IssuerDocuments, issuer: string): Promise<string | undefined> {
  const metadata = await metadataOf(documents, issuer);
  return metadata?.issuer === issuer ? metadata.jwksUri : undefined;
}
