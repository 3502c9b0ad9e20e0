import type { Queryable } from '../db/client.ts';
import type { ContactId, OperatorId, TeamId, TicketEntryId, TicketId } from '../db/ids.ts';
import { EVENTS } from '../events/catalogue.ts';
import type { EmailAddress } from '../mail/address.ts';
import { parseAddress } from '../mail/address.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import type { TicketAudienceRow } from '../tickets/participant-store.ts';
import { listAudiences, listHouses } from '../tickets/participant-store.ts';
import type { Candidate } from './audience.ts';
import { answersAuthor, candidatesOf, isAuthor, refusalOf, saysEntry } from './audience.ts';
import type { AudienceMember, EventDetail, PlannedNotification, TellableEvent } from './model.ts';
import { findMutes } from './mute-store.ts';
import type { Mute } from './mutes.ts';
import type { Thread, ToldEntry, ToldTicket } from './owe-store.ts';
import { findPersons, listThreads, listToldEntries, listToldTickets } from './owe-store.ts';
import type { Author, Owed, Owing } from './owing.ts';
import { contactOf, eventKey, NOTHING_OWED, operatorOf, wordsOf } from './owing.ts';
import { personKey, planRule, withinLimit } from './plan.ts';
import type { NotificationRule } from './rules.ts';
import { isForStaff, rulesOf } from './rules.ts';
import type { StaffMember, WorkedOn } from './staff-rules.ts';

/** Whom an assignment gave a ticket to. */
type Given = NonNullable<WorkedOn['given']>;

/** An event of a ticket, and whom its rules name. */
interface Named {
  readonly owing: Owing;
  readonly ticket: ToldTicket;
  readonly given: Given | null;
  readonly rules: readonly { readonly rule: NotificationRule; readonly candidates: readonly Candidate[] }[];
}

/** All that planning looks at, read once for all events. */
interface Known {
  readonly staff: readonly StaffMember[];
  readonly mailboxes: readonly Mailbox[];
  readonly entries: ReadonlyMap<TicketEntryId, ToldEntry>;
  readonly persons: ReadonlyMap<ContactId, ContactId>;
  /** By `threadKey`. */
  readonly threads: ReadonlyMap<string, Thread>;
  readonly mutes: readonly Mute[];
  readonly settings: Settings;
}

/**
 * What events of tickets owe to whom: a handful of statements, however many events there are, and two where nobody has to
 * be told. Where all whom a rule names are the author, nothing is planned: who writes to a ticket of their own is told
 * nothing, and a row for each such mail would say only that. Words that customers do not see are told to the staff alone,
 * and no row keeps them for others: an operator could send it.
 */
export async function planTicketEvents(
  db: Queryable,
  owings: readonly Owing[],
  staff: readonly StaffMember[],
): Promise<Owed> {
  const named = await nameAll(db, owings, staff);
  if (named.length === 0) return NOTHING_OWED;
  const known = await loadKnown(db, named, staff);
  return { planned: named.flatMap((one) => planOne(one, known)), settings: known.settings };
}

async function nameAll(
  db: Queryable,
  owings: readonly Owing[],
  staff: readonly StaffMember[],
): Promise<readonly Named[]> {
  const asked = owings
    .map((owing) => ({ owing, rules: rulesOf(owing.event.kind).filter((rule) => mayTell(rule, owing, staff)) }))
    .filter(({ rules }) => rules.length > 0);
  const idsOf = (which: (owing: Owing) => boolean): TicketId[] => [
    ...new Set(asked.flatMap(({ owing }) => (which(owing) ? (owing.event.ticketId ?? []) : []))),
  ];
  if (asked.length === 0) return [];
  const [tickets, people, houses] = await Promise.all([
    listToldTickets(
      db,
      idsOf(() => true),
    ),
    listIfAny(
      idsOf(({ tells }) => tells === 'everybody'),
      (ids) => listAudiences(db, ids),
    ),
    listIfAny(
      idsOf(
        ({ event: { notify } }) => notify !== undefined && (notify.includes('team') || notify.includes('customer')),
      ),
      (ids) => listHouses(db, ids),
    ),
  ]);
  const rowsOf = Map.groupBy([...people, ...houses], ({ ticketId }) => ticketId);
  return asked.flatMap(({ owing, rules }): readonly Named[] => {
    const { event } = owing;
    const ticket = tickets.find(({ id }) => id === event.ticketId);
    if (ticket === undefined) throw new Error(`event ${event.kind}: ticket ${event.ticketId} is gone`);
    const given = event.kind === 'ticket_assigned' ? givenBy(event.payload) : null;
    const isAtWork = staff.some(({ id }) => id === ticket.assigneeId);
    const worked = { ...ticket, assigneeId: isAtWork ? ticket.assigneeId : null, given };
    const named = rules.map((rule) => ({
      rule,
      candidates: candidatesOf(rule, event, rowsOf.get(ticket.id) ?? [], staff, worked),
    }));
    const some = named.filter(({ candidates }) => candidates.length > 0);
    return some.length === 0 ? [] : [{ owing, ticket, given, rules: some }];
  });
}

const mayTell = (rule: NotificationRule, { tells }: Owing, staff: readonly StaffMember[]): boolean =>
  isForStaff(rule) ? staff.length > 0 : tells === 'everybody';

const listIfAny = async (
  ids: readonly TicketId[],
  list: (ids: readonly TicketId[]) => Promise<readonly TicketAudienceRow[]>,
): Promise<readonly TicketAudienceRow[]> => (ids.length === 0 ? [] : list(ids));

const givenBy = (payload: unknown): Given => {
  const { assigneeId, teamId } = EVENTS.ticket_assigned.payload.parse(payload);
  return { assigneeId: assigneeId as OperatorId | null, teamId: teamId as TeamId | null };
};

async function loadKnown(db: Queryable, named: readonly Named[], staff: readonly StaffMember[]): Promise<Known> {
  const candidates = named.flatMap(({ rules }) => rules.flatMap((one) => one.candidates));
  const told = new Map(
    named.flatMap(({ ticket: { id: ticketId }, rules }) =>
      rules.flatMap(({ candidates: people }) =>
        people.map(({ address: recipient }) => [threadKey(ticketId, recipient), { ticketId, recipient }] as const),
      ),
    ),
  );
  const who = {
    personIds: [...new Set(candidates.flatMap(({ personId }) => personId ?? []))],
    addresses: [...new Set(candidates.map(({ address }) => address))],
  };
  const [mailboxes, entries, threads, mutes, settings] = await Promise.all([
    listMailboxes(db),
    listToldEntries(
      db,
      named.flatMap(({ owing }) => owing.event.entryId ?? []),
    ),
    listThreads(db, [...told.values()]),
    findMutes(db, [...new Set(named.map(({ ticket }) => ticket.id))], who.personIds, who.addresses),
    loadSettings(db, [...new Set(named.flatMap(({ ticket }) => ticket.customerId ?? []))], who.personIds),
  ]);
  const labels = [
    ...named.flatMap(({ owing }) => (owing.author === null ? [owing.event.actor] : [])),
    ...entries.map(({ author }) => author),
  ];
  return {
    staff,
    mailboxes,
    entries: new Map(entries.map((entry) => [entry.id, entry])),
    persons: await findPersons(db, [...new Set(labels.flatMap((label) => contactOf(label) ?? []))]),
    threads: new Map(threads.map((thread) => [threadKey(thread.ticketId, thread.recipient), thread])),
    mutes,
    settings: settingsOf(settings),
  };
}

function planOne({ owing, ticket, given, rules }: Named, known: Known): readonly PlannedNotification[] {
  const { event } = owing;
  const { mailboxes, settings, entries, mutes, threads } = known;
  const mailbox = mailboxes.find(({ id }) => id === ticket.mailboxId);
  if (mailbox === undefined) throw new Error(`event ${event.kind}: mailbox ${ticket.mailboxId} is gone`);
  const entry = owing.entry ?? (event.entryId === null ? null : (entries.get(event.entryId) ?? null));
  const { localeOf, timeZone } = wordsOf(settings, mailbox.id);
  const told: TellableEvent = {
    id: event.id,
    kind: event.kind,
    // The number alone would come again after a restore that lost commits, and with it a Message-ID that receivers know.
    key: owing.key ?? eventKey(event.id, entry?.at ?? null, entry?.text ?? null),
    mailbox,
    ticket,
    entry,
    detail: given === null ? null : detailOf(given, ticket, entry?.authorName ?? ''),
    timeZone,
    isLate: owing.isLate,
  };
  const entrysAuthor = entry === null ? null : (owing.author ?? authorOf(entry.author, known));
  const did = owing.author ?? authorOf(event.actor, known);
  const scope = { mailboxId: mailbox.id, customerId: ticket.customerId };
  const heard = new Map<string, string>();
  return rules.flatMap(({ rule, candidates }) => {
    const wrote = saysEntry(rule) ? entrysAuthor : null;
    const by = answersAuthor(rule) ? { wrote: null, did: null } : { wrote, did };
    const isOwn = candidates.every((one) => isAuthor(one, by.wrote) || isAuthor(one, by.did));
    const isHidden = !isForStaff(rule) && saysEntry(rule) && entry?.visibility !== 'everybody';
    if (isOwn || isHidden) return [];
    const against = {
      event,
      ...by,
      mutes,
      requesterId: ticket.personId,
      told: heard,
      isDesk: deskAddressTest(mailboxes),
      settings,
    };
    const audience = candidates.map(({ status: _status, ...one }, index): AudienceMember => {
      const of = { ...against, scope: { ...scope, contactId: one.contactId } };
      const refusal = refusalOf(candidates[index] as Candidate, rule, of, personKey(one));
      const { inReplyTo, references } = threads.get(threadKey(ticket.id, one.address)) ?? NO_THREAD;
      return { ...one, locale: localeOf(one.locale), refusal, inReplyTo, references };
    });
    const planned = planRule(rule, told, audience);
    if (isForStaff(rule)) return planned;
    const { value } = resolveToggle(settings, 'recipients_per_event', { ...scope, contactId: null });
    const limited = withinLimit(planned, Number(value));
    for (const one of limited)
      if (one.refusal === null) heard.set(personKey({ ...one, address: one.recipient }), one.because);
    return limited;
  });
}

const threadKey = (ticketId: TicketId, recipient: EmailAddress): string => `${ticketId} ${recipient}`;

const NO_THREAD = { inReplyTo: null, references: [] } as const;

/** Whoever has it now, and the team where it has nobody. */
const detailOf = ({ assigneeId }: Given, { team }: ToldTicket, by: string): EventDetail => ({
  is: 'assigned',
  by,
  team: assigneeId === null ? team : null,
});

/** Whom a record names; null: the desk itself, or nobody who is told of anything. */
function authorOf(label: string, { staff, persons }: Known): Author | null {
  const [contactId, operatorId] = [contactOf(label), operatorOf(label)];
  if (contactId !== null) return { address: null, personId: persons.get(contactId) ?? contactId, operatorId: null };
  if (operatorId !== null) {
    const operator = staff.find(({ id }) => id === operatorId);
    return { address: operator?.address ?? null, personId: operator?.personId ?? null, operatorId };
  }
  const address = label.startsWith('mail:') ? parseAddress(label.slice('mail:'.length)) : null;
  return address === null ? null : { address, personId: null, operatorId: null };
}
