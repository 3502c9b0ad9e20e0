import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addTeam } from '../../src/access/team-operations.ts';
import { addGroup, putIntoGroup } from '../../src/contacts/group-operations.ts';
import { addContact, showContact } from '../../src/contacts/operations.ts';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { setMailboxTeam } from '../../src/mailboxes/team-operations.ts';
import { mergeTickets } from '../../src/tickets/merge-operations.ts';
import { openTicketByHand } from '../../src/tickets/open-operations.ts';
import { closeTicket, replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import { addToTicket, dropFromTicket } from '../../src/tickets/participant-operations.ts';
import { dmarc, DESK, letter, MX, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
  await desk.done(addGroup, { name: 'Night shift' });
  await desk.done(addContact, {
    customer: 'Unassigned',
    addresses: ['bo@lantern.example'],
    firstName: 'Bo',
    lastName: 'Lind',
  });
  await desk.done(putIntoGroup, { group: 'Night shift', members: ['bo@lantern.example', 'guard@gate.example'] });
});
afterAll(() => desk.close());

/** A ticket of that sender with these people on it, and an answer that all of them got. */
async function answered(from: string, people: object) {
  const { ticketId } = await desk.take(letter(from, ['Subject: The gate creaks']));
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const number = row?.number ?? 0;
  await desk.done(addToTicket, { number, ...people });
  await desk.done(replyToTicket, { number, text: 'We are looking.' });
  const tokenOf = (recipient: string) =>
    until('the answer was sent', async () => {
      const mail = (await desk.owed(ticketId)).findLast((one) => one.recipient === recipient);
      return mail?.state === 'sent' ? mail.messageId : null;
    });
  return { ticketId, number, tokenOf };
}
const reply = (from: string, messageId: string) =>
  letter(from, [`In-Reply-To: ${messageId}`, 'Subject: Re: The gate creaks'], 'It is the hinge.');
const shown = (number: number) => desk.done(showTicket, { number });

describe('P-12, P-13: who is told of a ticket may answer', () => {
  test('a member of a group answers the mail they got: it joins, for all', async () => {
    const { ticketId, number, tokenOf } = await answered('ana@customer.example', { groups: ['Night shift'] });
    const taken = await desk.take(reply('bo@lantern.example', await tokenOf('bo@lantern.example')));
    expect(taken).toMatchObject({ verdict: 'appended', rule: 'participants_reply', ticketId });
    expect((await shown(number)).entries.at(-1)).toMatchObject({ visibility: 'everybody', authorName: 'Bo Lind' });
    const [why] = await explainMessages(desk.db, String(taken.id));
    if (why === undefined) throw new Error('nothing explains it');
    expect(explanationLines(why).join(' ')).toContain('takes no part in it, but is told of it');
  });

  test('an extra address of nobody we know answers: it joins, and its sender is a contact from then on', async () => {
    const people = { extras: ['courier@parcels.example'] };
    const { ticketId, number, tokenOf } = await answered('cleo@customer.example', people);
    const token = await tokenOf('courier@parcels.example');
    const taken = await desk.take(reply('Carl Courier <courier@parcels.example>', token));
    expect(taken).toMatchObject({ verdict: 'appended', rule: 'told_address_replies', ticketId });
    const carl = await desk.done(showContact, { contact: 'courier@parcels.example' });
    expect(carl).toMatchObject({ name: 'Carl Courier', createdBy: 'mail' });
    const { entries, participants } = await shown(number);
    expect(entries.at(-1)).toMatchObject({ author: `contact:${carl.id}`, authorName: 'Carl Courier' });
    expect(participants.at(-1)).toMatchObject({ role: 'extra', contactId: carl.id, name: 'Carl Courier' });
    expect(await desk.take(reply('courier@parcels.example', token))).toMatchObject({
      verdict: 'appended',
      rule: 'participants_reply',
    });
  });

  test('a bare address of a group is the same; where mail makes no contacts, it joins without one', async () => {
    const { ticketId, tokenOf } = await answered('dora@customer.example', { groups: ['Night shift'] });
    const token = await tokenOf('guard@gate.example');
    await desk.withToggle('create_contact_from_mail', 'off', async () => {
      const taken = await desk.take(reply('guard@gate.example', token));
      expect(taken).toMatchObject({ verdict: 'appended', rule: 'participants_reply', ticketId });
    });
    await expect(desk.done(showContact, { contact: 'guard@gate.example' })).rejects.toThrow('contact_not_found');
  });

  test('their answer opens a closed ticket again', async () => {
    const { number, tokenOf } = await answered('emil@customer.example', { extras: ['joiner@wood.example'] });
    const token = await tokenOf('joiner@wood.example');
    await desk.done(closeTicket, { number });
    await desk.take(reply('joiner@wood.example', token));
    expect((await shown(number)).ticket.status).toBe('open');
  });

  test('in the ticket that took theirs in, it joins as well', async () => {
    const { number, tokenOf } = await answered('fred@customer.example', { extras: ['painter@wood.example'] });
    const { ticketId, number: into } = await answered('fred@customer.example', {
      extras: ['mason@wood.example'],
    });
    await desk.done(mergeTickets, { number, into });
    const taken = await desk.take(reply('painter@wood.example', await tokenOf('painter@wood.example')));
    expect(taken).toMatchObject({ verdict: 'appended', ticketId });
  });

  test.each([
    ['taken off the ticket, they wait in the airlock', 'gina', 'gina.smith@wood.example'],
    ['a stranger with their token does, too', 'hugo', 'stranger@elsewhere.example'],
  ])('%s', async (_, name, sender) => {
    const { ticketId, number, tokenOf } = await answered(`${name}@customer.example`, {
      extras: [`${name}.smith@wood.example`],
    });
    const token = await tokenOf(`${name}.smith@wood.example`);
    const isTheirs = sender === `${name}.smith@wood.example`;
    if (isTheirs) await desk.done(dropFromTicket, { number, extras: [sender] });
    expect(await desk.take(reply(sender, token))).toMatchObject({ verdict: 'airlocked', ticketId });
  });

  test('what fails their domain is shown to operators alone, and makes no contact', async () => {
    const { ticketId, tokenOf } = await answered('ida@customer.example', { extras: ['roofer@wood.example'] });
    const forged = reply('roofer@wood.example', await tokenOf('roofer@wood.example'));
    const field = Buffer.from(`${dmarc('fail', 'wood.example')}\r\n`);
    expect(await desk.take(Buffer.concat([field, forged]))).toMatchObject({ verdict: 'airlocked', ticketId });
    await expect(desk.done(showContact, { contact: 'roofer@wood.example' })).rejects.toThrow('contact_not_found');
  });
});

test('P-13: the requester gets the mail of a ticket opened for them, and answers into it', async () => {
  const input = { for: 'bo@lantern.example', subject: 'Timer', text: 'A new timer is on its way.' };
  const { number } = await desk.done(openTicketByHand, input);
  const { ticket } = await shown(number);
  const arrived = await until('the mail arrived', async () => {
    const [mail] = await desk.owed(ticket.id);
    if (mail?.state !== 'sent') return null;
    return (await desk.inbox('bo@lantern.example')).find((text) => text.includes(mail.messageId)) ?? null;
  });
  expect(arrived).toContain(`Subject: Timer [#${number}]`);
  expect(arrived).toContain(`has opened request #${number} for you:`);
  expect(arrived).toContain('A new timer is on its way.');
  const messageId = /^Message-ID: (\S+)/m.exec(arrived)?.[1] ?? '';
  const answer = letter('bo@lantern.example', [`In-Reply-To: ${messageId}`], 'Thank you.');
  expect(await desk.take(answer)).toMatchObject({ verdict: 'appended', ticketId: ticket.id });
});

test('O-04: mail opens tickets of the team that its mailbox names', async () => {
  await desk.done(addTeam, { name: 'Hardware' });
  await desk.done(setMailboxTeam, { address: DESK, team: 'Hardware' });
  const { ticketId } = await desk.take(letter('kim@customer.example'));
  const [row] = await desk.db.sql<{ team: string }[]>`
    select w.name as team from tickets t join teams w on w.id = t.team_id where t.id = ${ticketId}`;
  expect(row?.team).toBe('Hardware');
});
