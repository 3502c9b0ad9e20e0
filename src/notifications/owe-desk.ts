import type { Queryable } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import type { EventKind, EventPayload } from '../events/catalogue.ts';
import { EVENTS } from '../events/catalogue.ts';
import type { NewEvent } from '../events/store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { refusalOf, staffCandidate } from './audience.ts';
import type { EventDetail } from './model.ts';
import type { TroubledMail } from './owe-store.ts';
import { findSenders, listTroubledMails } from './owe-store.ts';
import type { Owed, Owing } from './owing.ts';
import { eventKey, NOTHING_OWED, wordsOf } from './owing.ts';
import { planRule } from './plan.ts';
import { rulesOf } from './rules.ts';
import type { StaffMember } from './staff-rules.ts';
import { hearersOf } from './staff-rules.ts';

type DeskEvent = { [Kind in EventKind]: (typeof EVENTS)[Kind]['about'] extends 'desk' ? Kind : never }[EventKind];

/** What the names in a payload stand for. */
interface Found {
  readonly mailboxes: readonly Mailbox[];
  readonly mails: readonly TroubledMail[];
  readonly senders: ReadonlyMap<number, string>;
}

/** What an event of the desk says, and which mailbox it is about; null: that is there no more. */
interface Said {
  readonly detail: EventDetail;
  readonly about: Mailbox | undefined;
}

/** For each event of the desk what its mail says. */
const SAYS: { readonly [Kind in DeskEvent]: (payload: EventPayload<Kind>, found: Found) => Said | null } = {
  held_mail_waits: ({ mailboxId, waiting, oldestAt }, { mailboxes }) => ({
    detail: { is: 'held', waiting, oldestAt: new Date(oldestAt) },
    about: mailboxes.find(({ id }) => id === mailboxId),
  }),
  flood_began: ({ mailboxId, inboundId, limit }, { mailboxes, senders }) => ({
    detail: { is: 'flood', sender: senders.get(inboundId) ?? 'an unknown sender', limit, messageId: inboundId },
    about: mailboxes.find(({ id }) => id === mailboxId),
  }),
  breaker_opened: ({ mailboxId, toggle, limit }, { mailboxes }) => ({
    detail: { is: 'breaker', toggle, limit },
    about: mailboxes.find(({ id }) => id === mailboxId),
  }),
  mailbox_unhealthy: ({ mailboxId, problem, since }, { mailboxes }) => {
    const about = mailboxes.find(({ id }) => id === mailboxId);
    if (about === undefined) return null;
    return { detail: { is: 'mailbox', address: about.address, problem, since: new Date(since) }, about };
  },
  delivery_delayed: troubled,
  delivery_failed: troubled,
};

function troubled(
  { notificationId, others }: EventPayload<'delivery_failed'>,
  { mails, mailboxes }: Found,
): Said | null {
  const mail = mails.find(({ id }) => id === notificationId);
  if (mail === undefined) return null;
  const { mailboxId, ...says } = mail;
  const said = others === 0 ? says.said : `${says.said} (and ${others} more of this mailbox have the same trouble)`;
  return { detail: { is: 'mail', ...says, said }, about: mailboxes.find(({ id }) => id === mailboxId) };
}

/** The mail to the admins of what is wrong with the desk itself. */
export async function planDeskEvents(
  db: Queryable,
  owings: readonly Owing[],
  staff: readonly StaffMember[],
): Promise<Owed> {
  const admins = hearersOf('held_mail_waits', staff, NO_TICKET);
  if (owings.length === 0 || admins.length === 0) return NOTHING_OWED;
  const events = owings.map(({ event }) => event);
  const [mailboxes, mails, senders, settings] = await Promise.all([
    listMailboxes(db),
    listTroubledMails(db, numbersIn(events, 'notificationId') as NotificationId[]),
    findSenders(db, numbersIn(events, 'inboundId')),
    loadSettings(db, [], []),
  ]);
  const known = settingsOf(settings);
  const isDesk = deskAddressTest(mailboxes);
  const planned = events.flatMap((event) => {
    const kind = event.kind as DeskEvent;
    const said = saidBy(kind, event.payload, { mailboxes, mails, senders });
    if (said === null) return [];
    const mailbox = senderOf(kind, said.about, mailboxes);
    if (mailbox === undefined) return [];
    const { localeOf, timeZone } = wordsOf(known, mailbox.id);
    const scope = { mailboxId: said.about?.id ?? mailbox.id, customerId: null, contactId: null };
    const nothing = { wrote: null, did: null, mutes: [], requesterId: null, told: new Map<string, string>() };
    const against = { ...nothing, event, settings: known, scope, isDesk };
    const key = eventKey(event.id, event.payload ?? null);
    const about = { id: event.id, kind, key, mailbox, ticket: null, entry: null, isLate: false, timeZone };
    return rulesOf(kind).flatMap((rule) => {
      const audience = hearersOf(rule.kind, staff, NO_TICKET).map(({ operator, role }) => {
        const { status, ...candidate } = staffCandidate(operator, role, null);
        const refusal = refusalOf({ ...candidate, status }, rule, against, '');
        return { ...candidate, locale: localeOf(candidate.locale), refusal, inReplyTo: null, references: [] };
      });
      return planRule(rule, { ...about, detail: said.detail }, audience);
    });
  });
  return { planned, settings: known };
}

const NO_TICKET = { assigneeId: null, teamId: null, given: null } as const;

/** A bug where the payload is none of its kind. */
function saidBy<Kind extends DeskEvent>(kind: Kind, payload: unknown, found: Found): Said | null {
  const read = EVENTS[kind].payload.parse(payload) as EventPayload<Kind>;
  return SAYS[kind](read, found);
}

/** From the mailbox it is about; what is wrong with a mailbox is told by another one, where there is one at work. */
function senderOf(kind: DeskEvent, about: Mailbox | undefined, mailboxes: readonly Mailbox[]): Mailbox | undefined {
  const atWork = mailboxes.filter(({ status }) => status === 'active');
  if (kind !== 'mailbox_unhealthy') return about ?? atWork[0] ?? mailboxes[0];
  return atWork.find(({ id }) => id !== about?.id) ?? about ?? mailboxes[0];
}

const numbersIn = (events: readonly NewEvent[], name: string): number[] =>
  events.flatMap(({ payload }) => {
    const value: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined;
    return typeof value === 'number' ? [value] : [];
  });
