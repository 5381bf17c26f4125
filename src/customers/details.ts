/** What a caller may say about a customer, checked. */
import { badInput } from '../kernel/errors.js';
import { canonicalLocale, isRegion } from '../kernel/region.js';

export interface CustomerDetails {
  readonly umaAddress: string | undefined;
  readonly region: string | undefined;
  readonly currencies: readonly string[] | undefined;
  readonly locale: string | undefined;
}

// RFC 1123 section 2.1.
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
// A UMA address is a dollar sign and an address (UMA protocol, UMAD-02); `$` may be left out by the caller. Under
// development its host has a port, or one label only.
const UMA_ADDRESS = new RegExp(`^\\$[a-z0-9._+-]{1,64}@${LABEL}(?:\\.${LABEL})*(?::([1-9]\\d{0,4}))?$`, 'i');
const HIGHEST_PORT = 65_535;
const LONGEST_UMA = 255;

/**
 * The details as they are stored; what was left out stays undefined.
 * @throws {GatewayError} BAD_USER_INPUT naming the first that is wrong
 */
export function checkedDetails({ umaAddress, region, currencies, locale: tag }: CustomerDetails): CustomerDetails {
  if (region !== undefined && !isRegion(region))
    throw badInput('input.region', 'not an ISO 3166-1 alpha-2 code, for example DE');
  const locale = tag === undefined ? undefined : canonicalLocale(tag);
  if (tag !== undefined && locale === undefined) throw badInput('input.locale', 'not a BCP 47 tag, for example en-US');
  const currency = currencies?.find((code) => !/^[A-Z0-9]{3,8}$/.test(code));
  if (currency !== undefined || (currencies?.length ?? 0) > 50) {
    throw badInput('input.currencies', 'must be at most 50 codes of 3 to 8 capitals and digits, for example USD');
  }
  return {
    umaAddress: umaAddress === undefined ? undefined : checkedUma(umaAddress),
    region,
    currencies: currencies && [...new Set(currencies)],
    locale,
  };
}

// User names are of small letters, and a host has no case: two spellings would be two customers who are paid as one.
function checkedUma(text: string): string {
  const uma = `$${text.replace(/^\$/, '')}`;
  const [isOne, port = 1] = (uma.length <= LONGEST_UMA && UMA_ADDRESS.exec(uma)) || [];
  if (!isOne || Number(port) > HIGHEST_PORT) {
    throw badInput('input.umaAddress', 'not a UMA address, for example $jane@example.com');
  }
  return uma.toLowerCase();
}
