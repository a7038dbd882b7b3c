import ipaddr from 'ipaddr.js';

const IPV6_PREFIX = 64;
const NOWHERE = '0.0.0.0/32';

/**
 * The network behind an address as CIDR text: IPv4 as it is (/32), also where it comes mapped into IPv6; IPv6 by
 * its /64, because one subscriber has all 2^64 addresses of it. What is no address (a socket that closed already
 * has none) is 0.0.0.0/32.
 */
export function networkOf(ip: string): string {
  const [address = ''] = ip.split('%');
  if (!ipaddr.isValid(address)) return NOWHERE;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return `${parsed.toString()}/32`;
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_PREFIX}`);
  return `${network.toString()}/${IPV6_PREFIX}`;
}
