/** In which language a message is written, and which way that runs. */
import type { Contact } from '../kernel/contact.js';
import { canonicalLocale, languageIn } from '../kernel/region.js';
import { CATALOGS, type Language } from './catalogs/index.js';

export const LANGUAGES = Object.keys(CATALOGS) as readonly Language[];

const isLanguage = (text: string): text is Language => Object.hasOwn(CATALOGS, text);

/**
 * The language to write in for a BCP 47 tag: `pt-BR` is Portuguese, and what there is no catalog for, or none in
 * the script that the tag asks for (`ru-Latn`), is English.
 */
export function languageOf(tag: string): Language {
  // What nearly every tag looks like, without the cost of a parser.
  const plain = /^([a-z]{2})(?:-[A-Z]{2})?$/.exec(tag)?.[1];
  if (plain !== undefined) return isLanguage(plain) ? plain : 'en';
  try {
    const { language, script } = new Intl.Locale(tag);
    if (!isLanguage(language)) return 'en';
    return script === undefined || script === new Intl.Locale(language).maximize().script ? language : 'en';
  } catch {
    return 'en';
  }
}

/** Ranges of a header that are read: browsers send five or fewer. */
const MAX_RANGES = 10;

/** The language to write in for an `Accept-Language` (RFC 9110 section 12.5.4): the first that there is a catalog for. */
export function languageAccepted(header = ''): Language {
  const tags = header.split(',', MAX_RANGES).map((range) => range.replace(/;.*/, '').trim());
  return languageOf(tags.find((tag) => languageOf(tag) === languageIn(tag)) ?? 'en');
}

/** The `dir` of a text in this language. The language itself is its `lang`. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

const FALLBACK_LOCALE = 'en-US';

// Where the most spoken language (CLDR) has no catalog, an official one that has: English is read by fewer there. And
// Namibia, whose official language is English and not Afrikaans.
const OFFICIAL: Readonly<Record<string, Language>> = {
  BI: 'fr',
  BQ: 'nl',
  CF: 'fr',
  CW: 'nl',
  HT: 'fr',
  KG: 'ru',
  MG: 'fr',
  ML: 'fr',
  NA: 'en',
  NE: 'fr',
  PY: 'es',
  SN: 'fr',
};

/**
 * The language of the messages: the caller's, else the customer's, else the number's country's, else the workspace's.
 *
 * @param contact the first number that a message may go to, or an email where there is none
 */
export function chooseLocale(
  requested: string | undefined,
  customer: string | null,
  contact: Contact,
  workspace: string,
): string {
  const chosen = requested ?? customer;
  if (chosen) return canonicalLocale(chosen) ?? FALLBACK_LOCALE;
  if (contact.country === undefined) return canonicalLocale(workspace) ?? FALLBACK_LOCALE;
  const language = OFFICIAL[contact.country];
  if (language !== undefined) return `${language}-${contact.country}`;
  const likely = new Intl.Locale('und', { region: contact.country }).maximize();
  return `${likely.language}-${likely.region}`;
}
