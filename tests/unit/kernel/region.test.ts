import { describe, expect, test } from 'vitest';
import { canonicalLocale, isRegion } from '../../../src/kernel/region.js';

describe('a region', () => {
  test.each(['DE', 'US', 'GB', 'GG', 'XK', 'TW', 'EU'])('may be %s', (text) => {
    expect(isRegion(text)).toBe(true);
  });

  test.each([
    'de',
    'D',
    'DEU',
    '276',
    'ZZ',
    'XA',
    'XB',
    'QO',
    'UN',
    'EZ',
    'QQ',
    'UK',
    'SU',
    'AN',
    'YU',
    'FX',
    '',
    'DE\n',
    ' DE',
  ])('may not be %j', (text) => {
    expect(isRegion(text)).toBe(false);
  });
});

describe('a locale', () => {
  test.each([
    ['en-US', 'en-US'],
    ['EN-us', 'en-US'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['de', 'de'],
    ['iw', 'he'],
  ])('%s is kept as %s', (text, canonical) => {
    expect(canonicalLocale(text)).toBe(canonical);
  });

  test.each(['en_US', '', 'e', 'english language', 'en-', '../../etc/passwd', `en-${'x'.repeat(40)}`])(
    '%j is refused',
    (text) => {
      expect(canonicalLocale(text)).toBeUndefined();
    },
  );

  test('that is well-formed and longer than its column is refused', () => {
    const long = 'en-US-x-aaaaaaaa-bbbbbbbb-cccccccc-d';
    expect(Intl.getCanonicalLocales(long)).toEqual([long]);
    expect(long).toHaveLength(36);
    expect(canonicalLocale(long)).toBeUndefined();
    const longerInFull = 'sl-Latn-IT-rozaj-1994-u-ca-islamicc';
    expect(longerInFull).toHaveLength(35);
    expect(canonicalLocale(longerInFull)).toBeUndefined();
  });
});
