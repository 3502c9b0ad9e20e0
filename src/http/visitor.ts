/**
 * Whom a budget counts as one visitor: an IPv4 address, or the 64 bits of an IPv6 address that a household has.
 *
 * @param ip as the socket or a trusted proxy says it
 */
export function visitorKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!ip.includes(':')) return ip.slice(0, MAX_KEY);
  const [head = '', tail = ''] = (ip.split('%')[0] ?? '').split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, GROUPS - before.length - after.length) }, () => '0');
  const network = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `${network.map((group) => (Number.parseInt(group, 16) || 0).toString(16)).join(':')}::/64`;
}

const GROUPS = 8;
const NETWORK_GROUPS = 4;
const MAX_KEY = 64;
