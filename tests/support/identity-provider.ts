/** An identity provider of a workspace: a real HTTP server with discovery and keys, which misbehaves on demand. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface ProviderKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface Misbehavior {
  /** Answers the keys only after this long; `Infinity`: never. */
  slowMs?: number;
  status?: number;
  /** In place of the keys. */
  body?: string;
  redirectTo?: string;
  /** In place of the discovery document's own members. */
  metadata?: Record<string, unknown>;
  /** Answers no discovery. */
  noDiscovery?: boolean;
}

export interface Signing {
  key?: ProviderKey;
  header?: Record<string, unknown>;
  /** From now; 600 unless said otherwise. Null: no `exp`. */
  expiresInSeconds?: number | null;
}

export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly audience: string;
  /** As `tokenIssuers` takes it. */
  readonly entry: { issuer: string; jwksUri: string; audience: string };
  /** How often the keys were asked for at their first place. */
  readonly reads: () => number;
  /** Every path that was asked for. */
  readonly paths: readonly string[];
  readonly keys: ProviderKey[];
  /** Makes a key; it is published, and the newest signs. */
  addKey(alg?: string): Promise<ProviderKey>;
  /** A token of this provider; claims that are undefined are left out. */
  sign(claims: JWTPayload, signing?: Signing): Promise<string>;
  misbehave(misbehavior: Misbehavior): void;
  /** Publishes the keys at another path of this server from now on; what stays at the old one is `left`. */
  moveKeys(path: string, left?: readonly ProviderKey[]): void;
  /** Refuses connections from now on. */
  close(): Promise<void>;
}

let keysMade = 0;

export async function makeKey(alg = 'ES256'): Promise<ProviderKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  keysMade += 1;
  const kid = `key-${keysMade}`;
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export async function startIdentityProvider(audience = 'the-gateway'): Promise<IdentityProvider> {
  const keys = [await makeKey()];
  const paths: string[] = [];
  const left = new Map<string, readonly ProviderKey[]>();
  let keysPath = '/jwks.json';
  let misbehavior: Misbehavior = {};
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    paths.push(request.url ?? '');
    const { status = 200, body, slowMs = 0, redirectTo, metadata, noDiscovery } = misbehavior;
    const send = (code: number, text: string, headers: Record<string, string> = {}) =>
      void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(text);
    if (request.url === '/.well-known/openid-configuration') {
      if (noDiscovery) return send(404, '{}');
      return send(200, JSON.stringify({ issuer, jwks_uri: `${issuer}${keysPath}`, ...metadata }));
    }
    if (redirectTo !== undefined) return send(302, '', { location: redirectTo });
    const here = request.url === keysPath ? keys : left.get(request.url ?? '');
    if (!here) return send(404, '{}');
    const published = body ?? JSON.stringify({ keys: here.map(({ publicJwk }) => publicJwk) });
    if (slowMs !== Number.POSITIVE_INFINITY) setTimeout(() => send(status, published), slowMs).unref();
    return undefined;
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return {
    issuer,
    audience,
    entry: { issuer, jwksUri: `${issuer}${keysPath}`, audience },
    reads: () => paths.filter((path) => path === '/jwks.json').length,
    paths,
    keys,
    async addKey(alg) {
      const key = await makeKey(alg);
      keys.unshift(key);
      return key;
    },
    async sign(claims, { key = keys[0] as ProviderKey, header = {}, expiresInSeconds = 600 } = {}) {
      const payload = { iss: issuer, aud: audience, ...claims };
      const token = new SignJWT(JSON.parse(JSON.stringify(payload)) as JWTPayload).setProtectedHeader({
        alg: key.alg,
        kid: key.kid,
        typ: 'at+jwt',
        ...header,
      });
      if (expiresInSeconds !== null && payload.exp === undefined) {
        token.setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds);
      }
      return token.sign(key.privateKey);
    },
    misbehave: (change) => {
      misbehavior = change;
    },
    moveKeys(path, stay) {
      if (stay) left.set(keysPath, stay);
      keysPath = path;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
