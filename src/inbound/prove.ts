import { authenticate, troubleOf } from '../mail/authenticate.ts';
import type { TxtResolver } from '../mail/dkim.ts';
import { gatherEvidence } from './authenticate.ts';
import type { Authenticate } from './read.ts';

/** Proves senders by the provider's word or by their signatures; DNS trouble waits as long as the message may. */
export function createAuthenticate(resolver: TxtResolver): Authenticate {
  return async (mailbox, { arrivedAt, ...message }, mayWait) => {
    const evidence = await gatherEvidence({ resolver, now: arrivedAt }, mailbox, message);
    if (mayWait && troubleOf(evidence) !== null) return 'wait';
    const { verdict, says } = authenticate(message.sender, evidence);
    return { verdict, says };
  };
}
