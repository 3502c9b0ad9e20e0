import { storeBlobs } from '../blobs/store.ts';
import { markVerifiedByMail } from '../contacts/address-store.ts';
import { liftTombstones } from '../contacts/tombstone.ts';
import { insertContactsFromMail } from '../contacts/store.ts';
import type { Tx } from '../db/client.ts';
import { becauseOf } from '../events/audience.ts';
import { insertEvents } from '../events/store.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import type { TellableEvent } from '../notifications/model.ts';
import { withReceipts } from '../notifications/late-receipt.ts';
import { planNotifications, welcomeKey } from '../notifications/plan.ts';
import { insertMutes } from '../notifications/mute-store.ts';
import { oweEvents } from '../notifications/owe.ts';
import { wordsOf } from '../notifications/owing.ts';
import { liftBounces, recordReports } from '../notifications/report-store.ts';
import { storeOwed } from '../notifications/store.ts';
import type { Settings } from '../settings/resolve.ts';
import { insertAttachments, insertEntries, insertTickets, setTicketStatuses, touchTickets } from '../tickets/store.ts';
import { insertParticipants, insertTicketLinks } from '../tickets/thread-store.ts';
import type { BatchPlan } from './batch-plan.ts';
import { withLifted } from './clues.ts';
import { putOpened } from './flood-store.ts';
import { raiseFloods } from './flood-alarm.ts';
import type { OwedAnswer, OwedWelcome } from './owed.ts';
import { putRhythms } from './rhythm-store.ts';
import { Raced } from './raced.ts';
import { finishMessages, insertDecisions, insertIdentities, stepAside } from './store.ts';

/**
 * Carries out a plan in the caller's transaction; the only writer of what mail makes. Every statement writes for the
 * whole batch; the order is that of RELIABILITY PG3, and ticket numbers are taken late.
 *
 * @throws Raced when a unique key was taken meanwhile
 */
export async function applyPlan(
  tx: Tx,
  plan: BatchPlan,
  desk: { readonly mailbox: Mailbox; readonly lease: Lease; readonly keys: Keys; readonly settings: Settings },
): Promise<void> {
  if (!(await insertIdentities(tx, plan.identities))) throw new Raced('message identities');
  if (!(await insertContactsFromMail(tx, plan.contacts))) throw new Raced('contact addresses');
  await markVerifiedByMail(tx, plan.verified);
  await liftTombstones(tx, desk.keys, [...plan.recreated]);
  await storeBlobs(tx, plan.attachments);
  const numbers = await insertTickets(tx, plan.tickets);
  await insertEntries(tx, plan.entries);
  await insertAttachments(tx, plan.attachments);
  await insertParticipants(tx, plan.participants);
  const opened = new Set(plan.tickets.map(({ id }) => id));
  await touchTickets(
    tx,
    [...new Set(plan.entries.map(({ ticketId }) => ticketId))].filter((id) => !opened.has(id)),
  );
  await setTicketStatuses(
    tx,
    [...plan.statuses].map(([id, status]) => ({ id, status })),
  );
  await insertEvents(tx, plan.events);
  const lifted = await liftBounces(tx, plan.alive);
  await insertDecisions(tx, withLifted(plan.decisions, lifted));
  await insertMutes(tx, plan.mutes);
  await insertTicketLinks(tx, plan.links);
  await putRhythms(tx, plan.rhythms);
  await putOpened(tx, desk.mailbox.id, plan.opened);
  await recordReports(tx, plan.reports);
  const subjects = new Map(plan.tickets.map(({ id, subject }) => [id, subject]));
  const { localeOf, timeZone } = wordsOf(desk.settings, desk.mailbox.id);
  const owed = plan.answers.flatMap((answer) => {
    const number = numbers.get(answer.ticketId);
    if (number === undefined) throw new Error(`ticket ${answer.ticketId} got no number`);
    const ticket = { id: answer.ticketId, number, subject: subjects.get(answer.ticketId) ?? '', requester: null };
    return withReceipts(
      planNotifications({ ...tellable(answer, desk.mailbox, ticket), timeZone }, [
        { ...answer, role: 'requester', locale: localeOf(answer.locale), because: becauseOf('requester', null) },
      ]),
      answer.receipt,
    );
  });
  const welcomed = plan.welcomes.flatMap((welcome) =>
    planNotifications(
      { ...welcoming(welcome, desk.mailbox), timeZone },
      [{ ...welcome, ...NEW_CONTACT, locale: localeOf(welcome.locale) }],
      welcome.signIn,
    ),
  );
  await storeOwed(tx, desk.keys, desk.settings, [...owed, ...welcomed]);
  await oweEvents(tx, desk.keys, plan.owing);
  await raiseFloods(tx, desk.keys, desk.mailbox.id, plan.floods);
  if (plan.waiting.length > 0) await stepAside(tx, desk.lease, plan.waiting);
  if (!(await finishMessages(tx, plan.finished))) throw new Raced('inbound messages');
}

const NEW_CONTACT = {
  role: 'contact',
  because: becauseOf('contact', null),
  refusal: null,
  inReplyTo: null,
  references: [],
} as const;

const welcoming = ({ eventId, contactId }: OwedWelcome, mailbox: Mailbox): Omit<TellableEvent, 'timeZone'> => ({
  id: eventId,
  kind: 'contact_created',
  key: welcomeKey(contactId),
  mailbox,
  ticket: null,
  entry: null,
  isLate: false,
  detail: null,
});

const tellable = (
  answer: OwedAnswer,
  mailbox: Mailbox,
  ticket: NonNullable<TellableEvent['ticket']>,
): Omit<TellableEvent, 'timeZone'> => ({
  id: answer.eventId,
  kind: 'ticket_opened',
  key: answer.contentKey,
  mailbox,
  ticket,
  entry: null,
  isLate: answer.isLate,
  detail: null,
});
