/** Refresh tokens: opaque, 256 bits, at rest as a hash. */
import { createHmac, hash, randomBytes } from 'node:crypto';
import type { KeyRing, RingKey } from '../kernel/key-ring.js';

/** The first of a family. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/** What is stored of one. It has 256 bits, so a fast hash is enough. */
export const hashOf = (token: string): Buffer => hash('sha256', token, 'buffer');

/**
 * The token that follows this one. Derived, so that a caller whose answer was lost is told the same one again, without
 * anything in the database that could tell it: neither the table nor the secret alone yields a token.
 */
export const successorOf = (token: string, { key }: RingKey): string =>
  createHmac('sha256', key).update(token).digest('base64url');

/** Every successor that a token may have been given while secrets rotate, newest first. */
export const successorsOf = (token: string, ring: KeyRing): string[] => ring.all.map((key) => successorOf(token, key));
