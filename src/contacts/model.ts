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
  /** The language of their mail, theirs or their company's; null: neither has one. */
  readonly locale: string | null;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
  /** The address they are known by here has been proven to be read by them. */
  readonly isVerified: boolean;
}

/** How a contact stands now: the dated deactivation ends by itself, at the very moment of its date (FEATURES P-06). */
export function effectiveStatus(
  { status, deactivatedUntil }: Pick<KnownContact, 'status' | 'deactivatedUntil'>,
  now: Date,
): ContactStatus {
  const isOver = status === 'deactivated_until' && deactivatedUntil !== null && deactivatedUntil <= now;
  return isOver ? 'active' : status;
}

/** A contact's row as it is to be shown: with the status that holds now. */
export function asOfNow<Row extends Pick<KnownContact, 'status' | 'deactivatedUntil'>>(row: Row, now: Date): Row {
  const status = effectiveStatus(row, now);
  return { ...row, status, deactivatedUntil: status === 'deactivated_until' ? row.deactivatedUntil : null };
}

/** What a list of contacts can be asked for; the merged stand in no list but their own. */
export const CONTACT_LIST_STATUSES = ['active', 'deactivated', 'deactivated_until', 'deleted', 'merged'] as const;
export type ContactListStatus = (typeof CONTACT_LIST_STATUSES)[number];

/** May this contact open tickets? */
export const isActive = (contact: Pick<KnownContact, 'status' | 'deactivatedUntil'>, now: Date): boolean =>
  LIFECYCLE[effectiveStatus(contact, now)].opensTickets;

/** What a status means, wherever it is asked. */
export interface Standing {
  /** New tickets, on every channel: by mail, where it is held instead; in the portal; by an operator's hand. */
  readonly opensTickets: boolean;
  /** Their replies join tickets they take part in, and reopen those that may be reopened (FEATURES P-08). */
  readonly joinsTickets: boolean;
  /** The portal lets them in: to follow their tickets and answer them. */
  readonly usesPortal: boolean;
  /** Acknowledgements and other notifications that no person writes. */
  readonly getsAutomaticMail: boolean;
  /** What operators write to a ticket they take part in. */
  readonly getsAnswers: boolean;
  /** Their tickets stay as they are, and others go on in them. */
  readonly ticketsStay: true;
  /** Why they are not told, as a sentence; null: they are. */
  readonly refusal: string | null;
}

const NOT_ACTIVE: Standing = {
  opensTickets: false,
  joinsTickets: true,
  usesPortal: true,
  getsAutomaticMail: false,
  getsAnswers: true,
  ticketsStay: true,
  refusal: 'the contact is not active',
};

/** By the effective status (FEATURES P-06 and P-07). Not active is one thing, with a date or without. */
export const LIFECYCLE: Readonly<Record<ContactStatus, Standing>> = {
  active: {
    opensTickets: true,
    joinsTickets: true,
    usesPortal: true,
    getsAutomaticMail: true,
    getsAnswers: true,
    ticketsStay: true,
    refusal: null,
  },
  deactivated: NOT_ACTIVE,
  deactivated_until: NOT_ACTIVE,
  // Mail from a tombstone is held even where it answers a ticket with our token: nobody knows any more whose it was.
  deleted: {
    opensTickets: false,
    joinsTickets: false,
    usesPortal: false,
    getsAutomaticMail: false,
    getsAnswers: false,
    ticketsStay: true,
    refusal: 'the contact was deleted',
  },
};

/** What stands where the name or address of an erased person stood. */
export const DELETED_CONTACT = 'deleted contact';

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
