/** Regions and locales as the platform's own data (CLDR) knows them. */
const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
// CLDR also names regions that no customer lives in: unknown, pseudo-locales and outlying Oceania.
const NOT_A_COUNTRY = new Set(['ZZ', 'XA', 'XB', 'QO', 'UN', 'EZ']);

/** True for an ISO 3166-1 alpha-2 code, the reserved `EU` included. */
export function isRegion(text: string): boolean {
  return /^[A-Z]{2}$/.test(text) && !NOT_A_COUNTRY.has(text) && names.of(text) !== undefined;
}

/** The primary language subtag of a BCP 47 tag (RFC 5646 section 2.2.1), in lower case. */
export const languageIn = (locale: string): string => locale.split('-')[0]?.toLowerCase() ?? '';

/** The canonical form of a BCP 47 tag (`en_us` is refused, `EN-us` becomes `en-US`), or undefined. */
export function canonicalLocale(text: string): string | undefined {
  try {
    return text.length <= 35 ? Intl.getCanonicalLocales(text)[0] : undefined;
  } catch {
    return undefined;
  }
}
