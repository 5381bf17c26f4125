/** Which client an address is counted as. */
import { isIPv4 } from 'node:net';
import { parseAddress } from './ip-address.js';

/** Whom everything is counted as that is no address: a client that each of them would be has no limits. */
const UNKNOWN = 'unknown';

/**
 * What an address is limited by. An IPv6 subscriber is given a /64 and can write any of its 2^64 addresses, so the
 * /64 is one client; an IPv4 address written as IPv6 is the IPv4 address.
 */
export function clientOf(address: string): string {
  if (isIPv4(address)) return address;
  const parsed = parseAddress(address);
  if (!parsed) return UNKNOWN;
  const { version, bits } = parsed;
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
  const prefix = [112n, 96n, 80n, 64n].map((shift) => ((bits >> shift) & 0xffffn).toString(16));
  return `${prefix.join(':')}::/64`;
}
