/** Which client an address is counted as. */
import { isIPv4 } from 'node:net';
import { parseAddress } from './ip-address.js';

/**
 * What an address is limited by. An IPv6 subscriber is given a /64 and can write any of its 2^64 addresses, so the
 * /64 is one client; an IPv4 address written as IPv6 is the IPv4 address.
 */
export function clientOf(address: string): string {
  const parsed = isIPv4(address) ? undefined : parseAddress(address);
  if (!parsed) return address;
  const { version, bits } = parsed;
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
  const prefix = [112n, 96n, 80n, 64n].map((shift) => ((bits >> shift) & 0xffffn).toString(16));
  return `${prefix.join(':')}::/64`;
}
