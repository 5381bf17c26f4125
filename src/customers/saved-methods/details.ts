/** What a caller may say of a saved method, checked. */
import type { CardType } from '../../entities/saved-method.js';
import { hasCardNumber } from '../../kernel/card-number.js';
import { badInput } from '../../kernel/errors.js';
import { isRegion } from '../../kernel/region.js';
import { readLine } from '../../messages/text-rules.js';
import type { DisplayDetails } from './record.js';

/** The details as they are given; what is left out is undefined. */
export interface GivenDetails {
  readonly brand: string | undefined;
  readonly cardType: CardType | undefined;
  readonly last4: string | undefined;
  readonly expiryMonth: number | undefined;
  readonly expiryYear: number | undefined;
  readonly holderName: string | undefined;
  readonly issuerCountry: string | undefined;
  readonly bankName: string | undefined;
  readonly currency: string | undefined;
}

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** @throws {GatewayError} BAD_USER_INPUT naming the first that is wrong; never with the value, which may be a card's */
export function checkedDetails(given: GivenDetails): DisplayDetails {
  const { cardType, last4, expiryMonth, expiryYear, issuerCountry, currency } = given;
  if (last4 !== undefined && !/^[0-9]{4}$/.test(last4)) throw badInput('input.last4', 'must be four digits');
  checkRange('input.expiryMonth', expiryMonth, 1, 12);
  checkRange('input.expiryYear', expiryYear, 2000, 2100);
  if (issuerCountry !== undefined && (!isRegion(issuerCountry) || issuerCountry === 'EU')) {
    throw badInput('input.issuerCountry', 'not an ISO 3166-1 alpha-2 code, for example DE');
  }
  if (currency !== undefined && !CURRENCIES.has(currency)) {
    throw badInput('input.currency', 'not an ISO 4217 code, for example EUR');
  }
  return {
    brand: shownText('input.brand', given.brand, 50),
    cardType: cardType ?? null,
    last4: last4 ?? null,
    expiryMonth: expiryMonth ?? null,
    expiryYear: expiryYear ?? null,
    holderName: shownText('input.holderName', given.holderName, 100),
    issuerCountry: issuerCountry ?? null,
    bankName: shownText('input.bankName', given.bankName, 100),
    currency: currency ?? null,
  };
}

/** @throws {GatewayError} BAD_USER_INPUT */
export function checkMerchantId(merchantId: string): void {
  checkName('input.merchantId', merchantId, 100);
}

/** @throws {GatewayError} BAD_USER_INPUT */
export function checkInstrument({ instrumentId, fingerprint }: { instrumentId: string; fingerprint: string }): void {
  if (!/^[\x21-\x7e]{1,255}$/.test(instrumentId)) {
    throw badInput('input.instrumentId', 'must be 1 to 255 characters of ASCII without spaces');
  }
  refuseCardNumber('input.instrumentId', instrumentId);
  checkName('input.fingerprint', fingerprint, 255);
}

function checkName(argument: string, text: string, limit: number): void {
  if (text.length > limit || !/^\S(.*\S)?$/u.test(text) || /\p{C}/u.test(text)) {
    throw badInput(argument, `must be 1 to ${limit} printable characters, without spaces around them`);
  }
  refuseCardNumber(argument, text);
}

function checkRange(argument: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && (value < min || value > max)) throw badInput(argument, `must be ${min} to ${max}`);
}

function shownText(argument: string, text: string | undefined, limit: number): string | null {
  if (text === undefined) return null;
  // Before the rules of a line: a card number is to be named as what it is.
  refuseCardNumber(argument, text.slice(0, limit * 8));
  const line = readLine(text, limit);
  if ('reason' in line) throw badInput(argument, line.reason);
  return line.value;
}

function refuseCardNumber(argument: string, text: string): void {
  if (hasCardNumber(text)) throw badInput(argument, 'holds a card number, which is never accepted');
}
