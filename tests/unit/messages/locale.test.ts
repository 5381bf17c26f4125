import { describe, expect, test } from 'vitest';
import { directionOf, LANGUAGES, languageOf } from '../../../src/messages/locale.js';

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

test('Arabic alone runs from right to left', () => {
  expect(LANGUAGES.filter((language) => directionOf(language) === 'rtl')).toEqual(['ar']);
});
