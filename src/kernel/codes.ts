/**
 * One-time codes are derived, never stored: a dump of the database holds none, and a message sent twice
 * carries the same code.
 */
import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

/** Every code of test mode, whatever length was asked for. */
export const TEST_CODE = '123456';

/** What a code proves: that its holder reads what is sent to this contact. */
export interface CodeSubject {
  readonly verificationId: string;
  /** The contact's identity. A code that went to one contact must not verify another of the same verification. */
  readonly identity: string;
}

/**
 * The code of one verification for one contact: dynamic truncation of HMAC-SHA-256 (RFC 4226 section 5.3) over both.
 * 63 bits are taken where the RFC takes 31, because twelve digits need 40: the upper half is the RFC's own value, and
 * the bias of the remainder stays below 10^-6.
 *
 * @param length digits, 4 to 12
 */
export function deriveCode(key: KeyObject, { verificationId, identity }: CodeSubject, length: number): string {
  const mac = createHmac('sha256', key).update(`${verificationId}:${identity}`).digest();
  return String(truncate(mac) % 10n ** BigInt(length)).padStart(length, '0');
}

/** RFC 4226 section 5.3 with eight bytes for four. */
export function truncate(mac: Buffer): bigint {
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  return mac.readBigUInt64BE(offset) & 0x7fff_ffff_ffff_ffffn;
}

/** Compares in time that depends on neither value: both are hashed first, so lengths do not show either. */
export function equalSecrets(left: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'));
}

/** A code as it may be typed: the digits of Arabic and Persian keyboards (U+0660–0669, U+06F0–06F9) as 0 to 9. */
export const readCode = (text: string): string =>
  text.trim().replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
