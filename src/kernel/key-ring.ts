/**
 * Keys derived from GATEWAY_SECRET, one ring for each purpose, so that a key used for codes is never used
 * for limits. The first secret signs; the others are still read, which is how secrets rotate.
 */
import { createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto';

/** What a ring is for; part of the derivation (RFC 5869 `info`). */
export type KeyPurpose =
  | 'code'
  | 'connect'
  | 'fingerprint'
  | 'inbox'
  | 'instrument'
  | 'limit'
  | 'link'
  | 'notice'
  | 'refresh'
  | 'user-token'
  | 'webhook';

export interface RingKey {
  /** Eight hex digits that name the key in a row; say nothing about it. */
  readonly id: string;
  /** An object and not its bytes, which would be made into one for each HMAC: six times the cost. */
  readonly key: KeyObject;
}

export interface KeyRing {
  /** The newest key: everything new is made with it. */
  readonly current: RingKey;
  /** Every key, newest first. */
  readonly all: readonly RingKey[];
  /** A key by the id in a row; undefined once its secret was taken out of the configuration. */
  find(id: string): RingKey | undefined;
}

/** Derives one ring by HKDF-SHA-256 from the configured secrets, newest first. */
export function deriveKeyRing(secrets: readonly string[], purpose: KeyPurpose): KeyRing {
  const keys = secrets.map((secret): RingKey => {
    const bytes = Buffer.from(hkdfSync('sha256', secret, '', `identity-gateway/${purpose}`, 32));
    return { id: hash('sha256', bytes).slice(0, 8), key: createSecretKey(bytes) };
  });
  const [current] = keys;
  if (!current) throw new TypeError('A key ring needs at least one secret');
  return { current, all: keys, find: (id) => keys.find((key) => key.id === id) };
}
