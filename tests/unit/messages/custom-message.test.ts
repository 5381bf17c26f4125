import { describe, expect, test } from 'vitest';
import {
  fillCustomMessage,
  parseCustomMessage,
  parseSenderId,
  readCustomMessage,
} from '../../../src/messages/custom-message.js';

const ARGUMENT = 'input.customMessage';
const reasonOf = (text: string, appName?: string) => {
  const read = readCustomMessage(ARGUMENT, text, appName === undefined ? undefined : { appName, codeLength: 6 });
  return 'faults' in read ? read.faults[0].reason : undefined;
};

describe('a custom message', () => {
  test.each([
    'Your {app} code is {otp}',
    '{otp} – {app}',
    'G-{otp} ({app})',
    '{app}: {otp}. 10 minutes!',
    '{otp}{app}',
    'رمز {app} هو {otp}',
    'Kod {app}: {otp}, geçerlilik %20',
  ])('is accepted: %s', (text) => {
    expect(parseCustomMessage(ARGUMENT, text)).toBe(text);
  });

  test.each([
    'Your code is ready',
    '{otp} only',
    '{app} only',
    '{otp} {app} {otp}',
    '{otp} {app} {app}',
    '{otp} {otp}',
    '{OTP} {app}',
    '{ otp } {app}',
    '{otp} {app} {name}',
    '{otp} {app} {}',
    '{otp} {app} {',
    '{otp} {app} }',
    '{{otp}} {app}',
    '{otp {app}}',
    '$\u007botp} {{app}}',
    '',
  ])('without each placeholder once, or with other braces, is refused: %s', (text) => {
    expect(reasonOf(text)).toBe('must have {otp} and {app} once each, and nothing else in braces');
  });

  test.each([
    '1{otp} {app}',
    '{otp}2 {app}',
    '1-{otp} {app}',
    '{otp}.5 {app}',
    '٣{otp} {app}',
    '{otp}\u0338 {app}',
    '{otp}\u20e3 {app}',
  ])('that makes the code look like another is refused: %s', (text) => {
    expect(reasonOf(text)).toMatch(/^must have no digit and no mark right beside/);
  });

  test.each([
    '{otp} {app}.com',
    '{otp} www.{app}',
    '{app}.{otp}',
    '{otp} evil.{app}',
    '{otp} https://{app}',
    '{otp} @{app}',
    '{app}@{otp}',
  ])('that becomes a link once it is filled in is refused: %s', (text) => {
    expect(reasonOf(text)).toBe('must have no link, domain, IP address or email address');
  });

  test.each([
    ['Acme Inc.', '{app}net/pay {otp}'],
    ['Acme Inc.', 'Code {otp} of {app}io'],
    ['Polka Dot', '{otp} {app} com'],
    ['Data', '{app}:{otp}'],
    ['mailto', '{app}:x {otp}'],
  ])('attack: that becomes a link with the name "%s" in it is refused: %s', (appName, text) => {
    expect(parseCustomMessage(ARGUMENT, text)).toBe(text);
    expect(reasonOf(text, appName)).toBe(
      'must have no link, domain, IP address or email address, once the name is filled in',
    );
  });

  test.each([
    ['Studio 54', '{app}{otp}'],
    ['Studio 54', 'Code {app}-{otp}'],
    ['4you', '{otp}{app}'],
    ['٤ you', '{otp}:{app}'],
    ['Acme 12', '{app}3456 or {otp}'],
  ])('attack: whose code looks like another with the name "%s" in it is refused: %s', (appName, text) => {
    expect(parseCustomMessage(ARGUMENT, text)).toBe(text);
    expect(reasonOf(text, appName)).toMatch(/^must have no .*digit.*, once the name is filled in$/);
  });

  const usual = [
    '{app}: {otp}',
    '{otp} is your {app} code.',
    'Your {app}’s code: {otp}',
    "{otp} – {app}'s code, 10 minutes",
    '{app}, {otp}!',
    '{otp} {app}',
    '{app} {otp}',
  ];
  const names = ['Acme', 'Acme Inc.', 'Studio 54', '24 Hours', 'Market', 'J.R.R. Smith', '{otp}1', 'アクメ', 'Yahoo!'];
  const domains = ['Shop.example', 'Club 54321'];
  test.each(names.concat(domains))('in usual words is accepted with the name: %s', (appName) => {
    for (const text of usual) expect(reasonOf(text, appName), text).toBeUndefined();
  });

  test.each(['{app}/pay {otp}', '{app}evil {otp}', 'evil-{app} {otp}', '{app}:8080 {otp}', '{app}.x {otp}'])(
    'attack: that makes another link of a name that is a domain is refused: %s',
    (text) => {
      expect(reasonOf(text, 'Shop.example')).toBeDefined();
    },
  );

  test('that ends like the line which fills a code in on another site is refused', () => {
    expect(reasonOf('{app}\n@evil #{otp}')).toBeDefined();
    expect(reasonOf('{app} @evil.example #{otp}')).toBeDefined();
  });

  test('may have 140 characters and not one more, spaces around it not counted', () => {
    const text = `{otp} {app} ${'a'.repeat(128)}`;
    expect(text).toHaveLength(140);
    expect(parseCustomMessage(ARGUMENT, `  ${text} `)).toBe(text);
    expect(reasonOf(`${text}a`)).toBe('must be at most 140 characters');
  });

  test('may have 140 characters of any alphabet, whatever is filled in', () => {
    const text = `{otp} {app} ${'ж'.repeat(128)}`;
    expect(parseCustomMessage(ARGUMENT, text, { appName: 'Ł'.repeat(50), codeLength: 12 })).toBe(text);
  });

  test('that needs a fourth segment is refused, where the name and the length of the code are known', () => {
    const text = `{otp} {app} ${'🔑'.repeat(93)}`;
    expect(parseCustomMessage(ARGUMENT, text)).toBe(text);
    expect(parseCustomMessage(ARGUMENT, text, { appName: 'A', codeLength: 6 })).toBe(text);
    expect(() => parseCustomMessage(ARGUMENT, text, { appName: 'Acme Market', codeLength: 6 })).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        details: { argument: ARGUMENT, reason: 'makes 4 segments in UCS-2, and at most 3 are sent' },
      }),
    );
  });

  test('attack: a hundred kilobytes of marks are refused before they are normalized, in a moment', () => {
    const text = `{otp} {app} a${'\u0301'.repeat(24_000)}${'\u0323'.repeat(24_000)}`;
    const startedAt = performance.now();
    expect(reasonOf(text)).toBe('must be at most 140 characters');
    expect(performance.now() - startedAt).toBeLessThan(50);
  });

  test('is filled in once: a name with a placeholder or a dollar sign in it stays a name', () => {
    expect(fillCustomMessage('{app}: {otp}', '{otp}', '0123')).toBe('{otp}: 0123');
    expect(fillCustomMessage('{app}: {otp}', '$& $1 $$', '0123')).toBe('$& $1 $$: 0123');
  });
});

describe('a sender id', () => {
  test.each(['Acme', 'ACME 24', 'A', 'Acme Market', 'Acme-UK', '4you'])('is accepted: %s', (text) => {
    expect(parseSenderId('input.senderId', text)).toBe(text);
  });

  test.each([
    '',
    '   ',
    '1234',
    '+1415555',
    'AcmeMarkets1',
    'Acme.com',
    'Ac\u200bme',
    'Аcme',
    'Ünal',
    'Ａｃｍｅ',
    'A12345',
    '1 2 3 4 5 A',
    'www evil',
    'Acme_1',
    '🔑key',
    'رمز',
  ])('is refused: %j', (text) => {
    const details = expect.objectContaining({ argument: 'input.senderId' });
    expect(() => parseSenderId('input.senderId', text)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details }),
    );
  });
});
