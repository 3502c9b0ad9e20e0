import type { NewContact } from '../contacts/store.ts';
import type { CustomerId, InboundMessageId, MailboxId, TicketId } from '../db/ids.ts';
import type { NumberedTable } from '../db/sequences.ts';
import type { NewEvent } from '../events/store.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { NewMute } from '../notifications/mute-store.ts';
import type { Owing } from '../notifications/owing.ts';
import type { NewsOfMail } from '../notifications/report-store.ts';
import { withChoices } from '../settings/resolve.ts';
import type { TicketStatus } from '../db/schema/tickets.ts';
import type { NewAttachment, NewEntry, NewTicket } from '../tickets/store.ts';
import type { NewParticipant, TicketLink } from '../tickets/thread-store.ts';
import type { Decision } from './decide.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import type { OpenedTickets } from './flood.ts';
import { floodKey, oneMoreOpened } from './flood.ts';
import { factsOf } from './gather-facts.ts';
import type { Lookups } from './lookups.ts';
import { carryOut, statusOf } from './outcomes.ts';
import type { OwedAnswer, OwedWelcome } from './owed.ts';
import type { Rhythm } from './rhythm.ts';
import type { Finished, NewDecision, NewIdentity } from './store.ts';
import type { DeskPeople, Understood } from './understand.ts';

/** Everything one transaction will write for a batch, in the order of the messages. */
export interface BatchPlan {
  readonly contacts: NewContact[];
  readonly tickets: NewTicket[];
  readonly entries: NewEntry[];
  readonly attachments: (NewAttachment & { readonly bytes: Uint8Array })[];
  /** Who takes part in a ticket from now on. */
  readonly participants: NewParticipant[];
  readonly statuses: Map<TicketId, TicketStatus>;
  readonly events: NewEvent[];
  readonly answers: OwedAnswer[];
  readonly welcomes: OwedWelcome[];
  /** Who hears less from now on. */
  readonly mutes: NewMute[];
  /** What owes mail to others than the acknowledgement: to those who take part, and to the staff. */
  readonly owing: Owing[];
  readonly links: TicketLink[];
  readonly rhythms: Map<string, Rhythm>;
  /** The tickets that senders have opened within the hour, by `floodKey`. */
  readonly opened: Map<string, OpenedTickets>;
  /** The first mail of each sender that is held because there was too much of it, and how many tickets were enough. */
  readonly floods: Map<string, { readonly inboundId: InboundMessageId; readonly limit: number }>;
  /** Addresses from which a person's mail came: whoever said that they are dead was wrong. */
  readonly alive: Map<EmailAddress, { readonly isProven: boolean }>;
  /** Addresses of contacts that authenticated mail proves to be theirs, and nothing had before. */
  readonly verified: Set<EmailAddress>;
  /** Addresses of erased people that are contacts anew. */
  readonly recreated: Set<EmailAddress>;
  readonly identities: NewIdentity[];
  readonly decisions: NewDecision[];
  readonly finished: Finished[];
  readonly reports: NewsOfMail[];
  /** Messages that answer one which has not been understood yet: they step aside. */
  readonly waiting: InboundMessageId[];
}

/** The desk as a batch sees it. */
export interface Desk extends DeskPeople {
  readonly mailboxId: MailboxId;
  readonly defaultCustomerId: CustomerId | null;
}

export type TakenIds = Readonly<Record<NumberedTable, readonly number[]>>;

export const emptyPlan = (): BatchPlan => ({
  contacts: [],
  tickets: [],
  entries: [],
  attachments: [],
  participants: [],
  statuses: new Map(),
  events: [],
  answers: [],
  welcomes: [],
  mutes: [],
  owing: [],
  links: [],
  rhythms: new Map(),
  opened: new Map(),
  floods: new Map(),
  alive: new Map(),
  verified: new Set(),
  recreated: new Set(),
  identities: [],
  decisions: [],
  finished: [],
  reports: [],
  waiting: [],
});

/** A message steps aside so often for the one it answers, a little longer than that one does for the DNS. */
const MAX_WAITS = 66;

/**
 * Decides about a batch and gathers what is to be written. Pure but for `lookups`, into which each message enters
 * what it makes, so that the next one finds it: a reply behind its ticket, a second mail of somebody new.
 *
 * @param ids at least one contact and ticket, four entries and four events for each message
 */
export function planBatch(
  batch: readonly Understood[],
  lookups: Lookups,
  desk: Desk,
  ids: TakenIds,
  now: Date,
): BatchPlan {
  const plan = emptyPlan();
  const taken = { contacts: 0, tickets: 0, ticket_entries: 0, events: 0 };
  const take = (table: NumberedTable): number => {
    const id = ids[table][taken[table]];
    taken[table] += 1;
    if (id === undefined) throw new Error(`too few ids of ${table} were taken for the batch`);
    return id;
  };
  const planned = new Set<InboundMessageId>();
  for (const message of batch) {
    if (mustWait(message, lookups, planned)) {
      plan.waiting.push(message.claimed.id);
      continue;
    }
    planMessage(message, { plan, lookups, desk, take, now });
    planned.add(message.claimed.id);
  }
  return plan;
}

function mustWait(message: Understood, lookups: Lookups, planned: ReadonlySet<InboundMessageId>): boolean {
  const { claimed, refersTo, report } = message;
  if (claimed.waits > MAX_WAITS) return false;
  // A report may be faster than the commit that says its mail was sent.
  const reported = report === null ? undefined : lookups.sentTokens.get(report.publicId)?.state;
  if (reported === 'sending' || reported === 'submitting') return true;
  // Where it belongs is known already: whoever sends that Message-ID again holds it up no more.
  if (refersTo.some(({ hash, publicId }) => isKnown(hash, publicId, lookups))) return false;
  return refersTo.some(({ hash }) => {
    const parent = lookups.waiting.get(hash);
    return parent !== undefined && parent !== claimed.id && !planned.has(parent) && parent < claimed.id;
  });
}

const isKnown = (hash: string, publicId: string | null, lookups: Lookups): boolean =>
  lookups.ticketsByMessageId.has(hash) || (publicId !== null && lookups.sentTokens.has(publicId));

/** What deciding about one message of a batch works with. */
export interface Planning {
  readonly plan: BatchPlan;
  readonly lookups: Lookups;
  readonly desk: Desk;
  /** The next id of a table. */
  readonly take: (table: NumberedTable) => number;
  readonly now: Date;
}

function planMessage(message: Understood, planning: Planning): void {
  const { plan, lookups } = planning;
  const { claimed, classification } = message;
  const key = claimed.contentKey.toString('hex');
  const first = lookups.identities.get(key);
  const facts = factsOf(message, planning, first?.inboundId ?? null);
  const { released } = claimed;
  const settings = released === null ? lookups.settings : withChoices(lookups.settings, released.choices, released.by);
  const decision = decide(facts, settings);
  const done = carryOut(planning, message, facts, decision);

  plan.decisions.push({ inboundId: claimed.id, rule: decision.rule, facts, trace: decision.trace });
  const isRepeat = facts.duplicateOf !== null;
  plan.finished.push({
    id: claimed.id,
    rule: decision.rule,
    duplicateOf: facts.duplicateOf,
    ticketId: isRepeat ? (first?.ticketId ?? null) : done.ticketId,
    entryId: done.entryId,
    ...statusOf(decision.outcome),
  });
  if (isRepeat) return;
  noteFlood(message, facts, decision, planning);
  const isPersons = classification.kind === 'personal' && facts.authentication.verdict !== 'fail';
  if (done.ticketId !== null && decision.outcome.do !== 'airlock') noteProof(facts, planning);
  if (isPersons && done.ticketId !== null && message.sender.is === 'address') {
    const { address } = message.sender;
    // One proven mail is enough, whatever else came with it.
    const isProven = facts.authentication.verdict === 'pass' || plan.alive.get(address)?.isProven === true;
    plan.alive.set(address, { isProven });
  }
  const { messageIdHash, repeatKey } = message;
  const identity = { contentKey: claimed.contentKey, messageIdHash, inboundId: claimed.id, ticketId: done.ticketId };
  plan.identities.push({ ...identity, repeatKey });
  if (isPersons) plan.reports.push(...newsOf(message, facts, lookups));
  lookups.identities.set(key, identity);
  const said = repeatKey.toString('hex');
  // What waits for an operator's word is in no ticket yet, here as in the next batch.
  if (done.ticketId !== null && decision.outcome.do !== 'airlock' && !lookups.repeats.has(said)) {
    lookups.repeats.set(said, claimed.id);
  }
  if (done.ticketId !== null && messageIdHash !== null) {
    const hash = messageIdHash.toString('hex');
    lookups.ticketsByMessageId.set(hash, [done.ticketId, ...(lookups.ticketsByMessageId.get(hash) ?? [])]);
  }
}

/**
 * Whoever answers a mail has it: one whose fate was unknown arrived. Its own id alone says so; the rest of a thread may
 * have come by the mails behind it.
 */
function newsOf(
  { parsed, refersTo, replyTokens }: Understood,
  { sender }: Facts,
  lookups: Lookups,
): readonly NewsOfMail[] {
  if (!('address' in sender)) return [];
  const answered = [...refersTo.slice(0, parsed.inReplyTo.length).map(({ publicId }) => publicId), ...replyTokens];
  return [...new Set(answered)].flatMap((publicId) => {
    const ours = publicId === null ? undefined : lookups.sentTokens.get(publicId);
    if (ours?.state !== 'uncertain' || ours.recipient !== sender.address) return [];
    return [
      { publicId: ours.publicId, outcome: 'answered', said: 'its recipient answered it', deadAddresses: [] } as const,
    ];
  });
}

/** Counts a ticket among its sender's, and notes of whom there is too much mail. What a person let go on counts for nobody. */
function noteFlood(
  { claimed }: Understood,
  facts: Facts,
  { outcome, rule, trace }: Decision,
  { plan, lookups, now }: Planning,
): void {
  const key = floodKey(facts.sender);
  if (key === null || claimed.released !== null) return;
  if (outcome.do === 'open') {
    const opened = oneMoreOpened(lookups.opened.get(key) ?? null, now);
    lookups.opened.set(key, opened);
    plan.opened.set(key, opened);
  }
  if (outcome.do === 'hold' && outcome.reason === 'flood' && !plan.floods.has(key)) {
    const limit = Number(trace.find((step) => step.rule === rule)?.asked[0]?.value ?? 0);
    plan.floods.set(key, { inboundId: claimed.id, limit });
  }
}

/** Whose domain vouches for them reads mail at their address; noted once. */
function noteProof({ sender, authentication }: Facts, { plan, lookups }: Planning): void {
  if (authentication.verdict !== 'pass' || !('address' in sender)) return;
  const owner = lookups.owners.get(sender.address);
  if (owner === undefined || owner.isVerified) return;
  plan.verified.add(sender.address);
  lookups.owners.set(sender.address, { ...owner, isVerified: true });
}
