import { LIFECYCLE } from '../contacts/model.ts';
import type { ContactId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { AudienceRole } from '../events/audience.ts';
import { becauseOf, NOT_CHOSEN, TICKET_ROLES } from '../events/audience.ts';
import type { NewEvent } from '../events/store.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Settings, ToggleScope } from '../settings/resolve.ts';
import type { AudienceRow } from '../tickets/participant-store.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import type { Mute } from './mutes.ts';
import { whyMuted } from './mutes.ts';
import type { Author } from './owing.ts';
import type { NotificationRule } from './rules.ts';
import { isForStaff, whySwitchedOff } from './rules.ts';
import type { StaffMember, WorkedOn } from './staff-rules.ts';
import { hearersOf } from './staff-rules.ts';

/** Somebody whom a rule names, before it is asked whether they may be told. */
export interface Candidate {
  readonly role: AudienceRole;
  readonly because: string;
  readonly contactId: ContactId | null;
  /** Who they are as a contact; of the staff too. */
  readonly personId: ContactId | null;
  readonly name: string;
  readonly address: EmailAddress;
  readonly locale: string | null;
  readonly status: ContactStatus;
}

/** Whom a rule names of an event. Pure. */
export function candidatesOf(
  rule: NotificationRule,
  event: NewEvent,
  rows: readonly AudienceRow[],
  staff: readonly StaffMember[],
  ticket: WorkedOn & { readonly team: string | null },
): readonly Candidate[] {
  if (isForStaff(rule)) {
    return hearersOf(rule.kind, staff, ticket).map(({ operator, role }) => staffCandidate(operator, role, ticket.team));
  }
  const roles = event.notify ?? TICKET_ROLES;
  return (
    rows
      // Everybody who takes part, and of the others those who were chosen.
      .filter(({ role }) => rule.audience.includes(role) && (isOfTicket(role) || roles.includes(role)))
      .filter((row) => rule.kind !== 'participant_added' || isAbout(row, event.contactId))
      .map(({ role, of, contactId, name, address, locale, status }) => ({
        ...{ role, because: becauseOf(role, of), contactId, personId: contactId, name, address, locale, status },
      }))
  );
}

const isOfTicket = (role: AudienceRole): boolean => TICKET_ROLES.some((one) => one === role);

const isAbout = ({ contactId, ownerId }: AudienceRow, id: ContactId | null): boolean =>
  id !== null && (contactId === id || ownerId === id);

/** One of the staff, as whoever is told. */
export function staffCandidate(operator: StaffMember, role: AudienceRole, team: string | null): Candidate {
  const { personId, name, address, locale } = operator;
  const because = becauseOf(role, role === 'team' ? team : null);
  return { role, because, contactId: null, personId, name, address, locale, status: 'active' };
}

/** What is known about why somebody may not be told. */
export interface Against {
  readonly event: NewEvent;
  /** Who wrote the entry, and who made the event happen. */
  readonly wrote: Author | null;
  readonly did: Author | null;
  readonly mutes: readonly Mute[];
  /** Whose ticket it is; null: nobody's we know, or there is no ticket. */
  readonly requesterId: ContactId | null;
  /** Who is told of the same event by another mail: by personKey. */
  readonly told: ReadonlyMap<string, string>;
  readonly isDesk: (address: EmailAddress) => boolean;
  readonly settings: Settings;
  readonly scope: ToggleScope;
}

/** Why somebody must not be told, as a sentence; null: nothing is against it. What decides first is said. Pure. */
export function refusalOf(candidate: Candidate, rule: NotificationRule, against: Against, key: string): string | null {
  const { event, settings, scope, isDesk, told } = against;
  if (isAuthor(candidate, against.wrote)) return 'they wrote it';
  if (isAuthor(candidate, against.did)) return 'they did it themselves';
  if (!isForStaff(rule)) {
    if (event.notify?.includes(candidate.role) === false) return NOT_CHOSEN;
    // The reason of an event is that of its mail to customers.
    if (event.refusal !== undefined && event.refusal !== null) return event.refusal;
  }
  const standing = LIFECYCLE[candidate.status];
  if (!standing[rule.reaches]) return standing.refusal;
  if (isDesk(candidate.address)) return 'the address is one of the desk';
  const other = told.get(key);
  if (other !== undefined) return `they are told as ${other}`;
  const isTheirs = against.requesterId !== null && candidate.personId === against.requesterId;
  const muted =
    event.ticketId === null
      ? null
      : whyMuted(against.mutes, { ...candidate, kind: rule.kind, ticketId: event.ticketId, isTheirs });
  return muted ?? whySwitchedOff(rule.toggle, settings, scope);
}

/** Whether it is they, by any of the ways in which the author is known. */
export function isAuthor(
  { address, personId }: Pick<Candidate, 'address' | 'personId'>,
  author: Author | null,
): boolean {
  if (author === null) return false;
  return address === author.address || (personId !== null && personId === author.personId);
}

/** Whether the mail of a rule says what somebody wrote. */
export const saysEntry = ({ kind }: NotificationRule): boolean => 'entry' in MAIL_KINDS[kind].example;

/** Whether its mail is the answer to whoever made the event happen, as an acknowledgement is. */
export const answersAuthor = ({ kind }: NotificationRule): boolean => MAIL_KINDS[kind].origin === 'auto_replied';
