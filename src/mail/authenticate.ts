import { domainOf, parseDomain } from './address.ts';
import { propertyOf } from './authentication-results.ts';
import type { AuthResults, MethodResult } from './authentication-results.ts';
import type { DkimEvidence } from './dkim.ts';
import { isAligned, organisationalDomain } from './organisational-domain.ts';
import type { Sender } from './sender.ts';

/** Whether the sender's domain is proven: DMARC's question. `none` says neither yes nor no. */
export interface Authentication {
  readonly verdict: 'pass' | 'none' | 'fail';
  /** What decided: the mail server's word, our own look at DKIM, that nobody was to look, or nothing. */
  readonly by: 'results' | 'dkim' | 'off' | 'nothing';
  /** For `why`. */
  readonly says: string;
}

export type Evidence =
  | { readonly is: 'off' }
  | {
      readonly is: 'gathered';
      /** Those of our own provider alone: `trustedResults`. */
      readonly results: readonly AuthResults[];
      /** Null where we did not look: the results settled it, or the message was not read whole. */
      readonly dkim: DkimEvidence | null;
    };

/** Weighs the evidence. Only our provider's word can say `fail`: we know no client address (DESIGN 5.4). Pure. */
export function authenticate(sender: Sender, evidence: Evidence): Authentication {
  if (evidence.is === 'off') return { verdict: 'none', by: 'off', says: 'senders are not checked in this mailbox' };
  if (sender.is !== 'address')
    return { verdict: 'none', by: 'nothing', says: 'there is no single sender to be proven' };
  const domain = domainOf(sender.address);
  return readResults(domain, evidence.results) ?? readDkim(domain, evidence.dkim);
}

/** Why the evidence may be better later; null when it is as good as it gets. */
export function troubleOf(evidence: Evidence): string | null {
  return evidence.is === 'gathered' && evidence.dkim?.is === 'trouble' ? evidence.dkim.says : null;
}

/**
 * What our provider's results say of the domain; null when they settle nothing, so that signatures are worth a look.
 * Results that contradict each other settle nothing: one of them may be the sender's own words.
 */
export function readResults(domain: string, trusted: readonly AuthResults[]): Authentication | null {
  const all = trusted.flatMap(({ results }) => results);
  const dmarc = all.filter(({ method }) => method === 'dmarc');
  const verdicts = new Set(dmarc.map(({ result }) => result));
  if (verdicts.size > 1 || !dmarc.every((result) => isAbout(result, domain))) return null;
  if (verdicts.has('pass')) return byResults('pass', `the mail server says that DMARC passed for ${domain}`);
  if (verdicts.has('fail')) return readFailure(domain, dmarc, all);
  const isSigned = all.some((result) => result.method === 'dkim' && isSignedFor(result, domain));
  return isSigned ? byResults('pass', `the mail server says that a DKIM signature of ${domain} is valid`) : null;
}

const byResults = (verdict: Authentication['verdict'], says: string): Authentication => ({
  verdict,
  by: 'results',
  says,
});

function readFailure(domain: string, dmarc: readonly MethodResult[], all: readonly MethodResult[]): Authentication {
  const failed = `the mail server says that DMARC failed for ${domain}`;
  if (!dmarc.some((result) => isEnforced(result, domain)))
    return byResults('none', `${failed}, which asks for nothing then`);
  if (dmarc.some(isVouchedFor) || all.some(({ method, result }) => method === 'compauth' && result === 'pass')) {
    return byResults('none', `${failed}, but that it trusts the forwarder`);
  }
  return byResults('fail', `${failed}, which asks for such mail to be refused`);
}

/** Gmail writes "arc=pass" into DMARC's comment, and Exchange "compauth=pass" beside it, where a forwarder's seal (RFC 8617) outweighs the failure. */
const isVouchedFor = (result: MethodResult): boolean => commentTag(result, 'arc') === 'pass';

/** Whether a result is about the author's domain as we read it; one that found nothing need not name it. */
function isAbout(result: MethodResult, domain: string): boolean {
  if (result.result !== 'pass' && result.result !== 'fail') return true;
  return parseDomain(propertyOf(result, 'header.from') ?? '') === domain;
}

/** The signature of the domain, or of one with the same owner: RFC 6376's d=, or i=, which is d= or below it. */
function isSignedFor(result: MethodResult, domain: string): boolean {
  if (result.result !== 'pass') return false;
  const named = propertyOf(result, 'header.d') ?? propertyOf(result, 'header.i')?.replace(/^.*@/, '') ?? '';
  const signer = parseDomain(named);
  return signer !== null && isAligned(signer, domain);
}

/** Where servers write the policy that a domain asks for. */
const POLICY_PROPERTIES = ['policy.published-domain-policy', 'policy.dmarc', 'action'] as const;
const SUBDOMAIN_POLICY_PROPERTY = 'policy.published-subdomain-policy';
// Exchange: "oreject" was overridden by the receiver; "pct.reject" was not asked for this message.
const ENFORCING = /^o?(?:quarantine|reject)$/i;

/** Whether the domain asks to quarantine or refuse what fails. A subdomain may be under a weaker policy of its own. */
function isEnforced(result: MethodResult, domain: string): boolean {
  const policy = POLICY_PROPERTIES.map((name) => propertyOf(result, name)).find((value) => value !== null);
  const own = policy ?? commentTag(result, 'p') ?? commentTag(result, 'policy') ?? '';
  const isSubdomain = organisationalDomain(domain) !== domain;
  const below = isSubdomain ? (propertyOf(result, SUBDOMAIN_POLICY_PROPERTY) ?? commentTag(result, 'sp') ?? own) : own;
  return ENFORCING.test(own) && ENFORCING.test(below);
}

/** "p" of a comment like "p=REJECT sp=NONE dis=NONE" (Gmail, OpenDMARC); rspamd writes "policy=reject". */
function commentTag(result: MethodResult, name: string): string | null {
  const words = result.comments.flatMap((comment) => comment.split(/[\s,;]+/));
  const found = words.find((word) => word.toLowerCase().startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? null;
}

function readDkim(domain: string, dkim: DkimEvidence | null): Authentication {
  const none = (says: string): Authentication => ({ verdict: 'none', by: 'nothing', says });
  if (dkim === null) return none(`nothing proves ${domain}, and its signatures could not be checked`);
  if (dkim.is === 'trouble') return none(`DNS did not say whether the signature of ${domain} is valid: ${dkim.says}`);
  const passed = dkim.signatures.find(({ result }) => result === 'pass');
  if (passed !== undefined)
    return { verdict: 'pass', by: 'dkim', says: `the DKIM signature of ${passed.domain} is valid` };
  const [first] = dkim.signatures;
  return none(
    first === undefined
      ? `nothing proves ${domain}: no DKIM signature of it`
      : `nothing proves ${domain}: its DKIM signature does not count: ${first.says}`,
  );
}
