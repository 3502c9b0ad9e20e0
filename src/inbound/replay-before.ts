import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId, InboundMessageId } from '../db/ids.ts';
import type { Settings } from '../settings/resolve.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { findTicketsByNumbers } from '../tickets/thread-store.ts';
import type { StoredMail } from './backtest-store.ts';
import {
  findEarlierSuppressions,
  findEarlierThreads,
  findEarlierTickets,
  findEarlierTokens,
  findPrimaryAddresses,
} from './backtest-store.ts';
import { namedTickets, sendersOf } from './replay-mail.ts';
import type { Before } from './replay-world.ts';

/** Where the time looked at begins. */
export interface BeforeFrom extends Pick<Before, 'made' | 'erased'> {
  /** The first mail that is replayed. */
  readonly first: InboundMessageId;
  readonly began: Date;
  readonly unassigned: CustomerId;
}

/** What was there before the time looked at, as far as these mails touch it. */
export async function loadBefore(
  db: Queryable,
  mails: readonly StoredMail[],
  { first, began, unassigned, made, erased }: BeforeFrom,
): Promise<Before> {
  const clues = mails.flatMap(({ facts }) => facts.clues ?? []);
  const references = clues.flatMap(({ refersTo }) => refersTo);
  const publicIds = new Set([
    ...references.flatMap(({ publicId }) => publicId ?? []),
    ...clues.flatMap(({ replyTokens, mute }) => (mute?.is === 'token' ? [...replyTokens, mute.publicId] : replyTokens)),
    ...mails.flatMap(({ facts }) => facts.reportsOn ?? []),
  ]);
  const [threads, tokens, numbers] = await Promise.all([
    findEarlierThreads(db, [...new Set(references.map(({ hash }) => hash))], first),
    findEarlierTokens(db, [...publicIds], first),
    findTicketsByNumbers(db, [...new Set(clues.flatMap(({ tags }) => tags))]),
  ]);
  const ticketIds = new Set([
    ...[...threads.values()].flat(),
    ...[...tokens.values()].flatMap(({ ticketId }) => ticketId ?? []),
    ...numbers.values(),
    ...mails.flatMap(namedTickets),
  ]);
  const tickets = await findEarlierTickets(db, [...ticketIds], { first, began });
  const people = tickets.flatMap(({ participantIds, toldIds }) => [...participantIds, ...toldIds]);
  const addresses = await findPrimaryAddresses(db, [...new Set(people)]);
  const senders = mails
    .flatMap(({ facts }) => sendersOf(facts))
    .flatMap((one) => ('address' in one ? one.address : []));
  return {
    threads,
    tokens,
    numbers,
    tickets: new Map(tickets.map((ticket) => [ticket.id, ticket])),
    addresses,
    suppressed: await findEarlierSuppressions(
      db,
      [...new Set([...senders, ...addresses.values(), ...tickets.flatMap(({ toldAddresses }) => toldAddresses)])],
      began,
    ),
    unassigned,
    made,
    erased,
  };
}

/** The settings of today that may matter to these mails. */
export async function loadSettingsOf(db: Queryable, mails: readonly StoredMail[]): Promise<Settings> {
  const customerIds = new Set<CustomerId>();
  const contactIds = new Set<ContactId>();
  for (const mail of mails) {
    for (const sender of sendersOf(mail.facts)) {
      if ('customerId' in sender) customerIds.add(sender.customerId);
      if ('contactId' in sender) contactIds.add(sender.contactId);
    }
  }
  return settingsOf(await loadSettings(db, [...customerIds], [...contactIds]));
}
