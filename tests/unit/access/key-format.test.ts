import { describe, expect, test } from 'vitest';
import { mintKey, parseKey } from '../../../src/access/key-format.js';

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KINDS = [
  ['SECRET', 'TEST', 'sk_test_'],
  ['SECRET', 'LIVE', 'sk_live_'],
  ['PUBLISHABLE', 'TEST', 'pk_test_'],
  ['PUBLISHABLE', 'LIVE', 'pk_live_'],
] as const;

describe('a minted key', () => {
  test.each(KINDS)('of kind %s and mode %s starts with %s and is read back', (kind, mode, prefix) => {
    const { secret, lookup } = mintKey(kind, mode);
    expect(secret).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{50}$`));
    expect(secret.slice(8, 20)).toBe(lookup);
    expect(parseKey(secret)).toEqual({ kind, mode, lookup });
  });

  test('is never minted twice, and neither is its public part', () => {
    const keys = Array.from({ length: 2_000 }, () => mintKey('SECRET', 'LIVE'));
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(2_000);
    expect(new Set(keys.map(({ lookup }) => lookup)).size).toBe(2_000);
  });

  test('uses all 62 characters evenly at every place of what proves it', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 3_000; index += 1) {
      for (const character of mintKey('SECRET', 'LIVE').secret.slice(8, 52)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    const expected = (3_000 * 44) / 62;
    const chiSquare = [...ALPHANUMERIC].reduce(
      (sum, each) => sum + ((counts.get(each) ?? 0) - expected) ** 2 / expected,
      0,
    );
    // 61 degrees of freedom: an even source exceeds 130 about once in 10^6 runs.
    expect(chiSquare).toBeLessThan(130);
  });
});

describe('a mistyped key', () => {
  test('with any one character changed is told without asking the database', () => {
    const { secret } = mintKey('SECRET', 'TEST');
    for (let place = 0; place < secret.length; place += 1) {
      for (const character of `${ALPHANUMERIC}_- `) {
        if (character === secret[place]) continue;
        const typo = secret.slice(0, place) + character + secret.slice(place + 1);
        expect(parseKey(typo), typo).toBeUndefined();
      }
    }
  });

  test('with two neighbours swapped is told', () => {
    const { secret } = mintKey('SECRET', 'TEST');
    for (let place = 0; place + 1 < secret.length; place += 1) {
      const [left = '', right = ''] = secret.slice(place, place + 2);
      if (left === right) continue;
      expect(parseKey(secret.slice(0, place) + right + left + secret.slice(place + 2))).toBeUndefined();
    }
  });

  test('of a test key turned into a live one, or of a publishable key into a secret one, is told', () => {
    const { secret } = mintKey('PUBLISHABLE', 'TEST');
    expect(parseKey(secret.replace('test', 'live'))).toBeUndefined();
    expect(parseKey(secret.replace('pk', 'sk'))).toBeUndefined();
  });

  test.each(['', 'sk_test_', 'Bearer', 'null'])('%j is no key', (text) => {
    expect(parseKey(text)).toBeUndefined();
  });

  test('with white space or a second line around it is no key', () => {
    const { secret } = mintKey('SECRET', 'TEST');
    for (const text of [` ${secret}`, `${secret} `, `${secret}\n`, `${secret}\n${secret}`]) {
      expect(parseKey(text)).toBeUndefined();
    }
  });
});
