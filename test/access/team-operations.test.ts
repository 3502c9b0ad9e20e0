import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertOperator } from '../../src/access/store.ts';
import {
  addTeam,
  dropFromTeam,
  putIntoTeam,
  removeTeam,
  setTeam,
  showTeams,
} from '../../src/access/team-operations.ts';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import type { ContactId, OperatorId } from '../../src/db/ids.ts';
import { setMailboxTeam } from '../../src/mailboxes/team-operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { showTickets } from '../../src/tickets/list-operations.ts';
import { openTicketByHand } from '../../src/tickets/open-operations.ts';
import { showTicket } from '../../src/tickets/operations.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';
import type { TestDesk } from './desk.ts';
import { openTestDesk } from './desk.ts';

const [JONAS, LENA, OMAR] = ['jonas@desk.example', 'lena@desk.example', 'omar@desk.example'] as const;
let desk: TestDesk;
let ana: ContactId;
let jonas: OperatorId | null;
let number: number;
beforeAll(async () => {
  desk = await openTestDesk();
  const mailboxId = await seedMailbox(desk.db);
  ana = await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
  ({ number } = await seedTicket(desk.db, mailboxId, ana));
  jonas = await insertOperator(desk.db, { address: address(JONAS), name: 'Jonas Weil', role: 'agent' });
  await insertOperator(desk.db, { address: address(LENA), name: 'Lena Roth', role: 'read_only' });
  await insertOperator(desk.db, { address: address(OMAR), name: 'Omar Said', role: 'agent' });
  await desk.db.sql`update operators set disabled_at = now() where address = ${OMAR}`;
  await desk.done(addTeam, { name: 'Hardware' });
});
afterAll(() => desk.drop());

const numbers = async (filter: object) => (await desk.done(showTickets, filter)).tickets.map((one) => one.number);

describe('O-04: teams', () => {
  test('operators are put into a team and taken out; repeating is said', async () => {
    const inTeam = { team: 'hardware', operators: [JONAS] };
    expect(await desk.done(putIntoTeam, { ...inTeam, operators: [JONAS, LENA] })).toMatchObject({
      members: ['Jonas Weil', 'Lena Roth'],
    });
    expect((await desk.refused(putIntoTeam, inTeam)).message).toBe('Jonas Weil: in the team Hardware already.');
    expect(await desk.done(dropFromTeam, { team: 'hardware', operators: [LENA] })).toMatchObject({
      members: ['Jonas Weil'],
    });
    expect((await desk.refused(dropFromTeam, { ...inTeam, operators: [LENA] })).code).toBe('nothing_to_do');
    expect(await desk.done(showTeams, {})).toMatchObject([{ name: 'Hardware', members: ['Jonas Weil'], openCount: 0 }]);
  });

  test.each([
    [
      'a team nobody knows',
      { team: 'Hardwear', operators: [JONAS] },
      'There is no team "Hardwear"; "Hardware" is one.',
    ],
    [
      'an operator nobody knows',
      { team: 'Hardware', operators: ['jons@desk.example'] },
      'There is no operator jons@desk.example; jonas@desk.example is one.',
    ],
    ['nobody', { team: 'Hardware', operators: [] }, 'operators is missing: name at least one.'],
  ])('%s is refused in words', async (_, input, message) => {
    expect((await desk.refused(putIntoTeam, input)).message).toBe(message);
  });

  test('a team has one name, which is neither a number nor "none"', async () => {
    expect(await desk.refused(addTeam, { name: 'HARDWARE' })).toMatchObject({ code: 'team_exists' });
    await desk.done(addTeam, { name: 'Software' });
    expect(await desk.refused(setTeam, { team: 'Software', name: 'hardware' })).toMatchObject({ code: 'team_exists' });
    expect(await desk.done(setTeam, { team: 'Software', name: 'Portal' })).toMatchObject({ before: 'Software' });
    for (const name of ['12', 'none'])
      expect(await desk.refused(addTeam, { name })).toMatchObject({ code: 'invalid_input' });
  });

  test('new tickets of a mailbox are the team’s that it names; those before stay whose they were', async () => {
    const mailbox = 'support@desk.example';
    await desk.done(setMailboxTeam, { address: mailbox, team: 'Hardware' });
    expect(await desk.refused(setMailboxTeam, { address: mailbox, team: 'hardware' })).toMatchObject({
      code: 'nothing_to_do',
    });
    const opened = await desk.done(openTicketByHand, { for: ana, subject: 'Timer', text: 'A new one.' });
    expect(await numbers({ team: 'Hardware' })).toEqual([opened.number]);
    expect(await numbers({ team: 'none' })).toEqual([number]);
    expect((await desk.done(showTicket, { number: opened.number })).ticket).toMatchObject({ team: 'Hardware' });
    const { mend } = await desk.refused(removeTeam, { team: 'Hardware' });
    expect(mend).toContain('deskbell mailbox set-team support@desk.example none');
    await desk.done(setMailboxTeam, { address: mailbox, team: 'none' });
    expect((await desk.refused(removeTeam, { team: 'Hardware' })).message).toBe("1 ticket is the team Hardware's.");
  });

  test('a ticket is given to an operator and a team, for operators’ eyes, and taken from them', async () => {
    const given = await desk.done(assignTicket, { number, to: JONAS, team: 'Portal' });
    expect(given.said).toEqual(['Jonas Weil works on it now.', "It is the team Portal's now."]);
    const { ticket, entries, mails } = await desk.done(showTicket, { number });
    expect(ticket).toMatchObject({ assignee: 'Jonas Weil', team: 'Portal' });
    expect(entries.at(-1)).toMatchObject({ kind: 'status', visibility: 'operators' });
    expect(mails).toMatchObject([{ kind: 'staff_assigned', recipient: JONAS }]);
    expect(await desk.refused(assignTicket, { number, to: jonas })).toMatchObject({ code: 'nothing_to_do' });
    await desk.done(assignTicket, { number, to: 'nobody', team: 'none' });
    const [audit] = await desk.db.sql<{ changes: unknown }[]>`
      select changes from audit_rows where operation = 'ticket.assign' and outcome = 'done' order by id desc limit 1`;
    expect(audit?.changes).toMatchObject({ from: { assigneeId: jonas }, to: { assigneeId: null, teamId: null } });
    const [event] = await desk.db.sql<{ kind: string }[]>`select kind from events order by id desc limit 1`;
    expect(event?.kind).toBe('ticket_assigned');
  });

  test.each([
    ['one who is disabled', OMAR, 'operator_disabled'],
    ['one who may only look', LENA, 'operator_cannot_write'],
    ['one nobody knows', 'x@desk.example', 'operator_not_found'],
  ])('%s is given no ticket', async (_, to, code) => {
    expect(await desk.refused(assignTicket, { number, to })).toMatchObject({ code });
    expect((await desk.refused(openTicketByHand, { for: ana, subject: 'x', text: 'x', assign: to })).code).toBe(code);
  });

  test('tickets are listed by who works on them, their customer and their person', async () => {
    await desk.done(assignTicket, { number, to: JONAS });
    expect(await numbers({ assignee: JONAS })).toEqual([number]);
    expect(await numbers({ assignee: 'nobody' })).not.toContain(number);
    expect(await numbers({ requester: 'ana@lantern.example', assignee: JONAS })).toEqual([number]);
    await desk.done(addCustomer, { name: 'Lantern Works', domains: [] });
    expect(await numbers({ customer: 'Lantern Works' })).toEqual([]);
    expect(await numbers({ customer: 'unassigned' })).toContain(number);
    const kim = await seedContact(desk.db, 'Kim Tide', 'kim@tide.example');
    await desk.db.sql`update contacts set merged_into_id = ${kim} where id = ${ana}`;
    expect(await numbers({ requester: 'kim@tide.example' })).toContain(number);
    await desk.db.sql`update contacts set merged_into_id = null where id = ${ana}`;
    expect(await desk.refused(showTickets, { requester: 999 })).toMatchObject({ code: 'contact_not_found' });
  });

  test('a list is whole page by page, and says where it goes on', async () => {
    const all = await numbers({});
    expect(await desk.done(showTickets, {})).toMatchObject({ next: null });
    const paged: number[] = [];
    for (let after: number | null = null, turns = 0; turns === 0 || after !== null; turns += 1) {
      const page: { readonly tickets: readonly { readonly number: number }[]; readonly next: number | null } =
        await desk.done(showTickets, { limit: 1, ...(after === null ? {} : { after }) });
      paged.push(...page.tickets.map((ticket) => ticket.number));
      after = page.next;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(1);
    expect(await desk.refused(showTickets, { after: 999_999 })).toMatchObject({ code: 'ticket_not_found' });
  });

  test('removed when that is said, a team leaves its tickets to no team', async () => {
    const [ticket] = await numbers({ team: 'Hardware' });
    expect(await desk.done(removeTeam, { team: 'Hardware', fromTickets: true })).toMatchObject({ ticketCount: 1 });
    expect(await numbers({ team: 'none' })).toContain(ticket);
  });
});
