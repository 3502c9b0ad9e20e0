import fc from 'fast-check';
import type { ContactId, CustomerId, InboundMessageId, MailboxId, OperatorId, TicketId } from '../../src/db/ids.ts';
import type { TicketStatus } from '../../src/db/schema/tickets.ts';
import { decide } from '../../src/inbound/decide.ts';
import { AUTHENTICATION_VERDICTS, PROOFS } from '../../src/inbound/facts.ts';
import type { Facts, SenderMatch, ThreadMatch } from '../../src/inbound/facts.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import type { MailKind } from '../../src/mail/signs.ts';
import type { Settings } from '../../src/settings/resolve.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import { TOGGLES } from '../../src/settings/toggles.ts';

const address = parseAddress('ana@harbour.example') as EmailAddress;
const KINDS: readonly MailKind[] = [
  'personal',
  'auto_reply',
  'auto_generated',
  'bulk',
  'bounce',
  'delay',
  'delivered_report',
  'complaint',
  'receipt',
  'own',
];
const STATUSES: readonly TicketStatus[] = ['open', 'pending', 'resolved', 'closed'];

const customerId = fc.constantFrom(7 as CustomerId, 8 as CustomerId);
const sender: fc.Arbitrary<SenderMatch> = fc.oneof(
  fc.record({
    is: fc.constant('contact' as const),
    address: fc.constant(address),
    contactId: fc.constant(12 as ContactId),
    ownerId: fc.constant(12 as ContactId),
    customerId,
    isActive: fc.boolean(),
  }),
  fc.record({ is: fc.constant('unknown' as const), address: fc.constant(address), customerId }),
  fc.record({
    is: fc.constant('operator' as const),
    address: fc.constant(address),
    operatorId: fc.constant(3 as OperatorId),
    name: fc.string(),
    mayReply: fc.boolean(),
  }),
  fc.record({ is: fc.constant('erased' as const), address: fc.constant(address), customerId }),
  fc.record({ is: fc.constant('desk' as const), address: fc.constant(address) }),
  fc.record({
    is: fc.constant('ambiguous' as const),
    raw: fc.string(),
    candidates: fc.constantFrom([], [{ address, contactId: null }]),
  }),
  fc.constant({ is: 'nobody' as const }),
);
const thread: fc.Arbitrary<ThreadMatch> = fc.oneof(
  fc.constant({ is: 'none' as const }),
  fc.record({
    is: fc.constantFrom(...PROOFS),
    ticketId: fc.constant(5 as TicketId),
    status: fc.constantFrom(...STATUSES),
    closedDays: fc.option(fc.nat(400)),
    isParticipant: fc.boolean(),
    isTold: fc.boolean(),
    isReply: fc.boolean(),
  }),
);
const message = fc.option(fc.constant(3 as InboundMessageId), { freq: 8 });

const facts: fc.Arbitrary<Facts> = fc.record({
  mailboxId: fc.constant(1 as MailboxId),
  subject: fc.string(),
  ageMinutes: fc.integer({ min: -10, max: 10_000 }),
  isHeadersOnly: fc.boolean(),
  defects: fc.constant([]),
  classification: fc.record({
    kind: fc.constantFrom(...KINDS),
    signal: fc.constant('fuzz'),
    ref: fc.constant(''),
    answerable: fc.boolean(),
    unanswerableBecause: fc.constant(null),
  }),
  sender,
  forwarded: fc.option(
    fc.record({ sender, subject: fc.string(), how: fc.constantFrom('inline' as const, 'attached' as const) }),
  ),
  hasAgentsWords: fc.boolean(),
  asksToMute: fc.constantFrom('token' as const, 'words' as const, null),
  answersDesk: fc.boolean(),
  reportsOn: fc.option(fc.constant('a mail of ours')),
  override: fc.constant(null),
  thread,
  authentication: fc.record({ verdict: fc.constantFrom(...AUTHENTICATION_VERDICTS), says: fc.constant('') }),
  duplicateOf: message,
  repeatOf: message,
  pingPongRounds: fc.nat(20),
  openedWithinHour: fc.nat(40),
  clues: fc.constant(null),
});

/** Any choice of each toggle, on any of its layers, and values nobody may choose. */
const settings: fc.Arbitrary<Settings> = fc
  .array(
    fc.tuple(
      fc.constantFrom(...TOGGLES),
      fc.constantFrom('desk' as const, 'mailbox' as const, 'customer' as const),
      fc.constantFrom('on', 'off', 'open', 'hold', '0', '30', '365', 'x'),
    ),
    { maxLength: 12 },
  )
  .map((rows) =>
    settingsOf(
      rows.map(([{ id }, layer, value]) => ({
        toggle: id,
        layer,
        layerId: { desk: 0, mailbox: 1, customer: 7 }[layer],
        value,
        setBy: 'operator:1',
        setAt: new Date(0),
      })),
    ),
  );

/** A decision is made of any facts under any settings, and nothing of a sender who failed is answered or shown to customers. */
export const decisions = fc.property(facts, settings, (given, chosen) => {
  const { outcome, answer } = decide(given, chosen);
  const isSeen =
    outcome.do === 'append_as_agent' ||
    outcome.do === 'append_as_new_contact' ||
    (outcome.do === 'append' && !outcome.quietly);
  if (given.authentication.verdict === 'fail' && (isSeen || answer?.send === true)) {
    throw new Error(`a sender who failed is answered, or seen in a ticket: ${JSON.stringify(outcome)}`);
  }
});
