import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addOperator, disableOperator } from '../../src/access/operations.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { addSuppression } from '../../src/notifications/suppression-operations.ts';
import { sendTestMail } from '../../src/notifications/templates/test-operations.ts';
import { setTemplate } from '../../src/notifications/templates/write-operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { noteOnTicket } from '../../src/tickets/operations.ts';
import { DESK, letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

const JONAS = 'jonas@staff.test';
const EX = 'ex@staff.test';
const ANA = 'ana@customer.example';
const STRANGER = 'somebody@elsewhere.example';
const DEAD = 'dead@elsewhere.example';
const NOTE = 'They owe us three invoices, so let them wait until Friday.';

let desk: Desk;
let number: number;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
  for (const address of [JONAS, EX]) await desk.done(addOperator, { address, name: 'Jonas Weil' });
  await desk.done(disableOperator, { address: EX });
  await desk.done(addSuppression, { address: DEAD, because: 'it does not exist' });
  const { ticketId } = await desk.take(letter(`Ana Peralta <${ANA}>`, ['Subject: The gate'], 'The gate squeaks.'));
  await desk.acknowledgement(ticketId);
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  number = row?.number ?? 0;
  await desk.done(assignTicket, { number, to: JONAS });
  await desk.done(noteOnTicket, { number, text: NOTE });
});
afterAll(() => desk.close());

const tests = async (address: string) =>
  (await desk.inbox(address)).filter((mail) => /^Message-ID: <test\./im.test(mail));

describe('N-03: a test of a template', () => {
  test('goes out by the real way, says that it is one, in the language asked for, and asks for no answer', async () => {
    const sent = await desk.done(sendTestMail, { kind: 'ticket-resolved', to: STRANGER, locale: 'de' });
    expect(sent).toMatchObject({ kind: 'ticket_resolved', to: STRANGER, locale: 'de', of: 'the example' });
    const [mail = '', ...others] = await tests(STRANGER);
    expect(others).toEqual([]);
    expect(mail).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(mail).toMatch(/^Content-Language: de/m);
    const { from, to, subject, text, html, inReplyTo, references } = await parseMessage(Buffer.from(mail, 'latin1'));
    expect(subject).toMatch(/^\[Test\] /);
    expect([from[0]?.address, to[0]?.address, inReplyTo, references]).toEqual([DESK, STRANGER, [], []]);
    expect(text).toContain('gelöst');
    expect(html).toContain('<html');
  });

  test('is what the operator has written, at once', async () => {
    await desk.done(setTemplate, { kind: 'ticket_pending', locale: 'en', text: 'We wait, {{recipient.name}}.' });
    await desk.done(sendTestMail, { kind: 'ticket_pending', to: JONAS });
    const mail = (await tests(JONAS)).at(-1) ?? '';
    expect((await parseMessage(Buffer.from(mail, 'latin1'))).text).toMatch(/^We wait, \S/);
  });

  test('of a ticket goes to an operator, with what it says; a language nobody has is said in English', async () => {
    const sent = await desk.done(sendTestMail, { kind: 'staff-note-added', to: JONAS, ticket: number, locale: 'fi' });
    expect(sent).toMatchObject({ locale: 'en' });
    const mail = (await tests(JONAS)).at(-1) ?? '';
    expect((await parseMessage(Buffer.from(mail, 'latin1'))).text).toContain(NOTE.slice(0, 40));
  });

  test('is in no outbox and no ticket, and the desk does not read it as mail', async () => {
    const before = await desk.countTaken();
    const rows = () => desk.db.sql`select id from notifications order by id`;
    const owed = await until('the note is told', async () => {
      const [open] = await desk.db.sql<{ count: number }[]>`
        select count(*)::int as count from notifications where state in ('queued', 'sending', 'submitting')`;
      return open?.count === 0 ? rows() : null;
    });
    await desk.done(sendTestMail, { kind: 'agent_replied', to: STRANGER });
    expect(await rows()).toEqual(owed);
    expect(await desk.countTaken()).toBe(before);
  });

  test.each([
    ['with a ticket, to a customer', { to: ANA, ticket: true }, /^not_an_operator: ana.* says what it says/],
    ['with a ticket, to a stranger', { to: STRANGER, ticket: true }, /^not_an_operator: .* says what it says/],
    ['with a ticket, to an operator of old', { to: EX, ticket: true }, /^not_an_operator: .* says what it says/],
    ['of mail to the staff, to a stranger', { to: STRANGER, kind: 'staff-digest' }, /^not_an_operator: .* staff alone/],
    ['of mail to the staff, to a customer', { to: ANA, kind: 'staff_note_added' }, /^not_an_operator: .* staff alone/],
    ['of an alarm, to an operator of old', { to: EX, kind: 'flood_began' }, /^not_an_operator: .* staff alone/],
    ['to a customer, who would take it for earnest', { to: ANA }, /^address_of_contact: .* of Ana Peralta/],
    ['to an address that is not mailed', { to: DEAD }, /^not_mailed: .* it does not exist/],
    ['to the desk itself', { to: DESK }, /^desk_address: .* would read its own test/],
    ['by a mailbox that is none', { to: STRANGER, mailbox: 'no@desk.test' }, /^mailbox_not_found: .*no@desk/],
    ['in a language that is none', { to: STRANGER, locale: 'klingonisch!' }, /^invalid_input: locale/],
    [
      'of a kind that is none',
      { to: STRANGER, kind: 'ticket_resolve' },
      /^invalid_input: .* did you mean ticket_resolved/,
    ],
    ['of a ticket that is none', { to: JONAS, ticket: 99_999 }, /^ticket_not_found: .*99999/],
  ])('%s it is refused, and nothing leaves', async (_, asked, says) => {
    const before = (await tests(asked.to)).length;
    const ticket = 'ticket' in asked ? { ticket: asked.ticket === true ? number : asked.ticket } : {};
    const refused = desk.done(sendTestMail, { kind: 'ticket_resolved', ...asked, ...ticket });
    await expect(refused).rejects.toThrow(says);
    expect(await tests(asked.to)).toHaveLength(before);
  });

  test('B-15: no word of a note has come to anybody who is no operator', async () => {
    const all = (await Promise.all([ANA, STRANGER, EX, DEAD].map((address) => desk.inbox(address)))).flat();
    expect(all.length).toBeGreaterThan(0);
    for (const mail of all) {
      expect((await parseMessage(Buffer.from(mail, 'latin1'))).text).not.toContain('invoices');
      expect(mail).not.toContain('invoices');
    }
  });
});
