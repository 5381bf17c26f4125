/** Which addresses are the internet's, so that a URL of a caller's leads to nothing behind the gateway's own walls. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

// The special-purpose registries of IANA (RFC 6890 and its updates): private, loopback, link-local with the metadata
// services of clouds, shared, documentation, benchmarking, multicast and reserved.
const SPECIAL_IPV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4';
// Within global unicast: protocol assignments with Teredo, documentation, and 6to4, which wraps any IPv4 address.
const SPECIAL_IPV6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20';
const GLOBAL_UNICAST = '2000::/3';

const special = blockListOf('ipv4', SPECIAL_IPV4);
const specialV6 = blockListOf('ipv6', SPECIAL_IPV6);
const globalUnicast = blockListOf('ipv6', GLOBAL_UNICAST);

/** True for a public unicast address. Everything of IPv6 outside global unicast, mapped IPv4 included, is not. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return isIPv6(address) && globalUnicast.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

function blockListOf(family: 'ipv4' | 'ipv6', subnets: string): BlockList {
  const list = new BlockList();
  for (const subnet of subnets.split(' ')) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
