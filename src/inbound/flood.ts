import { rateLimitKey } from '../mail/address.ts';
import type { SenderMatch } from './facts.ts';

/** The tickets that mail of one address has opened in a mailbox since a moment; an hour later they count no more. */
export interface OpenedTickets {
  readonly count: number;
  readonly since: Date;
}

const HOUR_MS = 3_600_000;

/**
 * Under what the tickets of a sender are counted (RELIABILITY G10); null: they are not. What the staff forward is theirs,
 * and whoever cannot be told from others is held by other rules.
 */
export const floodKey = (sender: SenderMatch): string | null =>
  sender.is === 'contact' || sender.is === 'unknown' || sender.is === 'erased' ? rateLimitKey(sender.address) : null;

/** An hour that begins so far ahead was counted by a clock that was wrong. */
const isOver = ({ since }: OpenedTickets, now: Date): boolean => Math.abs(now.getTime() - since.getTime()) >= HOUR_MS;

/** How many count now. */
export const countOpened = (opened: OpenedTickets | null, now: Date): number =>
  opened === null || isOver(opened, now) ? 0 : opened.count;

/** With one more. Pure: the hour begins with its first ticket, so that no hour that begins with one has more. */
export const oneMoreOpened = (before: OpenedTickets | null, now: Date): OpenedTickets =>
  before === null || isOver(before, now) ? { count: 1, since: now } : { ...before, count: before.count + 1 };
