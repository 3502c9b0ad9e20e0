import { X509Certificate } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether plain text to this host stays on this machine: an address of the loopback net, or `localhost`. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const family = isIP(name);
  return family === 0 ? name === 'localhost' : LOOPBACK.check(name, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * What a TLS connection trusts: the authorities of this machine and one of the operator's own. TLS 1.2 at least.
 *
 * @param caPem certificates as PEM; throws when the first cannot be read
 */
export function trust(caPem: string | null): SecureContext {
  return createSecureContext({ minVersion: 'TLSv1.2', ...(caPem === null ? {} : { ca: authorities(caPem) }) });
}

function authorities(caPem: string): string[] {
  // OpenSSL passes over what is no certificate, and then trusts nobody without a word.
  const first = new X509Certificate(caPem);
  return [...getCACertificates('default'), first.toString(), caPem];
}
