import type { MailboxId } from '../db/ids.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { findFlip, isKept } from './flip.ts';
import type { Fate } from './held-store.ts';

/** What waits for a person for one reason in one mailbox. */
export interface HeldGroup {
  readonly mailboxId: MailboxId;
  readonly status: 'held' | 'quarantined';
  readonly reason: string;
  readonly count: number;
  /** When the oldest of them came. */
  readonly oldestAt: Date;
}

const HOUR_MS = 3_600_000;

/** Whether mail of a mailbox that came at this moment has waited longer for a person than it should (RELIABILITY D15). */
export function isOverdue(mailboxId: MailboxId, receivedAt: Date, settings: Settings, now: Date): boolean {
  const scope = { mailboxId, customerId: null, contactId: null };
  const hours = Number(resolveToggle(settings, 'held_alarm_hours', scope).value);
  return hours > 0 && now.getTime() - receivedAt.getTime() > hours * HOUR_MS;
}

/** The command that lets a message go on that waits, and whether a toggle would have let it through (FEATURES B-02). */
export function releaseOf(
  id: number,
  facts: Facts,
  settings: Settings,
): { readonly command: string; readonly isByToggle: boolean } {
  const flip = isKept(decide(facts, settings)) ? findFlip(facts, settings) : [];
  const choices = flip?.map(({ toggle, value }) => ` --with ${toggle}=${value}`).join('') ?? ' --anyway';
  return { command: `deskbell process ${id}${choices}`, isByToggle: flip !== null };
}

/** Why there is nothing to say about a message: it waits for nobody, or not any more. One sentence. */
export function fateWords(id: number, fate: Fate | null): string {
  if (fate === null) return `There is no message ${id}.`;
  const { status, verdict, ticketNumber, released, releasedBy } = fate;
  const who = releasedBy ?? released?.by ?? '';
  const when = released === null ? '' : ` on ${released.at.slice(0, 16).replace('T', ' ')}Z`;
  if (status === 'received' && released !== null) {
    const what = (released.attachTo ?? null) === null ? 'let it go on' : 'put it into a ticket';
    return `Message ${id} waits no more: ${who} ${what}${when}.`;
  }
  if (status === 'received') return `Message ${id} has not been read yet.`;
  if (verdict === 'ignored' && (released?.because ?? null) !== null) {
    return `Message ${id} waits no more: ${who} rejected it${when}: ${released?.because ?? ''}`;
  }
  const where = ticketNumber === null ? (verdict ?? status).replaceAll('_', ' ') : `in ticket ${ticketNumber}`;
  const how = released === null ? '' : `; ${who} let it go on${when}`;
  return `Message ${id} does not wait for a person: it is ${where}${how}.`;
}
