import { holdOwners } from '../contacts/address-store.ts';
import { findCustomerLocales } from '../contacts/store.ts';
import type { KnownContact } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { CustomerId, InboundMessageId, MailboxId, TicketId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { rateLimitKey } from '../mail/address.ts';
import { findAliased } from '../notifications/alias-store.ts';
import type { SentToken } from '../notifications/store.ts';
import { findByPublicIds, findLastAutomatic } from '../notifications/store.ts';
import type { Settings } from '../settings/resolve.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import type { ThreadTicket } from '../tickets/thread-store.ts';
import { findTicketsByNumbers, lockThreadTickets } from '../tickets/thread-store.ts';
import type { OpenedTickets } from './flood.ts';
import { findOpened } from './flood-store.ts';
import type { People } from './people.ts';
import { loadPeople } from './people.ts';
import { Raced } from './raced.ts';
import { findRhythms } from './rhythm-store.ts';
import type { Rhythm } from './rhythm.ts';
import { findIdentities, findRepeats, findWaitingMessageIds } from './store.ts';
import type { Understood } from './understand.ts';

/** Everything the desk knows that a batch may need; read once for all of it, in the transaction that writes. */
export interface Lookups extends People {
  /** By content key in hex: the first delivery, and the ticket it is in. */
  readonly identities: Map<string, { readonly inboundId: InboundMessageId; readonly ticketId: TicketId | null }>;
  /** Tickets that hold a message of this Message-ID hash in hex, the newest first. */
  readonly ticketsByMessageId: Map<string, TicketId[]>;
  /** Our own mail that messages refer to, by its public id. */
  readonly sentTokens: ReadonlyMap<string, SentToken>;
  /** By public number: those in the subjects. */
  readonly ticketsByNumber: ReadonlyMap<number, TicketId>;
  /** By repeat key in hex: the first message of the last 24 hours that says the same. */
  readonly repeats: Map<string, InboundMessageId>;
  /** How mail of an address has come of late, by `rateLimitKey`. */
  readonly rhythms: Map<string, Rhythm>;
  /** When an address was last sent an automatic mail, by `rateLimitKey`. */
  readonly lastAutomatic: Map<string, Date>;
  /** The tickets that mail of an address has opened of late, by `floodKey`. */
  readonly opened: Map<string, OpenedTickets>;
  readonly tickets: Map<TicketId, ThreadTicket>;
  readonly owners: Map<EmailAddress, KnownContact>;
  /** The languages of companies that somebody new may come to. */
  readonly customerLocales: ReadonlyMap<CustomerId, string>;
  readonly settings: Settings;
  /** Message-ID hashes in hex of messages that wait to be understood. */
  readonly waiting: ReadonlyMap<string, InboundMessageId>;
}

/** Two rounds of indexed look-ups for the whole batch, each round sent at once. */
export async function loadLookups(
  tx: Tx,
  batch: readonly Understood[],
  mailboxId: MailboxId,
  keys: Keys,
): Promise<Lookups> {
  const addresses = [...new Set(batch.flatMap(addressesOf))];
  const addressKeys = [...new Set(addresses.map(rateLimitKey))];
  const hashes = [...new Set(batch.flatMap(({ refersTo }) => refersTo.map(({ hash }) => hash)))];
  const hashBytes = hashes.map((hash) => Buffer.from(hash, 'hex'));
  const publicIds = [...new Set(batch.flatMap(publicIdsOf))];
  const numbers = [...new Set(batch.flatMap(({ tags }) => tags))];

  const [held, identities, aliased, waiting, tokens, numbered, repeats, rhythms, lastAutomatic, opened, people] =
    await Promise.all([
      // First, for statements run in order: whoever is erased, merged or loses an address meanwhile has done so before the others look.
      holdOwners(tx, addresses),
      findIdentities(
        tx,
        batch.map(({ claimed }) => claimed.contentKey),
        hashBytes,
      ),
      findAliased(tx, hashBytes),
      findWaitingMessageIds(tx, hashBytes),
      findByPublicIds(tx, publicIds),
      findTicketsByNumbers(tx, numbers),
      findRepeats(
        tx,
        batch.map((message) => message.repeatKey),
      ),
      findRhythms(tx, addressKeys),
      findLastAutomatic(tx, addressKeys),
      findOpened(tx, mailboxId, addressKeys),
      loadPeople(tx, addresses, keys),
    ]);
  const { owners, domainCustomers, unassigned } = people;

  if ([...owners.values()].some(({ id, ownerId }) => !held.has(id) || !held.has(ownerId))) {
    throw new Raced('a change of who an address is');
  }
  const ticketIds = [
    ...[...identities, ...aliased, ...tokens].flatMap(({ ticketId }) => ticketId ?? []),
    ...numbered.values(),
    ...batch.flatMap(({ claimed }) => claimed.released?.attachTo?.ticketId ?? []),
  ];
  const customerIds = [...owners.values()].map(({ customerId }) => customerId);
  const contactIds = [...owners.values()].map(({ id }) => id);
  const homes = [...new Set([...domainCustomers.values(), unassigned])];
  const isAnyoneNew = addresses.some((address) => !owners.has(address));
  const [tickets, settings, customerLocales] = await Promise.all([
    lockThreadTickets(tx, [...new Set(ticketIds)]),
    loadSettings(tx, [...new Set([...customerIds, ...homes])], contactIds),
    isAnyoneNew ? findCustomerLocales(tx, homes) : NO_LOCALES,
  ]);

  // A ticket that became part of another while its lock was waited for: where it went is not among these.
  if ([...tickets.values()].some(({ mergedIntoId: into }) => into !== null && !tickets.has(into))) {
    throw new Raced('a merge of tickets');
  }

  const ticketsByMessageId = new Map<string, TicketId[]>();
  for (const { messageIdHash, ticketId } of identities) {
    if (messageIdHash === null || ticketId === null) continue;
    const hash = messageIdHash.toString('hex');
    ticketsByMessageId.set(hash, [...(ticketsByMessageId.get(hash) ?? []), ticketId]);
  }
  for (const { hash, ticketId } of aliased) {
    ticketsByMessageId.set(hash, [...(ticketsByMessageId.get(hash) ?? []), ticketId]);
  }
  return {
    identities: new Map(identities.map((one) => [one.contentKey.toString('hex'), one])),
    ticketsByMessageId,
    sentTokens: new Map(tokens.map((token) => [token.publicId, token])),
    ticketsByNumber: numbered,
    repeats,
    rhythms,
    lastAutomatic,
    opened,
    tickets: new Map(tickets),
    ...people,
    owners: new Map(owners),
    customerLocales,
    settings: settingsOf(settings),
    waiting: new Map(waiting.map(({ id, hash }) => [hash, id])),
  };
}

const NO_LOCALES: ReadonlyMap<CustomerId, string> = new Map();

/** The sender, or those who may be it, and whoever wrote the mail they forward. */
const addressesOf = ({ sender, original }: Understood): readonly EmailAddress[] => [
  ...(sender.is === 'address' ? [sender.address] : []),
  ...(sender.is === 'ambiguous' ? sender.candidates : []),
  ...(original?.is === 'original' ? [original.from] : []),
];

/** Of our own mail: what it answers, what its addresses carry, what it reports about, what it wants no more of. */
const publicIdsOf = ({ refersTo, replyTokens, report, mute }: Understood): readonly string[] => [
  ...refersTo.flatMap(({ publicId }) => publicId ?? []),
  ...replyTokens,
  ...(report === null ? [] : [report.publicId]),
  ...(mute?.is === 'token' ? [mute.publicId] : []),
];
