/** The keys that tokens are signed with (RFC 7517). The first signs; all verify, which is how keys rotate. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type CryptoKey, calculateJwkThumbprint, importJWK } from 'jose';
import { z } from 'zod';
import { generatedFile } from '../entities/data-directory.js';
import { ConfigError } from '../kernel/config.js';

export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA'] as const;
type Algorithm = (typeof SIGNING_ALGORITHMS)[number];

/** A key as everybody may see it: the members are chosen one by one, so that no private one slips through. */
export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
  readonly kid: string;
  readonly alg: Algorithm;
  readonly use: 'sig';
}

export interface VerifyingKey {
  readonly kid: string;
  /** The only algorithm that this key is used with, whatever a token's header says (RFC 8725 section 3.1). */
  readonly alg: Algorithm;
  readonly publicKey: CryptoKey;
  readonly jwk: PublicJwk;
}

export interface SigningKey extends VerifyingKey {
  readonly privateKey: CryptoKey;
}

export interface SigningKeys {
  readonly current: SigningKey;
  readonly all: readonly VerifyingKey[];
  find(kid: string | undefined): VerifyingKey | undefined;
}

const part = z.base64url();
const named = { kid: z.string().min(1).max(128).optional(), use: z.literal('sig').optional(), d: part.optional() };
const jwkSet = z.object({
  keys: z
    .array(
      z.discriminatedUnion('kty', [
        z.object({
          kty: z.literal('EC'),
          crv: z.literal('P-256'),
          x: part,
          y: part,
          alg: z.literal('ES256').optional(),
          ...named,
        }),
        z.object({
          kty: z.literal('OKP'),
          crv: z.literal('Ed25519'),
          x: part,
          alg: z.enum(['EdDSA', 'Ed25519']).optional(),
          ...named,
        }),
      ]),
    )
    .min(1),
});
type Jwk = z.infer<typeof jwkSet>['keys'][number];

export interface SigningKeyOptions {
  /** A JWK Set as JSON, or the path of a file that holds one; absent: made in the data directory. */
  readonly signingKeys: string | undefined;
  readonly dataDirectory: string;
}

/** The file of the data directory that holds them where no setting names another. */
export const SIGNING_KEYS_FILE = 'signing-keys.json';

/** @throws {ConfigError} naming what is wrong with the keys, and never a part of one */
export async function loadSigningKeys({ signingKeys, dataDirectory }: SigningKeyOptions): Promise<SigningKeys> {
  return parseSigningKeys(
    signingKeys === undefined ? generatedFile(dataDirectory, SIGNING_KEYS_FILE, newKeySet) : read(signingKeys),
  );
}

/**
 * The keys of a JWK Set.
 * @param text as JSON
 * @throws {ConfigError} as `loadSigningKeys` does
 */
export async function parseSigningKeys(text: string): Promise<SigningKeys> {
  const parsed = jwkSet.safeParse(jsonOf(text));
  if (!parsed.success)
    throw fault('must be a JWK Set of P-256 (ES256) or Ed25519 (EdDSA) keys, or the path of a file with one');
  const all = await Promise.all(parsed.data.keys.map(importKey));
  const [current] = all;
  if (!isSigning(current)) throw fault('the first key signs, so it must be a private one');
  if (new Set(all.map(({ kid }) => kid)).size < all.length) throw fault('two keys have one `kid`');
  return { current, all, find: (kid) => all.find((key) => key.kid === kid) };
}

/** A JWK Set with one fresh key for ES256, as JSON. */
export const newKeySet = (): string => JSON.stringify({ keys: [newKey()] }, undefined, 2);

/** A fresh key for ES256, its private part included. */
export function newKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' };
}

async function importKey(jwk: Jwk): Promise<VerifyingKey | SigningKey> {
  const alg = jwk.kty === 'EC' ? 'ES256' : 'EdDSA';
  const { kty, crv, x } = jwk;
  const members = jwk.kty === 'EC' ? { kty, crv, x, y: jwk.y } : { kty, crv, x };
  try {
    const kid = jwk.kid ?? (await calculateJwkThumbprint(members));
    const publicKey = (await importJWK(members, alg)) as CryptoKey;
    const key = { kid, alg, publicKey, jwk: { ...members, kid, alg, use: 'sig' } } as const;
    if (jwk.d === undefined) return key;
    return { ...key, privateKey: (await importJWK({ ...members, d: jwk.d }, alg)) as CryptoKey };
  } catch {
    throw fault('holds a key that is no point of its curve, or whose private part is not of its public one');
  }
}

const isSigning = (key: VerifyingKey | undefined): key is SigningKey => key !== undefined && 'privateKey' in key;

function read(setting: string): string {
  if (setting.trimStart().startsWith('{')) return setting;
  try {
    return readFileSync(setting, 'utf8');
  } catch (error) {
    throw fault(`names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fault = (message: string) => new ConfigError([`GATEWAY_SIGNING_KEYS ${message}`]);
