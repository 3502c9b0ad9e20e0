import { readResults } from '../mail/authenticate.ts';
import type { Evidence } from '../mail/authenticate.ts';
import { domainOf } from '../mail/address.ts';
import { checkDkim } from '../mail/dkim.ts';
import type { TxtResolver } from '../mail/dkim.ts';
import type { HeaderField } from '../mail/parsed-message.ts';
import type { Sender } from '../mail/sender.ts';
import { trustedResults } from '../mail/trusted-results.ts';

/** What a mailbox says of the checking of senders. */
export interface SenderChecks {
  /** `off` asks no DNS and believes no header: nobody is proven. */
  readonly authentication: 'check' | 'off';
  /** Names under which our own provider writes Authentication-Results. */
  readonly authservIds: readonly string[];
}

/**
 * Gathers what there is to know of who really wrote a message, before any transaction: DNS may be asked. It is asked
 * only if the provider's results settle nothing and the sender's organisation signed.
 *
 * @param message `bytes` as received, or null if they were not fetched whole
 * @param deps `now`: when the message arrived
 * @returns with `troubleOf` not null, DNS gave no answer: it may later, and until then this counts as nothing proven
 */
export async function gatherEvidence(
  deps: { readonly resolver: TxtResolver; readonly now: Date },
  mailbox: SenderChecks,
  message: { readonly headers: readonly HeaderField[]; readonly bytes: Buffer | null; readonly sender: Sender },
): Promise<Evidence> {
  if (mailbox.authentication === 'off') return { is: 'off' };
  const { headers, bytes, sender } = message;
  const results = trustedResults(headers, mailbox.authservIds);
  const domain = sender.is === 'address' ? domainOf(sender.address) : null;
  const isSettled = domain === null || readResults(domain, results) !== null;
  if (isSettled || bytes === null) return { is: 'gathered', results, dkim: null };
  return { is: 'gathered', results, dkim: await checkDkim(bytes, domain, deps.resolver, deps.now) };
}
