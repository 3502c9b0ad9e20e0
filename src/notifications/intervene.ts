import type { Credential, NotificationState } from '../db/schema/notifications.ts';

/** What of a mail's states an operator may try again, and what they should know. */
export const RETRIES: Partial<Record<NotificationState, string>> = {
  failed: 'It is due at once.',
  suppressed: 'It is due at once, whatever kept it back.',
  deferred: 'It is due at once instead of later.',
  uncertain: 'It is due at once. The server may have taken it already: then it arrives twice, with one Message-ID.',
};

/** The server took it: it may have been lost behind that, and whoever sends it again knows that it may arrive twice. */
export const RESENDS: Partial<Record<NotificationState, string>> = {
  sent: 'It is due at once, the same mail: who has it gets it twice, with one Message-ID.',
  bounced: 'It is due at once, the same mail.',
};

export const CANCELLABLE: readonly NotificationState[] = ['queued', 'deferred'];

/** What mail with something to sign in with brings when it is sent again. */
export const NEW_SECRET: Readonly<Record<Credential, string>> = {
  link: 'It will bring a new link; the one it had works no more.',
  password: 'It will bring a new password; the one it had works no more.',
};

/** How the reason of mail begins that has words of an internal note: it is held again, unless an operator lets it pass. */
export const HELD_BACK = 'held back';
