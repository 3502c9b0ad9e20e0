import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { perform } from '../../src/access/operation.ts';
import { addOperator } from '../../src/access/operations.ts';
import { backtestReport } from '../../src/cli/backtest-report.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { backtestToggle } from '../../src/inbound/backtest-operations.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { setToggle } from '../../src/settings/operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { closeTicket } from '../../src/tickets/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { CLI, openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let support: MailboxId;
let sales: MailboxId;
let people = 0;
beforeAll(async () => {
  desk = await openTestDesk();
  support = await seedMailbox(desk.db);
  sales = await seedMailbox(desk.db, 'sales@desk.example');
  await desk.done(addOperator, { address: 'jonas@desk.example', name: 'Jonas Weil' });
});
afterAll(() => desk.drop());

/** A ticket that is closed, of which its requester is told unless the toggle is off. */
async function close(mailboxId: MailboxId): Promise<string> {
  people += 1;
  const address = `ana${people}@lantern.example`;
  const { number } = await seedTicket(desk.db, mailboxId, await seedContact(desk.db, 'Ana Peralta', address));
  await desk.done(closeTicket, { number });
  return address;
}
async function backtest(toggle: string, value: string | null, place: object = {}) {
  // The database says by its own clock when mail was owed.
  const deps = { ...desk.deps, clock: systemClock };
  const done = await perform(deps, CLI, backtestToggle, { toggle, value, backtest: '1d', ...place });
  if (!done.ok) throw new Error(done.error.message);
  return done.value;
}
const readersOf = ({ samples }: { readonly samples: readonly { readonly recipient: string }[] }) =>
  samples.map(({ recipient }) => recipient);

describe('B-03, T-06: who is told of what, by the mail that was owed', () => {
  test('where nothing was owed, that is said', async () => {
    const told = await backtest('notify_ticket_closed', 'off');
    expect(told.owed).toMatchObject({ mails: 0, more: { count: 0 }, fewer: { count: 0 } });
    expect(backtestReport(told)).toMatch(
      /^The 0 mails that notify_ticket_closed decides about, owed since .*\nNothing would/,
    );
    expect(backtestReport(told)).toContain('that nothing was owed does not say that nothing will be');
  });

  test('off: what went would have been kept back; of the mailbox alone for which it would be set', async () => {
    const [ana, eva] = [await close(support), await close(sales)];
    const everywhere = await backtest('notify_ticket_closed', 'off');
    expect(readersOf(everywhere.owed?.fewer ?? { samples: [] })).toEqual([eva, ana]);
    expect(everywhere).toMatchObject({ isReplayed: false, owed: { mails: 2, more: { count: 0 }, changedSince: 0 } });
    const there = await backtest('notify_ticket_closed', 'off', { mailbox: 'sales@desk.example' });
    expect(readersOf(there.owed?.fewer ?? { samples: [] })).toEqual([eva]);
    expect(backtestReport(everywhere).split('\n').slice(1, 3)).toEqual([
      '  2 would not be sent:',
      expect.stringMatching(`^    ticket_closed to ${eva}, ticket \\d+ \\(deskbell outbox show \\d+\\)$`),
    ]);
    expect((await backtest('notify_ticket_closed', 'on')).owed).toMatchObject({
      more: { count: 0 },
      fewer: { count: 0 },
    });
  });

  test('on: whom it kept back would have been told; what went before it was off is left out, and that is said', async () => {
    await desk.done(setToggle, { toggle: 'notify_ticket_closed', value: 'off' });
    const ana = await close(support);
    for (const value of ['on', null]) {
      const told = await backtest('notify_ticket_closed', value);
      expect(readersOf(told.owed?.more ?? { samples: [] })).toEqual([ana]);
      expect(told.owed).toMatchObject({ fewer: { count: 0 }, changedSince: 2 });
      expect(backtestReport(told)).toContain('Note: 2 mails left out: owed while the toggle said something else');
    }
    expect((await backtest('notify_ticket_closed', 'off')).owed).toMatchObject({ more: { count: 0 } });
  });

  test('a narrower choice is not touched by a wider one', async () => {
    await desk.done(setToggle, { toggle: 'notify_ticket_closed', value: 'off', mailbox: 'support@desk.example' });
    expect((await backtest('notify_ticket_closed', 'on')).owed).toMatchObject({ more: { count: 0 } });
  });

  test('mail to the staff is told in the same way', async () => {
    const contact = await seedContact(desk.db, 'Ana Peralta', 'ana@gate.example');
    const { number } = await seedTicket(desk.db, support, contact);
    await desk.done(assignTicket, { number, to: 'jonas@desk.example' });
    const told = await backtest('notify_staff_assigned', 'off');
    expect(readersOf(told.owed?.fewer ?? { samples: [] })).toEqual(['jonas@desk.example']);
  });

  test('what no mail asks cannot be shown, and that is said', async () => {
    const told = await backtest('language', 'de');
    expect(told.owed).toBeNull();
    expect(backtestReport(told)).toMatch(/^A backtest cannot show what language does: /);
  });
});
