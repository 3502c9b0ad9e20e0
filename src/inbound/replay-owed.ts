import type { Credential } from '../db/schema/notifications.ts';
import type { ContactId, EventId, MailboxId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { rateLimitKey } from '../mail/address.ts';
import { applyBudgets, bucketsIn, takeFrom } from '../notifications/budget.ts';
import type { AudienceMember, PlannedNotification, TellableEvent } from '../notifications/model.ts';
import { withReceipts } from '../notifications/late-receipt.ts';
import { planNotifications, welcomeKey } from '../notifications/plan.ts';
import { NOTIFICATION_RULES, whySwitchedOff } from '../notifications/rules.ts';
import { isSoft, SOFT_BOUNCES, standsUntilLifted } from '../notifications/suppression.ts';
import type { NotificationKind } from '../notifications/views.ts';
import { mintMessageId } from '../tickets/thread-token.ts';
import type { BatchPlan } from './batch-plan.ts';
import type { Lookups } from './lookups.ts';
import type { Before, Suppressed, World } from './replay-world.ts';

/**
 * What a replay foretells. What else mail owes, it does not: word to those who take part of what one of them wrote or of
 * the ticket's status, and mail to the staff.
 */
export const FORETOLD: ReadonlySet<NotificationKind> = new Set([
  'ticket_opened',
  'late_receipt',
  'contact_welcomed',
  'agent_replied',
]);

/** A mail that would be owed. */
export interface ForeseenMail {
  readonly eventId: EventId;
  readonly kind: string;
  readonly credential: Credential | null;
  readonly recipient: EmailAddress;
  /** null: it would go. */
  readonly refusal: string | null;
  readonly publicId: string;
}

/** What a batch owes in this world, in the order of `applyPlan`: what mail says of addresses first, then what is owed. */
export async function oweIn(
  world: World,
  before: Before,
  lookups: Lookups,
  plans: readonly BatchPlan[],
  keys: Keys,
  nowUs: number,
): Promise<readonly ForeseenMail[]> {
  const now = new Date(nowUs / 1000);
  for (const plan of plans) liftSuppressions(world, before, plan, now);
  for (const plan of plans) await recordReports(world, before, lookups, plan, now);
  const answers = [...plans.flatMap((plan) => answersOf(plan, lookups)), ...plans.flatMap(welcomesOf)];
  const agents = plans.flatMap((plan) => agentsMailOf(plan, world, before, lookups));
  const foreseen: ForeseenMail[] = [];
  // Each is stored for itself, as one is that an operator sends: what comes later finds the budgets as they are then.
  for (const planned of [answers, ...agents]) {
    const allowed = planned.map((one) => {
      const suppressed = suppressionOf(world, before, one.recipient);
      return one.refusal === null && suppressed !== null ? { ...one, refusal: NOT_MAILED } : one;
    });
    const personOf = ({ recipient, contactId }: PlannedNotification) => lookups.owners.get(recipient)?.id ?? contactId;
    for (const one of await applyBudgets(allowed, lookups.settings, bucketsIn(world.buckets, nowUs), personOf)) {
      const { kind, credential, recipient, refusal, ticketId, eventId } = one;
      const { publicId } = mintMessageId(keys, { ...one, eventKey: one.eventKey });
      const contactId = lookups.owners.get(recipient)?.id ?? one.contactId;
      world.tokens.set(publicId, {
        publicId,
        notificationId: 0 as never,
        ticketId,
        recipient,
        contactId,
        state: 'sent',
        kind,
      });
      foreseen.push({ eventId, kind, credential, recipient, refusal, publicId });
    }
  }
  return foreseen;
}

const NOT_MAILED = 'the address is not mailed';
const DAY_MS = 86_400_000;

function suppressionOf(world: World, before: Before, address: EmailAddress): Suppressed | null {
  const own = world.suppressed.get(address);
  return own === undefined ? (before.suppressed.get(address) ?? null) : own;
}

/** As `liftBounces` has it. */
function liftSuppressions(world: World, before: Before, { alive }: BatchPlan, now: Date): void {
  for (const [address, { isProven }] of alive) {
    const suppressed = suppressionOf(world, before, address);
    if (suppressed === null || standsUntilLifted(suppressed.reason)) continue;
    if (isProven || suppressed.since.getTime() < now.getTime() - DAY_MS) world.suppressed.set(address, null);
  }
}

/** As `recordReports` has it. */
async function recordReports(
  world: World,
  before: Before,
  lookups: Lookups,
  { reports }: BatchPlan,
  now: Date,
): Promise<void> {
  for (const { publicId, outcome, said, deadAddresses } of reports) {
    const recipient = lookups.sentTokens.get(publicId)?.recipient;
    if (recipient === undefined || suppressionOf(world, before, recipient) !== null) continue;
    const isSoftBounce = outcome === 'bounced' && deadAddresses.length === 0 && isSoft(said);
    if (
      deadAddresses.length > 0 ||
      outcome === 'complained' ||
      (isSoftBounce && (await isOneTooMany(world, recipient, now)))
    ) {
      world.suppressed.set(recipient, { since: now, reason: outcome });
    }
  }
}

async function isOneTooMany(world: World, recipient: EmailAddress, now: Date): Promise<boolean> {
  const key = rateLimitKey(recipient);
  const grants = await takeFrom(world.buckets, now.getTime() * 1000)([{ ...SOFT_BOUNCES, key, wanted: 1 }]);
  return grants.get(key)?.granted === 0;
}

const NO_WORDS = { entry: null, detail: null, timeZone: 'UTC' } as const;

const answersOf = ({ answers }: BatchPlan, lookups: Lookups): readonly PlannedNotification[] =>
  answers.flatMap((answer) => {
    const { eventId: id, contentKey: key, ticketId, isLate } = answer;
    const mailboxId = lookups.tickets.get(ticketId)?.mailboxId ?? NO_MAILBOX;
    const event = { id, kind: 'ticket_opened', key, ticket: { ...TICKET, id: ticketId }, ...NO_WORDS, isLate } as const;
    return withReceipts(
      planNotifications({ ...event, mailbox: { ...MAILBOX, id: mailboxId } }, [
        { ...answer, ...MEMBER, role: 'requester' },
      ]),
      answer.receipt,
    );
  });

const welcomesOf = ({ welcomes }: BatchPlan): readonly PlannedNotification[] =>
  welcomes.flatMap(({ eventId: id, ...contact }) => {
    const member = { ...contact, ...MEMBER, role: 'contact', refusal: null } as const;
    const about = { id, kind: 'contact_created', key: welcomeKey(contact.contactId), ticket: null } as const;
    const event = { ...about, mailbox: { ...MAILBOX, id: NO_MAILBOX }, ...NO_WORDS, isLate: false } as const;
    return planNotifications(event, [member], contact.signIn);
  });

/** The answers of operators by mail, to all who take part but themselves. */
function agentsMailOf(
  { owing }: BatchPlan,
  world: World,
  before: Before,
  lookups: Lookups,
): readonly (readonly PlannedNotification[])[] {
  const answers = owing.filter(({ event }) => event.kind === 'agent_replied');
  return answers.map(({ event, key, author }) => {
    const ticket = event.ticketId === null ? undefined : lookups.tickets.get(event.ticketId);
    const rule = NOTIFICATION_RULES.find(({ kind }) => kind === 'agent_replied');
    if (ticket === undefined || rule === undefined || key === null) return [];
    const { mailboxId } = ticket;
    const addressOf = (id: ContactId) => world.addresses.get(id) ?? before.addresses.get(id) ?? [];
    const addresses = [...ticket.participantIds, ...ticket.toldIds].flatMap(addressOf).concat(ticket.toldAddresses);
    const off = whySwitchedOff(rule.toggle, lookups.settings, { mailboxId, customerId: null, contactId: null });
    const audience = [...new Set(addresses)].map((address): AudienceMember => {
      const refusal = address === author?.address ? 'they wrote it' : off;
      const contactId = world.contacts.get(address)?.id ?? null;
      return { role: 'requester', ...MEMBER, contactId, address, refusal };
    });
    const told: TellableEvent = {
      id: event.id,
      kind: event.kind,
      key,
      mailbox: { ...MAILBOX, id: mailboxId },
      ticket: { ...TICKET, id: ticket.id },
      ...NO_WORDS,
      entry: { authorName: '', text: '', at: NO_TIME },
      isLate: false,
    };
    return planNotifications(told, audience);
  });
}

const NO_MAILBOX = 0 as MailboxId;
const NO_TIME = new Date(0);
/** Neither their words nor their names decide anything. */
const TICKET = { number: 0, subject: '', requester: null };
const MEMBER = { because: '', name: '', locale: '', inReplyTo: null, references: [] } as const;
const MAILBOX = { address: '' as EmailAddress, displayName: '', replyDomain: 'replay' };
