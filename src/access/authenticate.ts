/**
 * From request headers to a principal. A credential that is present and bad is refused, never "anonymous":
 * a mistyped key would otherwise look like a missing right.
 */
import { GatewayError } from '../kernel/errors.js';
import type { KeyReader } from './key-reader.js';
import type { Principal } from './principal.js';

/** The two headers that carry credentials (RFC 9110 section 11.6.2). */
export interface CredentialHeaders {
  readonly authorization?: string | undefined;
  readonly 'x-api-key'?: string | string[] | undefined;
  /** The embedding page's session, beside a token that was bound to one. */
  readonly 'x-embed-session'?: string | string[] | undefined;
}

/** Reads one kind of bearer token that is no key. */
export interface TokenReader {
  /**
   * The principal behind a token, or undefined where the token is of another kind: the next reader is asked.
   * @param beside the principal of the key on the same request
   * @throws {GatewayError} UNAUTHENTICATED for a token of this kind that is not good
   */
  read(token: string, beside: Principal | undefined, headers: CredentialHeaders): Promise<Principal | undefined>;
}

/** Whoever can tell what a credential stands for. */
export interface CredentialReaders {
  readonly keys: KeyReader;
  /** Asked in this order. */
  readonly tokens: readonly TokenReader[];
}

interface PresentedKey {
  secret: string;
  mayBeToken?: boolean;
  keyId?: string;
}

/**
 * The principal behind a request, or undefined when it carries no credential.
 * @param address where the request comes from, as far as proxies are trusted
 * @throws {GatewayError} UNAUTHENTICATED
 */
export async function authenticate(
  { keys, tokens }: CredentialReaders,
  headers: CredentialHeaders,
  address: string,
): Promise<Principal | undefined> {
  const authorization = fromAuthorization(headers.authorization);
  const header = fromApiKey(headers['x-api-key']);
  const token = authorization?.mayBeToken ? authorization.secret : undefined;
  const presented = [token === undefined ? authorization : undefined, header];
  const [key, apiKey] = await Promise.all(
    presented.map((found) => found && keys.read(found.secret, address, found.keyId)),
  );
  const bearer = token === undefined ? key : await readToken(tokens, token, apiKey, headers);
  if (bearer && apiKey && (bearer.workspaceId !== apiKey.workspaceId || bearer.mode !== apiKey.mode)) {
    throw new GatewayError('UNAUTHENTICATED', 'The two credentials belong to different workspaces or modes.');
  }
  // A key that runs published operations only is not widened by a token that may run more.
  if (bearer && apiKey?.persistedOnly && !bearer.persistedOnly) return { ...bearer, persistedOnly: true };
  return bearer ?? apiKey;
}

async function readToken(
  readers: readonly TokenReader[],
  token: string,
  beside: Principal | undefined,
  headers: CredentialHeaders,
): Promise<Principal> {
  for (const reader of readers) {
    const principal = await reader.read(token, beside, headers);
    if (principal) return principal;
  }
  throw new GatewayError('UNAUTHENTICATED', 'The token is not valid: expired, ended, or not of an accepted issuer.');
}

function fromApiKey(header: string | string[] | undefined): PresentedKey | undefined {
  if (header === undefined) return undefined;
  if (Array.isArray(header)) throw new GatewayError('UNAUTHENTICATED', 'X-Api-Key may be given once.');
  return { secret: header.trim() };
}

function fromAuthorization(header: string | undefined): PresentedKey | undefined {
  if (header === undefined) return undefined;
  const space = header.indexOf(' ');
  const scheme = header.slice(0, Math.max(space, 0)).toLowerCase();
  const value = header.slice(space + 1).trim();
  // RFC 7515 section 3.1: a token is parts with dots between them, and a key holds none.
  if (scheme === 'bearer') return { secret: value, mayBeToken: value.includes('.') };
  if (scheme === 'accesskey') return { secret: value };
  if (scheme === 'basic') return fromBasic(value);
  throw new GatewayError('UNAUTHENTICATED', 'Authorization must be Bearer, Basic or AccessKey.');
}

// RFC 7617. Key ids such as ApiKey:<uuid> hold a colon and keys hold none, so the last colon divides.
function fromBasic(value: string): PresentedKey {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.lastIndexOf(':');
  if (colon < 0) throw new GatewayError('UNAUTHENTICATED', 'Basic credentials must be <key id>:<key>.');
  return { keyId: text.slice(0, colon), secret: text.slice(colon + 1) };
}
