/** Tokens as an attacker would make them: signed with any key, with any header, about anything. */
import { sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, type JWK, type JWTHeaderParameters } from 'jose';

export type Claims = Record<string, unknown>;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const claimsOf = (token: string): Claims => decodeJwt(token);
export const headerOf = (token: string) => decodeProtectedHeader(token) as JWTHeaderParameters;

/** The keys that a gateway made for itself. */
export function signingKeysIn(dataDirectory: string): JWK[] {
  return (JSON.parse(readFileSync(join(dataDirectory, 'signing-keys.json'), 'utf8')) as { keys: JWK[] }).keys;
}

/** A token with any header and any signature. */
export function assemble(header: object, claims: Claims, signatureOf: (input: string) => Buffer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signatureOf(input).toString('base64url')}`;
}

/** A token that is signed by ES256, whatever its header says. */
export function forge(key: JWK, header: object, claims: Claims): string {
  return assemble(header, claims, (input) =>
    sign('sha256', Buffer.from(input), { key: key as never, format: 'jwk', dsaEncoding: 'ieee-p1363' }),
  );
}
