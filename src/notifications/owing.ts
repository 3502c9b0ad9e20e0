import { sha256 } from '../lib/crypto.ts';
import type { ContactId, MailboxId, OperatorId } from '../db/ids.ts';
import type { NewEvent } from '../events/store.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { PlannedNotification } from './model.ts';

/** An event that may owe mail, and how it came about. */
export interface Owing {
  readonly event: NewEvent;
  /** What makes its mail the same mail when it is planned again: the content key of the mail that caused it; null: the event itself. */
  readonly key: Uint8Array | null;
  /** Who wrote it by mail: they are not told (FEATURES N-02). null: as the event and its entry have it. */
  readonly author: Author | null;
  /** `staff`: the others have been told, or nobody but the author takes part. */
  readonly tells: 'everybody' | 'staff';
  /** Comes out of a backlog: others go first. */
  readonly isLate: boolean;
}

/** Somebody by whom they are known; more than one of these may be known. */
export interface Author {
  readonly address: EmailAddress | null;
  /** Who they are as a contact. */
  readonly personId: ContactId | null;
  readonly operatorId: OperatorId | null;
}

/** What is owed, and the settings it was planned by. */
export interface Owed {
  readonly planned: readonly PlannedNotification[];
  readonly settings: Settings;
}

export const NOTHING_OWED: Owed = { planned: [], settings: new Map() };

/** How an operator's or the desk's own doing owes mail. */
export const owingOf = (event: NewEvent): Owing => ({
  event,
  key: null,
  author: null,
  tells: 'everybody',
  isLate: false,
});

/** Makes the mail of an event the same whenever it is planned: `more` tells it from one of that number after a restore. */
export const eventKey = (...more: readonly unknown[]): Buffer =>
  sha256(Buffer.from(JSON.stringify(['event', ...more])));

/** The words in which the desk writes to somebody: their own language, else the desk's; and the time it tells. */
export function wordsOf(
  settings: Settings,
  mailboxId: MailboxId,
): { readonly localeOf: (own: string | null) => string; readonly timeZone: string } {
  const scope = { mailboxId, customerId: null, contactId: null };
  const { value: language } = resolveToggle(settings, 'language', scope);
  return { localeOf: (own) => own ?? language, timeZone: resolveToggle(settings, 'time_zone', scope).value };
}

/** An operator's number out of the name that records give them; null: it is no operator. */
export const operatorOf = (label: string): OperatorId | null =>
  numberIn(/^operator:(\d+)$/, label) as OperatorId | null;

/** The same of a contact. */
export const contactOf = (label: string): ContactId | null => numberIn(/^contact:(\d+)$/, label) as ContactId | null;

const numberIn = (pattern: RegExp, label: string): number | null => {
  const found = pattern.exec(label)?.[1];
  return found === undefined ? null : Number(found);
};
