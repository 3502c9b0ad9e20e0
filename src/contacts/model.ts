import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';

/** A contact as mail needs to know them: where they are merged into another, that one stands for them. */
export interface KnownContact {
  readonly id: ContactId;
  /** Whose address it is: another than `id` while they are merged. What mail makes is recorded as theirs. */
  readonly ownerId: ContactId;
  readonly customerId: CustomerId;
  readonly name: string;
  /** The company and the name of the owner: with them it is recorded, so that un-merging needs to mend no record. */
  readonly ownerCustomerId: CustomerId;
  readonly ownerName: string;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
}

/** May this contact open tickets? The dated deactivation ends by itself (FEATURES P-06). */
export function isActive(contact: Pick<KnownContact, 'status' | 'deactivatedUntil'>, now: Date): boolean {
  if (contact.status === 'active') return true;
  return contact.status === 'deactivated_until' && contact.deactivatedUntil !== null && contact.deactivatedUntil <= now;
}

/**
 * First and last name out of a display name: "Ana Lima", or "Lima, Ana". What cannot be told apart is a last name.
 *
 * @param displayName already cleaned for show; may be empty
 */
export function splitName(displayName: string): { readonly firstName: string; readonly lastName: string } {
  const name = displayName.trim().replace(/\s+/g, ' ').slice(0, 200);
  const reversed = /^([^,]+), ([^,]+)$/.exec(name);
  if (reversed !== null) return { firstName: reversed[2] ?? '', lastName: reversed[1] ?? '' };
  const space = name.lastIndexOf(' ');
  return space < 0
    ? { firstName: '', lastName: name }
    : { firstName: name.slice(0, space), lastName: name.slice(space + 1) };
}

/** Domains whose addresses belong to anybody: they never say which company somebody is of (FEATURES T-03). */
export const PUBLIC_MAIL_DOMAINS: ReadonlySet<string> = new Set([
  'aol.com',
  'bluewin.ch',
  'comcast.net',
  'fastmail.com',
  'free.fr',
  'freenet.de',
  'gmail.com',
  'gmx.at',
  'gmx.ch',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'googlemail.com',
  'hey.com',
  'hotmail.co.uk',
  'hotmail.com',
  'hotmail.de',
  'hotmail.fr',
  'hotmail.it',
  'icloud.com',
  'laposte.net',
  'libero.it',
  'live.com',
  'live.de',
  'mac.com',
  'mail.com',
  'mail.de',
  'mail.ru',
  'mailbox.org',
  'me.com',
  'msn.com',
  'naver.com',
  'orange.fr',
  'outlook.com',
  'outlook.de',
  'outlook.fr',
  'posteo.de',
  'proton.me',
  'protonmail.com',
  'qq.com',
  'rediffmail.com',
  'seznam.cz',
  't-online.de',
  'tuta.com',
  'tutanota.com',
  'uol.com.br',
  'virgilio.it',
  'wanadoo.fr',
  'web.de',
  'wp.pl',
  'yahoo.co.jp',
  'yahoo.co.uk',
  'yahoo.com',
  'yahoo.de',
  'yahoo.fr',
  'yandex.com',
  'yandex.ru',
  'ymail.com',
  'zoho.com',
  '126.com',
  '163.com',
]);
