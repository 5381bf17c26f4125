import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deriveCode, equalSecrets, readCode, truncate } from '../../../src/kernel/codes.js';

const BYTES = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const KEY = createSecretKey(BYTES);
const subject = (number: number, identity = 'ada@example.com') => ({
  verificationId: `018f2c7e-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
  identity,
});

// RFC 4226 appendix D: the intermediate HMAC-SHA-1 of each count, and its truncated value.
const RFC_4226 = [
  ['cc93cf18508d94934c64b65d8ba7667fb7cde4b0', 0x4c93cf18],
  ['75a48a19d4cbe100644e8ac1397eea747a2d33ab', 0x41397eea],
  ['0bacb7fa082fef30782211938bc1c5e70416ff44', 0x82fef30],
  ['66c28227d03a2d5529262ff016a1e6ef76557ece', 0x66ef7655],
  ['a904c900a64b35909874b33e61c5938a8e15ed1c', 0x61c5938a],
  ['a37e783d7b7233c083d4f62926c7a25f238d0316', 0x33c083d4],
  ['bc9cd28561042c83f219324d3c607256c03272ae', 0x7256c032],
  ['a4fb960c0bc06e1eabb804e5b397cdc4b45596fa', 0x4e5b397],
  ['1b3c89f65e6c9e883012052823443f048b4332db', 0x2823443f],
  ['1637409809a679dc698207310c8c7fc07290d9e5', 0x2679dc69],
] as const;

describe('truncation', () => {
  test.each(RFC_4226)('keeps the 31 bits of RFC 4226 in its upper half: %s', (mac, truncated) => {
    // SHA-256 is 12 bytes longer, and the last byte still tells the offset.
    const padded = Buffer.from(`${mac.slice(0, 38)}${'00'.repeat(12)}${mac.slice(38)}`, 'hex');
    expect(truncate(padded) >> 32n).toBe(BigInt(truncated));
  });

  test('reads eight bytes at every offset that a SHA-256 can end with', () => {
    for (let offset = 0; offset < 16; offset += 1) {
      const mac = Buffer.alloc(32, 0xff);
      mac[31] = offset;
      mac[offset + 7] = 0xfe;
      expect(truncate(mac)).toBe(0x7fff_ffff_ffff_fffen);
    }
  });
});

describe('derived codes', () => {
  test('are the ones that an independent HMAC-SHA-256 truncates to, so that a release keeps codes under way', () => {
    expect([4, 6, 12].map((length) => deriveCode(KEY, subject(1), length))).toEqual(['9214', '839214', '276969839214']);
  });

  test('have exactly the digits that were asked for, leading zeros kept', () => {
    for (let length = 4; length <= 12; length += 1) {
      const codes = Array.from({ length: 400 }, (_, index) => deriveCode(KEY, subject(index), length));
      for (const code of codes) expect(code).toMatch(new RegExp(`^[0-9]{${length}}$`));
      expect(codes.some((code) => code.startsWith('0'))).toBe(true);
    }
  });

  test.each([4, 6, 12])('cannot be guessed by a likelier digit: all ten are even at each of %i places', (length) => {
    const codes = Array.from({ length: 20_000 }, (_, index) => deriveCode(KEY, subject(index), length));
    for (let place = 0; place < length; place += 1) {
      const counts = new Array<number>(10).fill(0);
      for (const code of codes) counts[Number(code[place])] = (counts[Number(code[place])] ?? 0) + 1;
      const chiSquare = counts.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
      // 9 degrees of freedom: an even source exceeds 40 once in 10^5 tries, and these ids are always the same.
      expect(chiSquare).toBeLessThan(40);
    }
  });

  test('cannot be guessed by a likelier code: no four-digit code turns up four times as often as it should', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 50_000; index += 1) {
      const code = deriveCode(KEY, subject(index), 4);
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThan(9_850);
    expect(Math.max(...counts.values())).toBeLessThan(20);
  });

  test('differ between keys and between verifications', () => {
    const other = createSecretKey(Buffer.from(BYTES).fill(1, 31));
    expect(deriveCode(other, subject(1), 12)).not.toBe(deriveCode(KEY, subject(1), 12));
    expect(deriveCode(KEY, subject(2), 12)).not.toBe(deriveCode(KEY, subject(1), 12));
  });

  test('differ between the contacts of one verification: a code that went to one proves nothing about another', () => {
    const code = (identity: string) => deriveCode(KEY, subject(1, identity), 12);
    expect(new Set(['ada@example.com', '+14155550123', 'eve@example.com'].map(code)).size).toBe(3);
    expect(code('ada@example.com')).toBe(code('ada@example.com'));
  });
});

describe('equalSecrets', () => {
  test('holds for the same text only', () => {
    expect(equalSecrets('012345', '012345')).toBe(true);
    expect(equalSecrets('', '')).toBe(true);
    expect(equalSecrets('012345', '012346')).toBe(false);
  });

  test('refuses a prefix, a number that is equal and a look-alike digit, and throws at no length', () => {
    for (const guess of ['', '01234', '0123456', '12345', '０12345', '012345 ', '1'.repeat(100_000)]) {
      expect(equalSecrets('012345', guess)).toBe(false);
    }
  });
});

describe('a code that is typed', () => {
  test.each(['0123456789', '٠١٢٣٤٥٦٧٨٩', '۰۱۲۳۴۵۶۷۸۹', ' 01٢٣٤٥۶۷۸۹ '])('is the same on every keyboard: %s', (text) => {
    expect(readCode(text)).toBe('0123456789');
  });

  test.each(['०१२३', '０１２３', '²³', '1²3', '12 34', 'abcd', '\u066a'])(
    'is no other text, and no other digit: %s',
    (text) => {
      expect(readCode(text)).toBe(text);
    },
  );
});
