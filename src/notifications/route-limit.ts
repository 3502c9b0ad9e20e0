import type { MailboxId } from '../db/ids.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';

/** What may be claimed for a route now. */
export interface Share {
  /** How many it has room for. */
  readonly room: number;
  /** How many may go in a minute, whichever worker sends them; 0: as many as there are. */
  readonly perMinute: number;
}

/** So many may go at once of what a minute allows: a provider that counts seconds sees no more. */
export const burstOf = (perMinute: number): number => Math.max(1, Math.floor(perMinute / 12));

/** How many mails a minute a mailbox may send; 0: no limit. */
export const perMinuteOf = (settings: Settings, mailboxId: MailboxId): number =>
  Number(resolveToggle(settings, 'mails_per_route_minute', { mailboxId, customerId: null, contactId: null }).value);

/** The same of many. */
export const limitsOf = (settings: Settings, mailboxIds: readonly MailboxId[]): ReadonlyMap<MailboxId, number> =>
  new Map(mailboxIds.map((id) => [id, perMinuteOf(settings, id)]));
