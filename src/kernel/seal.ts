/** Values that have to be told again, kept so that a copy of the database does not tell them. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.js';

export interface Sealed {
  /** Which key of the ring it is under; stands in the row, so that keys rotate. */
  readonly keyId: string;
  /** Nonce, ciphertext and tag. */
  readonly box: Buffer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a text with AES-256-GCM (NIST SP 800-38D) under the ring's newest key and a random nonce of 96 bits: safe for
 * 2^32 seals under one key, by section 8.3.
 *
 * @param place where the box is kept: opened for any other place, it does not open
 */
export function seal({ current }: KeyRing, text: string, place: readonly string[]): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', current.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(placeBytes(place));
  const box = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { keyId: current.id, box };
}

/**
 * @throws {Error} when the key was taken out of the configuration, and when the box was changed or belongs to another
 * place; the message holds nothing of what is inside
 */
export function unseal(ring: KeyRing, { keyId, box }: Sealed, place: readonly string[]): string {
  const found = ring.find(keyId);
  if (!found) throw new Error(`A sealed value is under a key that is not configured: ${keyId}`);
  const nonce = box.subarray(0, NONCE_BYTES);
  const tag = box.subarray(-TAG_BYTES);
  if (box.length < NONCE_BYTES + TAG_BYTES) throw new Error('A sealed value is cut short');
  const decipher = createDecipheriv('aes-256-gcm', found.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(placeBytes(place));
  decipher.setAuthTag(tag);
  const head = decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([head, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new Error('A sealed value was changed, or is not where it was sealed for', { cause });
  }
}

// As JSON no two lists are one text: a separator in a part cannot shift what belongs to the next.
const placeBytes = (place: readonly string[]): Buffer => Buffer.from(JSON.stringify(place));
