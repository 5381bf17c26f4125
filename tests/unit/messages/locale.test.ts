import { describe, expect, test } from 'vitest';
import type { Contact } from '../../../src/kernel/contact.js';
import { chooseLocale, directionOf, LANGUAGES, languageAccepted, languageOf } from '../../../src/messages/locale.js';

describe('the language of a locale', () => {
  test.each([
    ['pt-BR', 'pt'],
    ['pt', 'pt'],
    ['ar-EG', 'ar'],
    ['de-CH', 'de'],
    ['de-Latn-DE', 'de'],
    ['es-419', 'es'],
    ['fr-CA-u-ca-gregory', 'fr'],
    ['EN-us', 'en'],
    ['sr-RS', 'en'],
    ['zh-Hant-TW', 'en'],
    ['nb', 'en'],
  ])('%s is written in %s', (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });

  test('a script that the catalog is not in falls back to English', () => {
    expect(languageOf('ru-Latn')).toBe('en');
    expect(languageOf('ru-Cyrl-RU')).toBe('ru');
  });

  test.each(['', 'x', 'pt_BR', 'not a tag', '__proto__', 'constructor', '\u0000'])('%j is no tag: English', (tag) => {
    expect(languageOf(tag)).toBe('en');
  });
});

describe('the language of a browser', () => {
  test.each([
    ['de-DE,de;q=0.9', 'de'],
    ['gsw-CH, de;q=0.9, en;q=0.8', 'de'],
    ['sv-SE,sv;q=0.9,en-US;q=0.8,de;q=0.7', 'en'],
    ['ru-Latn,fr;q=0.5', 'fr'],
    ['sv,da', 'en'],
    ['*', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('%s is %s: the first that the gateway writes', (header, language) => {
    expect(languageAccepted(header)).toBe(language);
  });

  test('attack: a header of thousands of ranges is read no further than its tenth', () => {
    expect(languageAccepted(`${'sv,'.repeat(9)}de`)).toBe('de');
    expect(languageAccepted(`${'sv,'.repeat(10)}de`)).toBe('en');
  });
});

test('Arabic alone runs from right to left', () => {
  expect(LANGUAGES.filter((language) => directionOf(language) === 'rtl')).toEqual(['ar']);
});

describe('the language of a message', () => {
  const email: Contact = { kind: 'EMAIL', value: 'a@example.com', identity: 'a@example.com' };
  const phone = (country: NonNullable<Contact['country']>): Contact => ({ ...email, kind: 'PHONE', country });

  test.each([
    ['the caller’s, before all others', 'FR-fr', 'de-DE', phone('BR'), 'es-ES', 'fr-FR'],
    ['the customer’s, where the caller names none', undefined, 'de-DE', phone('BR'), 'es-ES', 'de-DE'],
    ['that of the number’s country, where the customer has none', undefined, null, phone('BR'), 'es-ES', 'pt-BR'],
    ['that of Japan for a Japanese number', undefined, null, phone('JP'), 'es-ES', 'ja-JP'],
    ['the workspace’s, where an address has no country', undefined, null, email, 'es-es', 'es-ES'],
    ['English, where the workspace’s is none', undefined, null, email, 'en_US', 'en-US'],
  ] as const)('is %s', (_, requested, customer, contact, workspace, chosen) => {
    expect(chooseLocale(requested, customer, contact, workspace)).toBe(chosen);
  });

  test.each([
    'es-PY',
    'fr-SN',
    'fr-ML',
    'fr-NE',
    'fr-BI',
    'fr-CF',
    'fr-MG',
    'fr-HT',
    'ru-KG',
    'nl-CW',
    'nl-BQ',
    'en-NA',
  ])('is the official one that the gateway writes, where it does not write the most spoken one: %s', (chosen) => {
    const { language, region } = new Intl.Locale(chosen);
    expect(chooseLocale(undefined, null, phone(region as 'PY'), 'en-US')).toBe(chosen);
    expect(languageOf(chosen)).toBe(language);
  });
});
