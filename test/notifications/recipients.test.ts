import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/access/actor.ts';
import { findOperator, insertOperator } from '../../src/access/store.ts';
import type { Role } from '../../src/db/schema/access.ts';
import type { ContactId } from '../../src/db/ids.ts';
import { inTransaction } from '../../src/db/client.ts';
import { EVENTS } from '../../src/events/catalogue.ts';
import type { EventKind } from '../../src/events/catalogue.ts';
import { previewEvent, showRules } from '../../src/notifications/preview-operations.ts';
import { raiseEvents } from '../../src/notifications/raise.ts';
import { rulesOf } from '../../src/notifications/rules.ts';
import { setToggle } from '../../src/settings/operations.ts';
import { clearSetting, putSetting } from '../../src/settings/store.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { mergeTickets } from '../../src/tickets/merge-operations.ts';
import { openTicketByHand } from '../../src/tickets/open-operations.ts';
import {
  closeTicket,
  noteOnTicket,
  pendTicket,
  reopenTicket,
  replyToTicket,
  resolveTicket,
  showTicket,
} from '../../src/tickets/operations.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox } from '../support/seed.ts';

let desk: TestDesk;
let count = 0;
beforeAll(async () => {
  desk = await openTestDesk();
  await seedMailbox(desk.db);
});
afterAll(() => desk.drop());

const operator = async (name: string, role: Role = 'agent'): Promise<Actor> => {
  const at = address(`${name.toLowerCase()}@desk.example`);
  await insertOperator(desk.db, { address: at, name: `${name} Weil`, role });
  const row = await findOperator(desk.db, at);
  if (row === null) throw new Error('the operator is missing');
  return { is: 'operator', ...row };
};
const jonas = operatorOnce('Jonas');
const mira = operatorOnce('Mira');
function operatorOnce(name: string): () => Promise<Actor> {
  let made: Promise<Actor> | null = null;
  return () => (made ??= operator(name));
}

/** A ticket of somebody new, opened by hand, of which nothing has been told. */
async function ticket(): Promise<{ number: number; who: string; id: ContactId }> {
  count += 1;
  const who = `ana${count}@lantern.example`;
  const id = await seedContact(desk.db, `Ana Peralta${count}`, who, `home${count}@peralta.example`);
  const { number } = await desk.done(openTicketByHand, { for: who, subject: 'A lamp', text: 'It is dark.' });
  return { number, who, id };
}
/** The mail of these kinds that a ticket owes, or why not. */
const mails = async (number: number, ...kinds: readonly string[]): Promise<readonly string[]> => {
  const shown = (await desk.done(showTicket, { number })).mails;
  return shown
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, recipient, reason, because }) => `${kind} ${recipient}: ${reason ?? because}`);
};
async function withToggles<T>(values: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const places = Object.entries(values).map(([toggle, value]) => ({
    toggle,
    layer: 'desk' as const,
    layerId: 0,
    value,
  }));
  for (const { value, ...place } of places) await putSetting(desk.db, place, value, 'system:test');
  try {
    return await run();
  } finally {
    for (const place of places) await clearSetting(desk.db, place);
  }
}

describe('N-01, T-06: every event has its rule, its toggle, and fires on a transition', () => {
  test.each<[string, EventKind, readonly string[]]>([
    ['a new ticket', 'ticket_opened', ['ticket_opened', 'staff_ticket_opened']],
    ['a new ticket by hand', 'ticket_opened_by_operator', ['ticket_opened_for_you']],
    ['an answer of an operator', 'agent_replied', ['agent_replied', 'staff_agent_replied']],
    ['an answer of a customer', 'contact_replied', ['contact_replied', 'staff_contact_replied']],
    ['mail of a stranger', 'reply_airlocked', ['staff_reply_waits']],
    ['a note', 'note_added', ['staff_note_added']],
    ['somebody let in', 'participant_added', ['participant_added']],
    ['a ticket that waits', 'ticket_pending', ['ticket_pending']],
    ['one that is resolved', 'ticket_resolved', ['ticket_resolved']],
    ['one that is closed', 'ticket_closed', ['ticket_closed']],
    ['one that is opened again', 'ticket_reopened', ['ticket_reopened']],
    ['one that is part of another, of which nobody is told twice', 'ticket_merged', []],
    ['one that is given to somebody', 'ticket_assigned', ['staff_assigned']],
    ['a contact', 'contact_created', ['contact_welcomed']],
    ['a link that is asked for', 'password_link_asked', ['password_link']],
    ['held mail', 'held_mail_waits', ['held_mail_waits']],
    ['a flood', 'flood_began', ['flood_began']],
    ['the breaker', 'breaker_opened', ['breaker_opened']],
    ['a mailbox in trouble', 'mailbox_unhealthy', ['mailbox_unhealthy']],
    ['late mail', 'delivery_delayed', ['delivery_delayed']],
    ['mail that did not go', 'delivery_failed', ['delivery_failed']],
  ])('%s: %s', (_, event, kinds) => expect(rulesOf(event).map(({ kind }) => kind)).toEqual(kinds));

  const STATUSES = [
    ['waits', pendTicket, 'ticket_pending', 'notify_ticket_pending'],
    ['is resolved', resolveTicket, 'ticket_resolved', 'notify_ticket_resolved'],
    ['is closed', closeTicket, 'ticket_closed', 'notify_ticket_closed'],
  ] as const;
  test.each(STATUSES)(
    'a ticket that %s tells requester and affected contact, once',
    async (_, operation, kind, toggle) => {
      const { number, who } = await ticket();
      const bo = `bo${count}@lantern.example`;
      await seedContact(desk.db, 'Bo Lind', bo);
      await desk.done(addToTicket, { number, affected: bo, extras: [`guard${count}@gate.example`] });
      await withToggles({ [toggle]: 'on' }, async () => {
        await desk.done(operation, { number });
        // The status it has already is no transition.
        await desk.refused(operation, { number });
      });
      expect(await mails(number, kind)).toEqual([
        `${kind} ${who}: requester of the ticket`,
        `${kind} ${bo}: affected contact of the ticket`,
      ]);
    },
  );

  test('opened again is told where the toggle says so, else a row says that it is off', async () => {
    const { number, who } = await ticket();
    await withToggles({ notify_ticket_closed: 'off' }, () => desk.done(closeTicket, { number }));
    await desk.done(reopenTicket, { number });
    expect(await mails(number, 'ticket_closed', 'ticket_reopened')).toEqual([
      `ticket_closed ${who}: switched off (notify_ticket_closed = off)`,
      `ticket_reopened ${who}: switched off (notify_ticket_reopened = off)`,
    ]);
  });

  test('a toggle of a mailbox counts before the desk’s', async () => {
    const { number, who } = await ticket();
    await desk.done(setToggle, { toggle: 'notify_ticket_resolved', value: 'off', mailbox: 'support@desk.example' });
    await desk.done(resolveTicket, { number });
    expect(await mails(number, 'ticket_resolved')).toEqual([
      `ticket_resolved ${who}: switched off (notify_ticket_resolved = off)`,
    ]);
    await desk.done(setToggle, { toggle: 'notify_ticket_resolved', value: 'on', mailbox: 'support@desk.example' });
  });

  test('whoever is let in is told, once; another role is an edit, and a merge tells nobody', async () => {
    const { number } = await ticket();
    const bo = `bo${count}@lantern.example`;
    await seedContact(desk.db, 'Bo Lind', bo);
    await desk.done(addToTicket, { number, ccs: [bo] });
    await desk.done(addToTicket, { number, watchers: [bo] });
    expect(await mails(number, 'participant_added')).toEqual([
      `participant_added ${bo}: cc of the ticket`,
      `participant_added ${bo}: they took part in it already`,
    ]);
    const other = await ticket();
    const before = (await desk.done(showTicket, { number })).mails.length;
    await desk.done(mergeTickets, { number, into: other.number, acrossCustomers: true });
    expect((await desk.done(showTicket, { number })).mails).toHaveLength(before);
    expect(await mails(other.number, 'ticket_closed', 'participant_added')).toEqual([]);
  });
});

describe('N-02: one mail a person; whoever is not told has a reason', () => {
  test('a person with two addresses and three roles gets one mail', async () => {
    const { number, who } = await ticket();
    await desk.db.sql`
      insert into ticket_addresses (ticket_id, address) select id, ${`home${count}@peralta.example`} from tickets where number = ${number}`;
    await desk.done(addToTicket, { number, watchers: [who] });
    await desk.done(replyToTicket, { number, text: 'We are looking.' });
    expect(await mails(number, 'agent_replied')).toEqual([`agent_replied ${who}: requester of the ticket`]);
  });

  test('an operator who takes part as a customer gets the customer’s mail, not two', async () => {
    const { number } = await ticket();
    const lena = await operator(`Lena${count}`);
    const at = `lena${count}@desk.example`;
    const private_ = `lena${count}@home.example`;
    await seedContact(desk.db, 'Lena Roth', private_, at);
    await desk.done(addToTicket, { number, ccs: [private_] });
    await desk.done(assignTicket, { number, to: at });
    await withToggles({ notify_staff_agent_replied: 'on' }, async () => {
      await desk.done(replyToTicket, { number, text: 'Done.' }, await jonas());
    });
    expect(lena.is).toBe('operator');
    expect((await mails(number, 'agent_replied', 'staff_agent_replied')).slice(1)).toEqual([
      `agent_replied ${private_}: cc of the ticket`,
      `staff_agent_replied ${at}: they are told as cc of the ticket`,
    ]);
  });

  test('never the author; where all whom a rule names are the author there is no row at all', async () => {
    const { number } = await ticket();
    await desk.done(assignTicket, { number, to: 'jonas@desk.example' }, await jonas());
    await desk.done(noteOnTicket, { number, text: 'Mine.' }, await jonas());
    expect(await mails(number, 'staff_assigned', 'staff_note_added')).toEqual([]);
    await desk.done(noteOnTicket, { number, text: 'For you.' }, await mira());
    expect(await mails(number, 'staff_note_added')).toEqual([
      'staff_note_added jonas@desk.example: the ticket is theirs to work on',
    ]);
  });

  test.each([
    ['this ticket', true, 'they muted this ticket'],
    ['all but their own', false, 'they muted all tickets but their own'],
  ])('who muted %s is not told', async (_, isThis, reason) => {
    const { number, who } = await ticket();
    const bo = `bo${count}@lantern.example`;
    const id = await seedContact(desk.db, 'Bo Lind', bo);
    await desk.done(addToTicket, { number, ccs: [bo] });
    const [row] = await desk.db.sql<{ id: number }[]>`select id from tickets where number = ${number}`;
    await desk.db.sql`
      insert into mutes (contact_id, ticket_id, source) values (${id}, ${isThis ? (row?.id ?? 0) : null}, 'operator')`;
    await desk.done(replyToTicket, { number, text: 'We are looking.' });
    expect(await mails(number, 'agent_replied')).toEqual([
      `agent_replied ${who}: requester of the ticket`,
      `agent_replied ${bo}: ${reason}`,
    ]);
  });

  test('D13: so many are told of one event, the first by their roles; the others have a row that says so', async () => {
    const { number, who } = await ticket();
    await desk.done(addToTicket, { number, extras: [`a${count}@gate.example`, `b${count}@gate.example`] });
    await withToggles({ recipients_per_event: '2' }, () => desk.done(replyToTicket, { number, text: 'All of you.' }));
    expect(await mails(number, 'agent_replied')).toEqual([
      `agent_replied ${who}: requester of the ticket`,
      `agent_replied a${count}@gate.example: extra address of the ticket`,
      `agent_replied b${count}@gate.example: so many are told of it already (recipients_per_event = 2)`,
    ]);
  });
});

describe('N-03: in their words', () => {
  test.each([
    ['their own language', 'fr', 'de', 'it', 'fr'],
    ['their company’s', null, 'de', 'it', 'de'],
    ['the desk’s', null, null, 'it', 'it'],
    ['English where nobody says', null, null, null, 'en'],
  ])('a contact is written to in %s', async (_, own, companys, desks, expected) => {
    const { number, id } = await ticket();
    await desk.db.sql`update contacts set locale = ${own} where id = ${id}`;
    await desk.db.sql`update customers set locale = ${companys} where is_unassigned`;
    const toggles: Record<string, string> = desks === null ? {} : { language: desks, time_zone: 'Europe/Berlin' };
    await withToggles(toggles, () => desk.done(resolveTicket, { number }));
    await desk.db.sql`update customers set locale = null where is_unassigned`;
    const [row] = await desk.db.sql<{ locale: string; zone: string }[]>`
      select locale, view #>> '{desk,timeZone}' as zone from notifications where kind = 'ticket_resolved' order by id desc limit 1`;
    expect(row).toEqual({ locale: expected, zone: desks === null ? 'UTC' : 'Europe/Berlin' });
  });

  test.each([
    ['language', 'english', 'language is a language such as de or en-GB, not "english".'],
    ['time_zone', '+02:00', 'time_zone is a time zone by its IANA name, such as Europe/Berlin or UTC, not "+02:00".'],
  ])('%s = %s is refused', async (toggle, value, message) => {
    expect((await desk.refused(setToggle, { toggle, value })).message).toBe(message);
  });

  test('a tag is kept as it is usually written', async () => {
    expect(await desk.done(setToggle, { toggle: 'language', value: 'de_at' })).toMatchObject({ value: 'de-AT' });
    await clearSetting(desk.db, { toggle: 'language', layer: 'desk', layerId: 0 });
  });
});

describe('the staff', () => {
  test('alarms reach the admins who want them, in their language, and nobody who is disabled', async () => {
    await operator('Adele', 'admin');
    await operator('Bruno', 'admin');
    await operator('Clara', 'admin');
    await desk.db.sql`update operators set hears_of_alarms = 'off' where address = 'bruno@desk.example'`;
    await desk.db.sql`update operators set disabled_at = now() where address = 'clara@desk.example'`;
    await desk.db.sql`update operators set locale = 'de' where address = 'adele@desk.example'`;
    const [mailbox] = await desk.db.sql<{ id: number }[]>`select id from mailboxes limit 1`;
    const payload = { ...(EVENTS.held_mail_waits.sample as object), mailboxId: mailbox?.id };
    await inTransaction(desk.db, (tx) => raiseEvents(tx, desk.deps.keys, [{ kind: 'held_mail_waits', payload }]));
    const rows = await desk.db.sql`
      select recipient, locale, state, because from notifications where kind = 'held_mail_waits'`;
    const because = 'admin who wants to hear when something is wrong';
    expect(rows).toEqual([{ recipient: 'adele@desk.example', locale: 'de', state: 'queued', because }]);
  });

  test('a ticket given to a team tells its members while nobody has it', async () => {
    const { number } = await ticket();
    const [team] = await desk.db.sql<{ id: number }[]>`insert into teams (name) values ('Portal') returning id`;
    await jonas();
    await desk.db.sql`
      insert into team_members (team_id, operator_id) select ${team?.id ?? 0}, id from operators where address = 'jonas@desk.example'`;
    await desk.done(assignTicket, { number, team: 'Portal' });
    expect(await mails(number, 'staff_assigned')).toEqual([
      'staff_assigned jonas@desk.example: member of the team Portal',
    ]);
  });
});

describe('notify preview', () => {
  test('says who would be told and who not, with the mail of each, and stores nothing', async () => {
    const { number, who } = await ticket();
    await desk.done(addToTicket, { number, extras: [`c${count}@gate.example`] });
    const before = await desk.db.sql`select count(*) from notifications`;
    const preview = await desk.done(previewEvent, { number, event: 'ticket_resolved' });
    expect(preview.told).toMatchObject([
      {
        recipient: who,
        because: 'requester of the ticket',
        mail: { subject: expect.stringContaining(`#${number}`) as string },
      },
    ]);
    const off = await desk.done(previewEvent, { number, event: 'ticket_pending' });
    expect(off).toMatchObject({
      told: [],
      notTold: [{ recipient: who, reason: 'switched off (notify_ticket_pending = off)' }],
    });
    expect(await desk.db.sql`select count(*) from notifications`).toEqual(before);
  });

  test.each([
    [
      'an event there is not',
      { event: 'ticket_resolvd' },
      'There is no event "ticket_resolvd" of a ticket: did you mean ticket_resolved?',
    ],
    ['one that has not happened', { event: 'note_added' }, /^Ticket \d+ has no note yet\.$/],
    [
      'a mail it does not owe',
      { event: 'ticket_closed', kind: 'ticket_close' },
      'ticket_closed owes no mail "ticket_close": did you mean ticket_closed?',
    ],
    ['an alarm', { event: 'flood_began' }, /^There is no event "flood_began" of a ticket/],
  ])('%s is refused in one sentence', async (_, input, message) => {
    const { number } = await ticket();
    expect((await desk.refused(previewEvent, { number, ...input })).message).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });

  test('the rules are listed with their toggles, for the desk and for a mailbox', async () => {
    await desk.done(setToggle, { toggle: 'alarm_flood', value: 'off', mailbox: 'support@desk.example' });
    const of = async (mailbox?: string) =>
      (await desk.done(showRules, mailbox === undefined ? {} : { mailbox })).rules.find(
        ({ kind }) => kind === 'flood_began',
      );
    expect(await of()).toMatchObject({ isOn: true, toggle: 'alarm_flood', urgency: 'urgent' });
    expect(await of('support@desk.example')).toMatchObject({ isOn: false });
  });
});
