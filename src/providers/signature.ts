/** Comparing signatures, whichever scheme made them. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import { CallbackRefused } from './callback.js';

/** Seconds that a signed timestamp may be away from this host's clock. */
export const TOLERANCE_SECONDS = 300;

export const hmac = (algorithm: 'sha1' | 'sha256', key: string | Buffer, ...parts: (string | Buffer)[]): Buffer => {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** Whether a base64 signature is this one; takes the same time wherever they differ. */
export function isSignature(base64: string, expected: Buffer): boolean {
  const given = Buffer.from(base64, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** @throws {CallbackRefused} for a timestamp (Unix seconds) that is none, or is too far away: an old call replayed */
export function checkAge(timestamp: string, clock: Clock): void {
  const age = /^\d{1,12}$/.test(timestamp) ? Math.abs(clock() / 1000 - Number(timestamp)) : Number.POSITIVE_INFINITY;
  if (age > TOLERANCE_SECONDS) throw new CallbackRefused('the timestamp is too far from now');
}

/** The body of a signed call as a JSON object. @throws {CallbackRefused} */
export function parseSigned(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new CallbackRefused('the body is no JSON object');
}
