import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEmail } from '../../../src/kernel/contact.js';

const emailOf = (text: string): string | undefined => {
  const parsed = parseEmail(text);
  return 'contact' in parsed ? parsed.contact.value : undefined;
};

describe('an email address is understood', () => {
  test.each([
    ['ada@example.com', 'ada@example.com'],
    [' ada@example.com\n', 'ada@example.com'],
    ['Ada.Lovelace+news@Example.COM', 'Ada.Lovelace+news@example.com'],
    ["o'brien!#$%&*/=?^_`{|}~-@example.com", "o'brien!#$%&*/=?^_`{|}~-@example.com"],
    ['a@bücher.example', 'a@xn--bcher-kva.example'],
    ['a@BÜCHER.example', 'a@xn--bcher-kva.example'],
    ['a@bu\u0308cher.example', 'a@xn--bcher-kva.example'],
    ['a@faß.example', 'a@xn--fa-hia.example'],
    ['a@例え。テスト', 'a@xn--r8jz45g.xn--zckzah'],
    ['a@ｅｘａｍｐｌｅ．ｃｏｍ', 'a@example.com'],
    ['a@1.example', 'a@1.example'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is %s', (text, value) => {
    expect(emailOf(text)).toBe(value);
  });

  test('keeps the case of the local part, which only its own server may fold, and compares without it', () => {
    expect(parseEmail('Ada@Example.com')).toEqual({
      contact: { kind: 'EMAIL', value: 'Ada@example.com', identity: 'ada@example.com' },
    });
  });
});

describe('an attack on the recipient is refused', () => {
  test.each([
    ['a second recipient behind a comma', 'a@x.com,b@y.com'],
    ['a second recipient behind a comma and no at sign', 'a@x.com,b.com'],
    ['a second recipient behind a semicolon', 'a@x.com;b@y.com'],
    ['a second recipient before the first', 'b@y.com,a@x.com'],
    ['a display name', 'Ada <a@x.com>'],
    ['angle brackets', '<a@x.com>'],
    ['a group', 'friends:a@x.com;'],
    ['a header by CRLF', 'a@x.com\r\nBcc: b@y.com'],
    ['a header by a bare line feed in the local part', 'a\nBcc:b@x.com'],
    ['a line break that a URL parser would drop', 'a@exam\r\nple.com'],
    ['a tab that a URL parser would drop', 'a@exam\tple.com'],
    ['a null byte', 'a@x.com\0'],
    ['a quoted local part', '"a@x.com,b"@y.com'],
    ['a comment', 'a(b@y.com)@x.com'],
    ['a source route', '@x.com:a@y.com'],
    ['a percent-encoded letter', 'a@ex%61mple.com'],
    ['a path that a URL parser would drop', 'a@example.com/b'],
    ['a query that a URL parser would drop', 'a@example.com?bcc=b@y.com'],
    ['a fragment that a URL parser would drop', 'a@example.com#b'],
    ['a backslash that a URL parser would read as a path', 'a@example.com\\b'],
    ['a port', 'a@example.com:25'],
    ['an address literal', 'a@[127.0.0.1]'],
    ['an IPv4 address of the inner network', 'a@10.0.0.10'],
    ['an IPv4 address in hexadecimal', 'a@0xa00000a'],
    ['an invisible soft hyphen', 'a@exa\u00admple.com'],
  ])('%s', (_, text) => {
    expect(parseEmail(text)).toEqual({ reason: 'not an email address such as name@example.com' });
  });
});

test.each([
  '',
  '@',
  'a',
  'a@',
  '@x.com',
  'a b@x.com',
  '.a@x.com',
  'a.@x.com',
  'a..b@x.com',
  'ä@x.com',
  'a@localhost',
  'a@x',
  'a@x.c',
  'a@x..com',
  'a@x.com.',
  'a@-x.com',
  'a@x-.com',
  'a@x_y.com',
  `a@${'x'.repeat(64)}.com`,
  `${'a'.repeat(65)}@x.com`,
])('%j is no email address', (text) => {
  expect(emailOf(text)).toBeUndefined();
});

test('a domain that outgrows the column in its ASCII form is refused, not handed to the database', () => {
  const text = `${'a'.repeat(64)}@${'üüüüüüüüüüüüüüüüüüüüüüüüü.'.repeat(6)}com`;
  expect(text.length).toBeLessThan(254);
  expect(emailOf(text)).toBeUndefined();
});

test('an address has 254 characters at most, which is what a path of SMTP and a column hold', () => {
  const ofLength = (length: number) =>
    `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.`.padEnd(length, 'e');
  for (const [length, isUnderstood] of [
    [254, true],
    [255, false],
  ] as const) {
    const text = ofLength(length);
    expect(text).toHaveLength(length);
    expect(emailOf(text)).toBe(isUnderstood ? text : undefined);
  }
});

test('whatever is accepted is one plain address, and parses to itself', () => {
  const text = fc.oneof(
    fc.emailAddress(),
    fc.string({ unit: 'binary', maxLength: 40 }).map((local) => `${local}@example.com`),
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((domain) => `a@${domain}.com`),
    fc.string({ unit: fc.constantFrom(...'a.@,;<> \r\n"%/\\:ü') }),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      const value = emailOf(candidate);
      if (value === undefined) return;
      expect(value).toMatch(/^[^\s,;<>()"\\:@]{1,64}@[a-z0-9.-]+$/);
      expect(value.length).toBeLessThanOrEqual(254);
      expect(emailOf(value)).toBe(value);
    }),
    { numRuns: 1_000 },
  );
});
