/** One-time codes: derived when needed, stored nowhere. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The truncation of RFC 4226 over an HMAC-SHA-256 of verification and generation; test mode has one code for all. */
export function codeFor(
  secret: Buffer,
  verification: { id: string; generation: number; mode: string; codeLength: number },
): string {
  if (verification.mode === 'TEST') return '123456';
  const digest = createHmac('sha256', secret).update(`${verification.id}:${verification.generation}`).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** verification.codeLength).padStart(verification.codeLength, '0');
}

/** Compares without telling by its duration how much was right. */
export function sameCode(expected: string, given: string): boolean {
  const wanted = Buffer.from(expected);
  const got = Buffer.from(given);
  return wanted.length === got.length && timingSafeEqual(wanted, got);
}
