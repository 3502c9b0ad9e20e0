import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { attachMessage, rejectMessage, showHeld } from '../../src/inbound/held-operations.ts';
import { checkLedger } from '../../src/inbound/ledger.ts';
import { processMessage } from '../../src/inbound/process-operations.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { closeTicket, showTicket } from '../../src/tickets/operations.ts';
import { mailOf } from '../mail/fixture.ts';
import type { Taken } from './desk.ts';
import { DESK, dmarc, letter, MX, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

// RELIABILITY D15: what waits for a person is listed with its age, and released, attached or rejected by one.
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
});
afterAll(() => desk.close());

/** Another mail wakes the worker, which would look by itself within half a minute. */
async function untilDone(id: number): Promise<Taken> {
  await desk.mail.deliver(DESK, letter('bystander@customer.example'));
  return until('the message is done', async () => {
    const [row] = await desk.db.sql<Taken[]>`
      select id, status, verdict, reason, rule, ticket_id as "ticketId", duplicate_of as "duplicateOf"
      from inbound_messages where id = ${id} and status = 'done'`;
    return row ?? null;
  });
}
const why = async (id: number) => {
  const [found] = await explainMessages(desk.db, String(id));
  return found === undefined ? '' : explanationLines(found).join('\n');
};
const hold = (bytes: Buffer) => desk.withToggle('create_ticket_from_mail', 'off', () => desk.take(bytes));
async function openTicket(from: string): Promise<number> {
  const { ticketId } = await desk.take(letter(from));
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  return row?.number ?? 0;
}
const ticket = (number: number) => desk.done(showTicket, { number });
const balance = async () => {
  const { db, keys } = desk;
  const { isClean, mailboxes } = await checkLedger({ db, keys, openSource: openImap }, AbortSignal.timeout(20_000));
  return { isClean, parts: mailboxes[0]?.parts };
};

describe('a mail that waits for a person', () => {
  test('is listed with its age, its reason, and what would let it go on; the oldest first, page by page', async () => {
    const first = await hold(letter('ana@lantern.example', ['Subject: The lamp stays dark']));
    const second = await desk.take(mailOf(['From: nobody here', 'Subject: Hm', 'Message-ID: <hm@x.example>']));
    const page = await desk.done(showHeld, { limit: 1 });
    expect(page).toMatchObject({ count: 2, next: first.id, overdue: false });
    expect(page.rows).toMatchObject([
      {
        message: first.id,
        from: 'ana@lantern.example',
        subject: 'The lamp stays dark',
        status: 'held',
        reason: 'auto_ticket_off',
        says: 'creating tickets from mail is switched off for this sender or mailbox',
        // The toggle has been put back since.
        release: `deskbell process ${first.id}`,
        isOverdue: false,
      },
    ]);
    const rest = await desk.done(showHeld, { after: page.next });
    expect(rest.rows).toMatchObject([
      { message: second.id, from: '', release: `deskbell process ${second.id} --with unnamed_sender=open` },
    ]);
    expect(rest.next).toBeNull();
    await desk.done(rejectMessage, { message: first.id, because: 'a test' });
    await desk.done(rejectMessage, { message: second.id, because: 'a test' });
  });

  test('is an alarm when it has waited longer than the toggle says', async () => {
    const held = await hold(letter('ana@lantern.example'));
    await desk.db.sql`update inbound_messages set received_at = now() - interval '61 minutes' where id = ${held.id}`;
    expect(await desk.done(showHeld, {})).toMatchObject({ overdue: true, rows: [{ isOverdue: true }] });
    await desk.withToggle('held_alarm_hours', '2', async () =>
      expect(await desk.done(showHeld, {})).toMatchObject({ overdue: false, rows: [{ isOverdue: false }] }),
    );
    await desk.withToggle('held_alarm_hours', '0', async () =>
      expect(await desk.done(showHeld, {})).toMatchObject({ overdue: false }),
    );
    await desk.done(rejectMessage, { message: held.id, because: 'a test' });
  });

  test('joins the ticket an operator puts it into, and opens it; its sender takes no part by that', async () => {
    const number = await openTicket('bo@lantern.example');
    await desk.done(closeTicket, { number });
    const held = await hold(letter('cleo@quarry.example', [], 'The number of the lamp is 7.'));
    const attached = await desk.done(attachMessage, { message: held.id, to: number });
    expect(attached).toMatchObject({ number, status: 'closed' });
    expect(await untilDone(held.id)).toMatchObject({ verdict: 'appended', rule: 'attached' });
    const shown = await ticket(number);
    expect(shown.ticket.status).toBe('open');
    expect(shown.participants.map(({ address }) => address)).toEqual(['bo@lantern.example']);
    const entry = shown.entries.find(({ text }) => text.includes('number of the lamp'));
    expect(entry).toMatchObject({ visibility: 'everybody', author: 'mail:cleo@quarry.example' });
    expect(await why(held.id)).toContain('released  by system:cli, into a ticket');
    expect(await why(held.id)).toContain(`appended, ticket #${number} (rule attached)`);
  });

  test('joins it for operators alone, and the ticket stays as it is', async () => {
    const number = await openTicket('bo@lantern.example');
    await desk.done(closeTicket, { number });
    const held = await hold(letter('cleo@quarry.example', [], 'For your eyes.'));
    await desk.done(attachMessage, { message: held.id, to: number, quietly: true });
    expect(await untilDone(held.id)).toMatchObject({ verdict: 'appended', rule: 'attached_for_operators' });
    const shown = await ticket(number);
    expect(shown.ticket.status).toBe('closed');
    expect(shown.entries.find(({ text }) => text.includes('your eyes'))).toMatchObject({ visibility: 'operators' });
  });

  test('makes its sender take part where that is said: a contact, who is made if there was none', async () => {
    const number = await openTicket('bo@lantern.example');
    const held = await hold(letter('Dora Kern <dora@quarry.example>'));
    await desk.done(attachMessage, { message: held.id, to: number, participant: true });
    await untilDone(held.id);
    const shown = await ticket(number);
    expect(shown.participants.map(({ address, role }) => `${role} ${address}`).toSorted()).toEqual([
      'cc dora@quarry.example',
      'requester bo@lantern.example',
    ]);
    expect(shown.entries.at(-1)?.author).toMatch(/^contact:/);
  });

  test('follows a merge that happened meanwhile, and is answered to where it is', async () => {
    const [from, into] = [await openTicket('eve@lantern.example'), await openTicket('eve@lantern.example')];
    const held = await hold(letter('cleo@quarry.example', ['Message-ID: <merged@quarry.example>']));
    await desk.db.sql`
      update tickets set merged_into_id = (select id from tickets where number = ${into}), status = 'closed', closed_at = now()
      where number = ${from}`;
    expect(await desk.done(attachMessage, { message: held.id, to: from })).toMatchObject({ number: into });
    const { ticketId } = await untilDone(held.id);
    expect(await desk.db.sql`select number from tickets where id = ${ticketId}`).toEqual([{ number: into }]);
  });

  test('that was rejected is no ticket, tells nobody, and says who rejected it and why', async () => {
    const held = await hold(letter('spam@quarry.example'));
    const sent = await desk.db.sql`select id from notifications`;
    await desk.done(rejectMessage, { message: held.id, because: 'an advertisement' });
    expect(
      await desk.db.sql`select status, verdict, rule, ticket_id from inbound_messages where id = ${held.id}`,
    ).toEqual([{ status: 'done', verdict: 'ignored', rule: 'rejected_by_operator', ticket_id: null }]);
    expect((await desk.db.sql`select id from notifications`).length).toBe(sent.length);
    const said = await why(held.id);
    expect(said).toContain('ignored (rule rejected_by_operator)');
    expect(said).toMatch(/rejected {2}by system:cli on .*: "an advertisement"/);
  });

  test('leaves the ledger in balance, with what was rejected in its own column', async () => {
    await desk.take(mailOf(['From: nobody here', 'Subject: Waits on', 'Message-ID: <on@x.example>']));
    const { isClean, parts } = await balance();
    expect(isClean).toBe(true);
    expect(parts).toMatchObject({ held: 1, rejected: 4, waiting: 0 });
  });
});

describe('two at once', () => {
  test('the second operator is told what the first did', async () => {
    const held = await hold(letter('ana@lantern.example'));
    await desk.done(rejectMessage, { message: held.id, because: 'a mistake' });
    for (const attempt of [
      () => desk.done(processMessage, { message: held.id }),
      () => desk.done(attachMessage, { message: held.id, to: 1001 }),
      () => desk.done(rejectMessage, { message: held.id, because: 'me too' }),
    ]) {
      await expect(attempt()).rejects.toThrow(
        /not_held: Message \d+ waits no more: system:cli rejected it on .*: a mistake/,
      );
    }
  });

  test('of a release, an attach and a reject in the same moment one is done, and the books close', async () => {
    const number = await openTicket('bo@lantern.example');
    const held = await hold(letter('fay@lantern.example'));
    const attempts = await Promise.allSettled([
      desk.done(processMessage, { message: held.id }),
      desk.done(attachMessage, { message: held.id, to: number }),
      desk.done(rejectMessage, { message: held.id, because: 'no' }),
    ]);
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await untilDone(held.id);
    expect((await balance()).isClean).toBe(true);
  });

  test('what the worker has taken up already is not rejected any more', async () => {
    const held = await hold(letter('fay@lantern.example'));
    await desk.done(processMessage, { message: held.id });
    await expect(desk.done(rejectMessage, { message: held.id, because: 'no' })).rejects.toThrow(
      /not_held: Message \d+ (waits no more: system:cli let it go on|does not wait for a person)/,
    );
    expect(await untilDone(held.id)).toMatchObject({ verdict: 'opened' });
  });
});

test.each([
  ['a message there is not', 999_999, 1001, false, 'not_held: There is no message 999999.'],
  [
    'a message that became a ticket',
    'done',
    1001,
    false,
    /not_held: Message \d+ does not wait for a person: it is in ticket \d+/,
  ],
  ['a ticket there is not', 'held', 999_999, false, 'ticket_not_found: There is no ticket 999999.'],
  [
    'a sender who failed their domain as participant',
    'forged',
    1001,
    true,
    /no_participant: .*not sent by whom it says/,
  ],
  ['nobody as participant', 'nobody', 1001, true, /no_participant: It names no sender/],
] as const)('%s is refused in words, and nothing is attached', async (_, which, to, participant, words) => {
  const id =
    typeof which === 'number'
      ? which
      : which === 'done'
        ? (await desk.take(letter('ana@lantern.example'))).id
        : which === 'forged'
          ? (
              await desk.take(
                Buffer.concat([Buffer.from(`${dmarc('fail', 'bank.example')}\r\n`), letter('x@bank.example')]),
              )
            ).id
          : which === 'nobody'
            ? (await desk.take(mailOf(['From: no body', 'Subject: No', 'Message-ID: <no@x.example>']))).id
            : (await hold(letter('ana@lantern.example'))).id;
  await expect(desk.done(attachMessage, { message: id, to, participant })).rejects.toThrow(words);
});
