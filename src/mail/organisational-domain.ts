import { getDomain } from 'tldts';

/**
 * The domain that somebody registered, of which others are parts: RFC 7489 3.2, by the public suffix list. Suffixes under
 * which a company lets others have names (github.io) count: two of their customers are two organisations.
 *
 * @param domain in lower case and A-labels
 * @returns the domain itself where the list knows nothing shorter
 */
export function organisationalDomain(domain: string): string {
  return getDomain(domain, { allowPrivateDomains: true, extractHostname: false }) ?? domain;
}

/** Whether a name is somebody's, and no suffix under which everybody may have one. */
export const isOwnedByOne = (domain: string): boolean =>
  getDomain(domain, { allowPrivateDomains: true, extractHostname: false }) !== null;

/** Whether one may speak for the other: relaxed alignment, RFC 7489 3.1. */
export function isAligned(domain: string, other: string): boolean {
  return organisationalDomain(domain) === organisationalDomain(other);
}
