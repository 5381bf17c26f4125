/** No key makes or renews one that reaches further than itself: a narrowed key would be no narrower than its maker. */
import { GatewayError } from '../kernel/errors.js';
import { holdsRange, type IpRange, parseRange } from '../kernel/ip-address.js';
import type { ApiKeyRecord } from './key-record.js';

/** What a key is narrowed by. */
export type KeyBounds = Pick<ApiKeyRecord, 'scopes' | 'persistedOnly' | 'merchantId' | 'allowedIps' | 'expiresAt'>;

/**
 * @param maker the key that makes or renews another
 * @throws {GatewayError} FORBIDDEN naming the bound that the other would step over
 */
export function refuseEscalation(maker: KeyBounds, other: KeyBounds): void {
  const beyond = firstBeyond(maker, other);
  if (beyond === undefined) return;
  throw new GatewayError('FORBIDDEN', `A key cannot give what it does not have: ${beyond}.`);
}

function firstBeyond(maker: KeyBounds, other: KeyBounds): string | undefined {
  const scope = other.scopes.find((wanted) => !maker.scopes.includes(wanted));
  if (scope !== undefined) return `it does not hold ${scope}`;
  if (maker.persistedOnly && !other.persistedOnly) return 'it runs published operations only';
  if (maker.merchantId !== null && maker.merchantId !== other.merchantId) return 'it acts for one merchant';
  if (maker.allowedIps && !isWithin(maker.allowedIps, other.allowedIps)) return 'it is bound to addresses';
  if (maker.expiresAt && (!other.expiresAt || other.expiresAt > maker.expiresAt)) return 'it expires before that';
  return undefined;
}

function isWithin(outer: readonly string[], inner: readonly string[] | null): boolean {
  const ranges = rangesOf(outer);
  return inner !== null && rangesOf(inner).every((range) => ranges.some((allowed) => holdsRange(allowed, range)));
}

/** The ranges of a key as they can be compared. */
export function rangesOf(texts: readonly string[]): IpRange[] {
  return texts.map(parseRange).filter((range) => range !== undefined);
}
