import type { KnownContact } from '../contacts/model.ts';
import type { ContactId, CustomerId, InboundMessageId, TicketId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf, rateLimitKey } from '../mail/address.ts';
import type { Bucket } from '../notifications/budget.ts';
import { bucketKey } from '../notifications/budget.ts';
import type { SentToken } from '../notifications/store.ts';
import type { Settings } from '../settings/resolve.ts';
import type { ThreadTicket } from '../tickets/thread-store.ts';
import type { StoredMail } from './backtest-store.ts';
import type { BatchPlan } from './batch-plan.ts';
import type { ContactMatch } from './facts.ts';
import type { OpenedTickets } from './flood.ts';
import type { Lookups } from './lookups.ts';
import { namedTickets, sendersOf } from './replay-mail.ts';
import type { Rhythm } from './rhythm.ts';

/** An address that is not mailed. */
export interface Suppressed {
  readonly since: Date;
  readonly reason: string;
}

/** What the mail of the time looked at has made, under some settings: what the database would hold of it. */
export interface World {
  readonly contacts: Map<EmailAddress, KnownContact>;
  readonly addresses: Map<ContactId, EmailAddress>;
  /** Those that mail opened, and earlier ones that were changed since. */
  readonly tickets: Map<TicketId, ThreadTicket>;
  readonly byMessageId: Map<string, readonly TicketId[]>;
  readonly tokens: Map<string, SentToken>;
  /** Oldest first; those of the last day alone. */
  readonly repeats: Map<string, readonly { readonly id: InboundMessageId; readonly receivedAt: Date }[]>;
  readonly rhythms: Map<string, Rhythm>;
  /** By mailbox and `floodKey`. */
  readonly opened: Map<string, OpenedTickets>;
  readonly buckets: Map<string, Bucket>;
  /** null: it was suppressed before, and is mailed again. */
  readonly suppressed: Map<EmailAddress, Suppressed | null>;
}

/** What was there before the time looked at, as far as some of its mail touches it; the same in every world. */
export interface Before {
  readonly threads: ReadonlyMap<string, readonly TicketId[]>;
  readonly tokens: ReadonlyMap<string, SentToken>;
  readonly numbers: ReadonlyMap<number, TicketId>;
  readonly tickets: ReadonlyMap<TicketId, ThreadTicket>;
  readonly addresses: ReadonlyMap<ContactId, EmailAddress>;
  readonly suppressed: ReadonlyMap<EmailAddress, Suppressed>;
  readonly unassigned: CustomerId;
  /** Contacts that mail of the time looked at has really made: a world has them when it has made them itself. */
  readonly made: ReadonlySet<ContactId>;
  /** Addresses from which mail came as that of somebody erased: they are that until a world makes them anew. */
  readonly erased: ReadonlySet<EmailAddress>;
}

/** A world in which nothing has happened yet. */
export const emptyWorld = (): World => ({
  contacts: new Map(),
  addresses: new Map(),
  tickets: new Map(),
  byMessageId: new Map(),
  tokens: new Map(),
  repeats: new Map(),
  rhythms: new Map(),
  opened: new Map(),
  buckets: new Map(),
  suppressed: new Map(),
});

/** What a batch would find in this world: `loadLookups`, without a database. */
export function lookupsIn(
  world: World,
  before: Before,
  mails: readonly StoredMail[],
  settings: Settings,
  now: Date,
): Lookups {
  const clues = mails.flatMap(({ facts }) => facts.clues ?? []);
  const hashes = clues.flatMap(({ refersTo }) => refersTo.map(({ hash }) => hash));
  const publicIds = [
    ...clues.flatMap(({ refersTo, replyTokens, mute }) => [
      ...refersTo.flatMap(({ publicId }) => publicId ?? []),
      ...replyTokens,
      ...(mute?.is === 'token' ? [mute.publicId] : []),
    ]),
    ...mails.flatMap(({ facts }) => facts.reportsOn ?? []),
  ];
  const tokens = pick(publicIds, (publicId) => world.tokens.get(publicId) ?? before.tokens.get(publicId));
  const threads = pick(hashes, (hash) => {
    const found = [...(world.byMessageId.get(hash) ?? []), ...(before.threads.get(hash) ?? [])];
    return found.length === 0 ? undefined : found.slice(0, MAX_SAME_ID);
  });
  const ticketIds = [
    ...[...tokens.values()].flatMap(({ ticketId }) => ticketId ?? []),
    ...[...threads.values()].flat(),
    ...before.numbers.values(),
    ...mails.flatMap(namedTickets),
  ];
  const ticketOf = (id: TicketId) => world.tickets.get(id) ?? before.tickets.get(id);
  const tickets = pick(ticketIds, ticketOf);
  for (const ticket of [...tickets.values()]) {
    const into = ticket.mergedIntoId === null ? undefined : ticketOf(ticket.mergedIntoId);
    if (into !== undefined) tickets.set(into.id, into);
    // It became part of one that this world does not have, or not yet: it stands for itself.
    else tickets.set(ticket.id, { ...ticket, mergedIntoId: null });
  }
  const addressKeys = mails.flatMap(({ facts }) =>
    sendersOf(facts).flatMap((one) => ('address' in one ? [rateLimitKey(one.address)] : [])),
  );
  return {
    identities: new Map(),
    ticketsByMessageId: threads,
    sentTokens: tokens,
    ticketsByNumber: before.numbers,
    repeats: pick(
      mails.flatMap(({ repeatKey }) => repeatKey?.toString('hex') ?? []),
      (key) => world.repeats.get(key)?.find(({ receivedAt }) => receivedAt.getTime() > now.getTime() - DAY_MS)?.id,
    ),
    rhythms: pick(addressKeys, (key) => world.rhythms.get(key)),
    lastAutomatic: pick(addressKeys, (key) => {
      const bucket = world.buckets.get(bucketKey('address_hour', key));
      return bucket === undefined ? undefined : new Date(bucket.atUs / 1000);
    }),
    opened: pick(addressKeys, (key) => world.opened.get(openedKey(mails, key))),
    tickets,
    ...peopleIn(world, before, mails),
    customerLocales: new Map(),
    settings,
    waiting: new Map(),
  };
}

/** A batch is of one mailbox. */
const openedKey = (mails: readonly StoredMail[], key: string): string => `${mails[0]?.mailboxId} ${key}`;

/** As `findIdentities` has it. */
const MAX_SAME_ID = 20;
const DAY_MS = 86_400_000;

function pick<Key, Value>(keys: Iterable<Key>, of: (key: Key) => Value | undefined): Map<Key, Value> {
  const found = new Map<Key, Value>();
  for (const key of keys) {
    const value = of(key);
    if (value !== undefined) found.set(key, value);
  }
  return found;
}

/** Senders as they were known then, but for contacts that mail made: those are whom this world has made. */
function peopleIn(world: World, { made, unassigned, erased: wereErased }: Before, mails: readonly StoredMail[]) {
  const owners = new Map<EmailAddress, KnownContact>();
  const erased = new Set<EmailAddress>();
  const domainCustomers = new Map<string, CustomerId>();
  const senders = mails.flatMap(({ facts }) => sendersOf(facts));
  for (const sender of senders) {
    if (!('customerId' in sender)) continue;
    const own = world.contacts.get(sender.address);
    const known = sender.is === 'contact' ? knownAs(sender) : null;
    if (known !== null && !made.has(known.ownerId)) owners.set(sender.address, known);
    else if (own !== undefined) owners.set(sender.address, sameAs(own, known));
    else if (wereErased.has(sender.address)) erased.add(sender.address);
    // Where there is no such contact their home is that of somebody new.
    const domain = domainOf(sender.address);
    if (sender.is !== 'contact' || !domainCustomers.has(domain)) domainCustomers.set(domain, sender.customerId);
  }
  return { owners, erased, domainCustomers, unassigned };
}

const knownAs = ({ contactId, ownerId, customerId, isActive }: ContactMatch): KnownContact => ({
  id: contactId,
  ownerId,
  customerId,
  name: '',
  ownerCustomerId: customerId,
  ownerName: '',
  isVerified: true,
  status: isActive ? 'active' : 'deactivated',
  deactivatedUntil: null,
  // In which words somebody is written to decides nothing.
  locale: null,
});

/** What operators did to a contact, they would have done to the one that this world made. */
const sameAs = (own: KnownContact, known: KnownContact | null): KnownContact =>
  known === null ? own : { ...known, id: own.id < 0 ? own.id : known.id, ownerId: own.ownerId };

/** Enters into the world what a batch has made, but for the mail it owes. */
export function enter(world: World, lookups: Lookups, plans: readonly BatchPlan[], mails: readonly StoredMail[]): void {
  const mailOf = new Map(mails.map((mail) => [mail.id, mail]));
  for (const plan of plans) {
    for (const { address, id } of plan.contacts) {
      const contact = lookups.owners.get(address);
      if (contact !== undefined) world.contacts.set(address, contact);
      world.addresses.set(id, address);
    }
    const changed = [...plan.statuses.keys(), ...plan.participants.map(({ ticketId }) => ticketId)];
    for (const id of [...plan.tickets.map((ticket) => ticket.id), ...changed]) {
      const ticket = lookups.tickets.get(id);
      if (ticket !== undefined) world.tickets.set(id, ticket);
    }
    for (const { messageIdHash, ticketId } of plan.identities) {
      if (messageIdHash === null || ticketId === null) continue;
      const hash = messageIdHash.toString('hex');
      world.byMessageId.set(hash, [ticketId, ...(world.byMessageId.get(hash) ?? [])].slice(0, MAX_SAME_ID));
    }
    for (const { id, verdict } of plan.finished) {
      const mail = mailOf.get(id);
      if (mail === undefined || mail.repeatKey === null || (verdict !== 'opened' && verdict !== 'appended')) continue;
      const key = mail.repeatKey.toString('hex');
      world.repeats.set(key, [...(world.repeats.get(key) ?? []), { id, receivedAt: mail.receivedAt }]);
    }
    for (const [key, rhythm] of plan.rhythms) {
      if (rhythm.rounds === 0) world.rhythms.delete(key);
      else world.rhythms.set(key, rhythm);
    }
    for (const [key, opened] of plan.opened) world.opened.set(openedKey(mails, key), opened);
  }
}

/** Forgets what can matter no more. */
export function forget(world: World, now: Date): void {
  for (const [key, mails] of world.repeats) {
    const kept = mails.filter(({ receivedAt }) => receivedAt.getTime() > now.getTime() - DAY_MS);
    if (kept.length === 0) world.repeats.delete(key);
    else if (kept.length < mails.length) world.repeats.set(key, kept);
  }
  for (const [key, { since }] of world.opened) {
    if (since.getTime() < now.getTime() - DAY_MS) world.opened.delete(key);
  }
  for (const [key, { atUs }] of world.buckets) {
    if (key.startsWith(bucketKey('ticket_10min', '')) && atUs / 1000 < now.getTime() - DAY_MS)
      world.buckets.delete(key);
  }
}
