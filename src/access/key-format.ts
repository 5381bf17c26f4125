/**
 * The text of an API key: `sk_test_` + 12 characters that find its row + 32 that prove it + 6 of checksum.
 * The checksum lets a typo, and a secret scanner's false alarm, be told without asking the database.
 */
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ApiKeyKind } from '../entities/api-key.js';
import type { Mode } from '../kernel/world.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = /^(sk|pk)_(test|live)_([0-9A-Za-z]{12})([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

export interface ParsedKey {
  readonly kind: ApiKeyKind;
  readonly mode: Mode;
  /** Finds the row; not secret. */
  readonly lookup: string;
}

/** A fresh key. 32 characters out of 62 are 190 bits. */
export function mintKey(kind: ApiKeyKind, mode: Mode): ParsedKey & { secret: string } {
  const lookup = randomText(12);
  const body = `${kind === 'SECRET' ? 'sk' : 'pk'}_${mode.toLowerCase()}_${lookup}${randomText(32)}`;
  return { kind, mode, lookup, secret: body + checksum(body) };
}

/** The parts of a key, or undefined for text that cannot be one. */
export function parseKey(text: string): ParsedKey | undefined {
  const match = FORM.exec(text);
  if (!match || checksum(text.slice(0, -6)) !== match[5]) return undefined;
  return {
    kind: match[1] === 'sk' ? 'SECRET' : 'PUBLISHABLE',
    mode: match[2] === 'test' ? 'TEST' : 'LIVE',
    lookup: match[3] as string,
  };
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < 6; place += 1) {
    digits = (ALPHABET[rest % 62] as string) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
