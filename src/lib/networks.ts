import { BlockList, isIP } from 'node:net';

/** Whether an IP address is in one of some networks. An IPv4 address in its IPv6 form is the same address. */
export type InNetworks = (ip: string) => boolean;

/** Most bits of a prefix, by the version of IP. */
const MAX_BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/**
 * Reads addresses and CIDR ranges, such as `10.0.0.5` and `2001:db8::/32`.
 *
 * @returns null when one of them is neither
 */
export function readNetworks(written: readonly string[]): InNetworks | null {
  const list = new BlockList();
  for (const one of written) {
    const [address = '', prefix, more] = one.split('/');
    const version = isIP(address);
    const bits = MAX_BITS[version];
    if (bits === undefined || address.includes('%') || more !== undefined) return null;
    if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) return null;
    list.addSubnet(address, prefix === undefined ? bits : Number(prefix), familyOf(version));
  }
  return (ip) => {
    const version = isIP(ip);
    return version !== 0 && list.check(ip, familyOf(version));
  };
}

const familyOf = (version: number): 'ipv4' | 'ipv6' => (version === 4 ? 'ipv4' : 'ipv6');
