/** Regions and locales as the platform's own data (CLDR) knows them. */
import { createLru } from './lru.js';

const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
// CLDR also names regions that no customer lives in: unknown, pseudo-locales and outlying Oceania.
const NOT_A_COUNTRY = new Set(['ZZ', 'XA', 'XB', 'QO', 'UN', 'EZ']);

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
// Every customer has one or more: the platform is asked once for all 676 pairs, and not for each request.
const regions: ReadonlySet<string> = new Set(
  letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((text) => !NOT_A_COUNTRY.has(text) && names.of(text) !== undefined)
    // Of those that are another's name, such as UK and SU, no rule for that country would know.
    .filter((text) => Intl.getCanonicalLocales(`und-${text}`)[0] === `und-${text}`),
);

/** True for an ISO 3166-1 alpha-2 code, the reserved `EU` included. */
export const isRegion = (text: string): boolean => regions.has(text);

/** What a column of a locale holds. */
const LONGEST = 35;

// The platform parses a tag anew each time it is asked, and nearly all sends have one of a few.
const canonical = createLru<string, string>({ capacity: 500 });

/** The canonical form of a BCP 47 tag (`en_us` is refused, `EN-us` becomes `en-US`), or undefined. */
export function canonicalLocale(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  const known = canonical.get(text);
  if (known !== undefined) return known;
  try {
    const [locale] = Intl.getCanonicalLocales(text);
    // Some names are longer in full: `islamicc` is `islamic-civil`.
    if (locale === undefined || locale.length > LONGEST) return undefined;
    canonical.set(text, locale);
    return locale;
  } catch {
    return undefined;
  }
}

/** The primary language subtag of a BCP 47 tag (RFC 5646 section 2.2.1) by its present name: `he` of `iw`, `fil` of `tl`. */
export const languageIn = (locale: string): string =>
  (canonicalLocale(locale) ?? locale).split('-')[0]?.toLowerCase() ?? '';
