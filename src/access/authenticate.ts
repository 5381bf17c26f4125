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
}

interface PresentedKey {
  secret: string;
  keyId?: string;
}

/**
 * The principal behind a request, or undefined when it carries no credential.
 * @throws {GatewayError} UNAUTHENTICATED
 */
export async function authenticate(keys: KeyReader, headers: CredentialHeaders): Promise<Principal | undefined> {
  const presented = [fromAuthorization(headers.authorization), fromApiKey(headers['x-api-key'])];
  const [bearer, apiKey] = await Promise.all(presented.map((key) => key && keys.read(key.secret, key.keyId)));
  if (bearer && apiKey && (bearer.workspaceId !== apiKey.workspaceId || bearer.mode !== apiKey.mode)) {
    throw new GatewayError('UNAUTHENTICATED', 'The two credentials belong to different workspaces or modes.');
  }
  return bearer ?? apiKey;
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
  if (scheme === 'bearer' || scheme === 'accesskey') return { secret: value };
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
