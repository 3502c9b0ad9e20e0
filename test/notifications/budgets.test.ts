import { expect, test } from 'vitest';
import type { ContactId, EventId, MailboxId, TicketId } from '../../src/db/ids.ts';
import type { Bucket } from '../../src/notifications/budget.ts';
import { applyBudgets, bucketsIn } from '../../src/notifications/budget.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import type { PlannedNotification } from '../../src/notifications/model.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import { address } from '../support/seed.ts';

// FEATURES B-07: at most one late receipt a day for each contact, and never none because another budget was used up.
const HOUR_US = 3600 * 1_000_000;
const limits = (toggle: string, value: string) =>
  settingsOf([{ toggle, layer: 'desk', layerId: 0, value, setBy: 'test', setAt: new Date(0) }]);

const receiptTo = (to: string, contactId: number): PlannedNotification => ({
  kind: 'late_receipt',
  eventId: 1 as EventId,
  eventKey: Buffer.from('late'),
  mailboxId: 1 as MailboxId,
  replyDomain: 'desk.example',
  ticketId: 1 as TicketId,
  contactId: contactId as ContactId,
  recipient: address(to),
  recipientName: '',
  because: 'requester of the ticket',
  locale: 'en',
  refusal: null,
  limitedBy: null,
  lane: 2,
  isAutomatic: true,
  view: MAIL_KINDS.late_receipt.example,
  credential: null,
  inReplyTo: null,
  references: [],
});
const ANA = receiptTo('ana@quay.example', 1);
const BO = receiptTo('bo@quay.example', 2);

/** What is said of each, at so many hours; the buckets remember. */
const deskWith = (settings: ReturnType<typeof limits>) => {
  const buckets = new Map<string, Bucket>();
  const ask = async (hour: number, ...planned: readonly PlannedNotification[]) =>
    (await applyBudgets(planned, settings, bucketsIn(buckets, hour * HOUR_US))).map(({ refusal }) => refusal);
  return { ask, levelOf: (bucket: string) => buckets.get(bucket)?.level ?? 0 };
};

test.each([
  ['acknowledgements_per_domain_hour', /^the domain has had/],
  ['acknowledgements_per_desk_hour', /^the breaker of the desk is open/],
])('a receipt that %s refuses is not the person’s one of the day', async (toggle, says) => {
  const { ask } = deskWith(limits(toggle, '1'));
  expect(await ask(0, ANA, BO)).toEqual([null, expect.stringMatching(says)]);
  expect(await ask(2, BO)).toEqual([null]);
  expect(await ask(4, BO)).toEqual(['they have been told already that their late mail has arrived']);
  expect(await ask(23.9, ANA)).toEqual(['they have been told already that their late mail has arrived']);
  expect(await ask(24.1, ANA)).toEqual([null]);
});

test('many receipts to one person cost the domain and the desk one', async () => {
  const { ask, levelOf } = deskWith(settingsOf([]));
  expect((await ask(0, ...Array<PlannedNotification>(9).fill(ANA))).filter((refusal) => refusal === null)).toHaveLength(
    1,
  );
  await ask(0, ANA, ANA);
  expect([levelOf('domain_hour quay.example'), levelOf('desk_hour desk')]).toEqual([1, 1]);
});
