/** In which language a message is written, and which way that runs. */
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

/** The `dir` of a text in this language. The language itself is its `lang`. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}
