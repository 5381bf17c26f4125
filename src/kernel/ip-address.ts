/** Addresses and ranges of IPv4 and IPv6, compared as numbers. */
import { isIPv4, isIPv6 } from 'node:net';

/** An address, or the ranges of them that share their first `prefix` bits. */
export interface IpRange {
  readonly version: 4 | 6;
  readonly bits: bigint;
  readonly prefix: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;
/** RFC 4291 section 2.5.5.2: `::ffff:0:0/96` is IPv4 written as IPv6. */
const MAPPED_PREFIX = 96;
const MAPPED = 0xffffn << 32n;

/** An address with the port that some proxies write behind it, as a URL has both (RFC 3986 section 3.2.2). */
const WITH_PORT = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/;

/**
 * An address as one that a range may hold, without port and zone; an IPv4 address written as IPv6 is the IPv4 address.
 */
export function parseAddress(text: string): IpRange | undefined {
  const [, v6, v4] = WITH_PORT.exec(text) ?? [];
  return unmapped(readAddress((v6 ?? v4 ?? text).split('%')[0] as string));
}

/**
 * Reads an address or a range in CIDR notation (RFC 4632, RFC 4291 section 2.3). Bits behind the prefix are a slip
 * that would open more than was meant (10.0.0.1/8 for 10.0.0.1/32), so they make it unreadable.
 */
export function parseRange(text: string): IpRange | undefined {
  const [, head = '', tail] = /^([0-9a-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? [];
  const address = readAddress(head);
  if (!address) return undefined;
  const width = WIDTH[address.version];
  const prefix = tail === undefined ? width : Number(tail);
  if (prefix > width || (address.bits & ((1n << BigInt(width - prefix)) - 1n)) !== 0n) return undefined;
  return unmapped({ ...address, prefix });
}

/** True where every address of `inner` is one of `outer`. */
export function holdsRange(outer: IpRange, inner: IpRange): boolean {
  if (outer.version !== inner.version || outer.prefix > inner.prefix) return false;
  const shift = BigInt(WIDTH[outer.version] - outer.prefix);
  return outer.bits >> shift === inner.bits >> shift;
}

/** True where an address, as a socket or a proxy tells it, is one of these ranges. What is no address is of none. */
export function isWithin(ranges: readonly IpRange[], address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && ranges.some((range) => holdsRange(range, parsed));
}

function readAddress(text: string): IpRange | undefined {
  if (isIPv4(text)) return { version: 4, bits: toNumber(text.split('.'), 8n, 10), prefix: WIDTH[4] };
  if (!isIPv6(text)) return undefined;
  const [head = '', tail] = text.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = new Array<string>(8 - before.length - after.length).fill('0');
  return { version: 6, bits: toNumber([...before, ...zeros, ...after], 16n, 16), prefix: WIDTH[6] };
}

/** The 16-bit groups of a part of an IPv6 address, whose last may be an IPv4 address (RFC 4291 section 2.2). */
function groupsOf(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [group];
    const address = toNumber(group.split('.'), 8n, 10);
    return [(address >> 16n).toString(16), (address & 0xffffn).toString(16)];
  });
}

function toNumber(parts: readonly string[], width: bigint, base: 10 | 16): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(Number.parseInt(part, base)), 0n);
}

function unmapped(range: IpRange | undefined): IpRange | undefined {
  if (range?.version !== 6 || range.prefix < MAPPED_PREFIX || range.bits >> 32n !== MAPPED >> 32n) return range;
  return { version: 4, bits: range.bits & 0xffffffffn, prefix: range.prefix - MAPPED_PREFIX };
}
