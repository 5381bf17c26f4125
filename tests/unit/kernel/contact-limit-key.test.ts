import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitKey, mask, parseEmail, parsePhone } from '../../../src/kernel/contact.js';

describe('a budget cannot be multiplied by spelling', () => {
  test('a thousand spellings of one Gmail mailbox are one key', () => {
    const mailbox = 'adalovelace';
    const spellings = new Set<string>();
    for (let bits = 0; spellings.size < 1_000; bits += 1) {
      const dotted = [...mailbox].map((letter, index) => (index > 0 && (bits >> index) & 1 ? `.${letter}` : letter));
      const local = bits % 3 === 0 ? dotted.join('').toUpperCase() : dotted.join('');
      const tag = bits % 2 === 0 ? `+${bits}` : '';
      spellings.add(`${local}${tag}@${['gmail.com', 'GoogleMail.com', 'GMAIL.COM'][bits % 3]}`);
    }
    expect(new Set([...spellings].map(limitKey))).toEqual(new Set(['adalovelace@gmail.com']));
  });

  test.each([
    ['a tag', 'ada+1@example.com', 'ada+2@example.com'],
    ['case', 'ADA@EXAMPLE.COM', 'ada@example.com'],
    ['white space', ' ada@example.com\t', 'ada@example.com'],
    ['an internationalized domain', 'ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['punctuation of a number', '+1 (415) 555-0123', '+14155550123'],
    ['digits of another script', '+１４１５５５５０１２３', '+14155550123'],
    ['an identifier in capitals', 'Customer:018F2C7E-0000', 'customer:018f2c7e-0000'],
  ])('by %s', (_, left, right) => {
    expect(limitKey(left)).toBe(limitKey(right));
  });

  test.each([
    ['dots, which other servers do not ignore', 'a.da@example.com', 'ada@example.com'],
    ['a different mailbox', 'ada@example.com', 'eve@example.com'],
    ['a different domain', 'ada@example.com', 'ada@example.org'],
    ['nothing before the tag', '+ada@example.com', '+eve@example.com'],
    ['a different number', '+14155550123', '+14155550124'],
  ])('and nobody shares it by %s', (_, left, right) => {
    expect(limitKey(left)).not.toBe(limitKey(right));
  });

  test('attack: a text that is longer than any contact is its own key, unread: marks by the thousand take seconds', () => {
    for (const beginning of ['A', '+1', 'A@']) {
      const text = beginning.padEnd(2_049, '\u0327\u0301');
      expect(limitKey(text)).toBe(text);
    }
  });

  test('a contact as it was sent and as it is stored are one key', () => {
    const email = fc
      .tuple(fc.emailAddress(), fc.constantFrom('', '+tag'), fc.constantFrom('gmail.com', 'GoogleMail.com', undefined))
      .map(([address, tag, host]) => {
        const [local = '', domain = ''] = address.split('@');
        return ` ${local}${tag}@${(host ?? domain).toUpperCase()}`;
      });
    const phone = fc.stringMatching(/^\+[1-9][0-9 ()-]{6,16}$/);
    let contacts = 0;
    fc.assert(
      fc.property(fc.oneof(email, phone), (text) => {
        const parsed = text.includes('@') ? parseEmail(text) : parsePhone(text);
        if (!('contact' in parsed)) return;
        contacts += 1;
        expect(limitKey(text)).toBe(limitKey(parsed.contact.value));
        expect(limitKey(limitKey(text))).toBe(limitKey(text));
      }),
      { numRuns: 1_500 },
    );
    expect(contacts).toBeGreaterThan(500);
  });
});

describe('a masked contact', () => {
  test.each([
    ['a@example.com', 'a***@example.com'],
    ['ada.lovelace@example.com', 'a***@example.com'],
    ['+14155550123', '+1415***23'],
    ['+4915112345678', '+491511***78'],
    ['+290123', '+2***23'],
  ])('%s is %s', (value, masked) => {
    expect(mask(value)).toBe(masked);
  });

  test('never holds the whole of it, nor the local part of an address', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+[1-9][0-9]{5,14}$/), (number) => {
        expect(mask(number).replace('***', '').length).toBeLessThanOrEqual(number.length - 3);
      }),
    );
    expect(mask('ada@example.com')).not.toContain('ada');
  });
});
