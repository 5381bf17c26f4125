import { describe, expect, test } from 'vitest';
import { type MessageKey, PLACEHOLDERS } from '../../../src/messages/catalogs/catalog.js';
import { CATALOGS, type Language } from '../../../src/messages/catalogs/index.js';
import { LANGUAGES } from '../../../src/messages/locale.js';
import { phrasesOf } from '../../../src/messages/phrases.js';
import { countSegments } from '../../../src/messages/segments.js';
import { readText } from '../../../src/messages/text-rules.js';

const KEYS = Object.keys(PLACEHOLDERS) as MessageKey[];
const VALUES = { app: 'Acme', code: '0123', digits: '0, 1, 2, 3', minutes: 10 };
const EVERY = LANGUAGES.flatMap((language) => KEYS.map((key) => [language, key] as const));

/** The placeholders of a text, each once. */
const placeholdersOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)(?=[,}])/g)].map((match) => match[1] as string))].sort();

test('there are catalogs for twelve languages', () => {
  expect(LANGUAGES).toEqual(['af', 'ar', 'de', 'en', 'es', 'fr', 'it', 'nl', 'pl', 'pt', 'ru', 'tr']);
});

describe.each(LANGUAGES)('%s', (language) => {
  const catalog = CATALOGS[language];

  test('has every text, and no other', () => {
    expect(Object.keys(catalog).sort()).toEqual([...KEYS].sort());
  });

  test('tells in every text what the text is told', () => {
    for (const key of KEYS) expect(placeholdersOf(catalog[key]), key).toEqual([...PLACEHOLDERS[key]].sort());
  });

  test('puts the code first, where previews show it', () => {
    const { text } = phrasesOf(language);
    for (const key of ['code.line', 'code.short'] as const) {
      expect(text(key, { app: 'Acme', code: '0123' })).toMatch(/^0123\P{L}/u);
    }
  });

  test('says the spoken code twice', () => {
    expect(catalog['voice.code'].match(/\{digits\}/g)).toHaveLength(2);
  });

  test('has no full stop behind spoken digits where it makes an ordinal: "6." is read as "sixth"', () => {
    const isCardinal = ['af', 'ar', 'en', 'es', 'fr', 'it', 'nl', 'pt', 'ru'].includes(language);
    if (!isCardinal) expect(catalog['voice.code']).not.toMatch(/\{digits\}\./);
  });

  test('has a form for every plural category of the language', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    // "many" of the Romance languages is for millions, and no code is good for so long.
    const needed = pluralCategories.filter((form) => form !== 'many' || ['ar', 'pl', 'ru'].includes(language));
    for (const key of ['code.expiry', 'code.email.expiry', 'link.expiry'] as const) {
      for (const form of needed) expect(catalog[key], key).toMatch(new RegExp(`[ ,]${form} \\{`));
    }
  });
});

test.each(EVERY)('%s keeps the rules for callers’ texts in %s', (language, key) => {
  const text = String(phrasesOf(language).text(key, VALUES));
  expect(readText(text, 200)).toEqual({ value: text });
});

test.each<Language>(['af', 'de', 'en', 'fr', 'it', 'nl'])('%s writes text messages in GSM-7', (language) => {
  const keys = [
    'code.line',
    'code.short',
    'code.expiry',
    'code.warning',
    'notice.phone.text',
    'notice.advice',
  ] as const;
  for (const key of keys) expect(countSegments(phrasesOf(language).text(key, VALUES)).encoding, key).toBe('GSM-7');
});

test.each([
  ['de', 'Ihre E-Mail-Adresse bei Acme wurde geändert oder entfernt'],
  ['en', 'Your email address at Acme was changed or removed'],
  ['fr', 'L’adresse e-mail de votre compte Acme a été modifiée ou supprimée'],
  ['tr', 'Acme hesabınızın e-posta adresi değiştirildi veya kaldırıldı'],
] as const)(
  'in %s the notice is of an account’s address, which may be gone, and not of one of Acme',
  (language, words) => {
    expect(phrasesOf(language).text('notice.email.subject', { app: 'Acme' })).toBe(words);
  },
);

describe('a name that ends a sentence by itself', () => {
  test.each([
    ['en', 'Confirm that you want to use this email address with Acme Inc.'],
    ['fr', 'Confirmez que vous souhaitez utiliser cette adresse e-mail avec Acme Inc.'],
    ['es', 'Confirma que quieres usar esta dirección de correo electrónico con Acme Inc.'],
    ['ar', 'أكّد أنك تريد استخدام عنوان البريد الإلكتروني هذا مع Acme Inc.'],
  ] as const)('is followed by no second full stop, and any other name by one: %s', (language, sentence) => {
    const { text, html } = phrasesOf(language);
    expect(text('link.intro', { app: 'Acme Inc.' })).toBe(sentence);
    expect(html('link.intro', { app: 'Acme Inc.' }).markup).toMatch(/<bdi>Acme Inc\.<\/bdi>$/);
    expect(text('link.intro', { app: 'Acme' })).toBe(sentence.replace(' Inc', ''));
  });

  test.each(['Yahoo!', 'Who?', 'And so on…'])('is one that ends like %s', (app) => {
    expect(phrasesOf('de').text('code.line', { app, code: '0123' })).toBe(`0123 ist Ihr Bestätigungscode für ${app}`);
  });
});

describe('minutes', () => {
  const minutesIn = (language: Language) => (minutes: number) => phrasesOf(language).text('code.expiry', { minutes });

  test.each([
    [0, 'بعد أقل من دقيقة.'],
    [1, 'بعد دقيقة واحدة.'],
    [2, 'بعد دقيقتين.'],
    [3, 'بعد 3 دقائق.'],
    [10, 'بعد 10 دقائق.'],
    [11, 'بعد 11 دقيقة.'],
    [60, 'بعد 60 دقيقة.'],
    [100, 'بعد 100 دقيقة.'],
  ])('in Arabic have six forms: %i', (minutes, words) => {
    expect(minutesIn('ar')(minutes)).toBe(`تنتهي صلاحيته ${words}`);
  });

  test.each([
    [1, '1 minutę'],
    [2, '2 minuty'],
    [4, '4 minuty'],
    [5, '5 minut'],
    [12, '12 minut'],
    [21, '21 minut'],
    [22, '22 minuty'],
    [60, '60 minut'],
  ])('in Polish: %i', (minutes, words) => {
    expect(minutesIn('pl')(minutes)).toBe(`Wygasa za ${words}.`);
  });

  test.each([
    [1, '1 минуту'],
    [2, '2 минуты'],
    [5, '5 минут'],
    [11, '11 минут'],
    [21, '21 минуту'],
    [34, '34 минуты'],
    [60, '60 минут'],
  ])('in Russian: %i', (minutes, words) => {
    expect(minutesIn('ru')(minutes)).toBe(`Он действует ${words}.`);
  });

  test.each([
    ['af', 'minuut', 'minute'],
    ['de', 'Minute', 'Minuten'],
    ['en', 'minute', 'minutes'],
    ['es', 'minuto', 'minutos'],
    ['fr', 'minute', 'minutes'],
    ['it', 'minuto', 'minuti'],
    ['nl', 'minuut', 'minuten'],
    ['pt', 'minuto', 'minutos'],
    ['tr', 'dakika', 'dakika'],
  ] as const)('in %s are one %s and ten %s', (language, one, ten) => {
    expect(minutesIn(language)(1)).toMatch(new RegExp(`\\b1 ${one}\\b`));
    expect(minutesIn(language)(10)).toMatch(new RegExp(`\\b10 ${ten}\\b`));
  });
});
