import type { ContactId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';

/** Hours that a link to set a password is good for, from the attempt to send it: RELIABILITY D14. */
export const LINK_HOURS = 72;

/** Somebody who is to be sent what lets them sign in. */
export interface Invited {
  readonly contactId: ContactId;
  readonly address: EmailAddress;
}

/**
 * Why nothing to sign in with is sent to an address, as sentences; asked in this order. The same holds for links that
 * are on their way, but for the proof: where a link was opened, mail is read.
 */
export const NOT_ENTITLED = {
  not_theirs: 'the address is not theirs any more',
  not_primary: 'it is not their primary address any more',
  not_active: 'the contact is not active',
  unproven: 'nothing proves that they read mail at that address',
} as const;
export type NotEntitled = keyof typeof NOT_ENTITLED;
