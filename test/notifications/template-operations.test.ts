import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/access/actor.ts';
import { addOperator, disableOperator } from '../../src/access/operations.ts';
import { findOperator } from '../../src/access/store.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import { renderMail } from '../../src/notifications/render.ts';
import { createLiveTemplates } from '../../src/notifications/templates/live.ts';
import {
  diffTemplate,
  listTemplates,
  previewTemplate,
  showTemplate,
} from '../../src/notifications/templates/read-operations.ts';
import { sendTestMail } from '../../src/notifications/templates/test-operations.ts';
import { restoreTemplate, setTemplate } from '../../src/notifications/templates/write-operations.ts';
import { noteOnTicket, replyToTicket } from '../../src/tickets/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let jonas: Actor;
let number: number;
beforeAll(async () => {
  desk = await openTestDesk();
  await desk.done(addOperator, { address: 'jonas@desk.example', name: 'Jonas Weil', role: 'admin' });
  const row = await findOperator(desk.db, address('jonas@desk.example'));
  if (row === null) throw new Error('the operator is missing');
  jonas = { is: 'operator', ...row };
  const ana = await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
  ({ number } = await seedTicket(desk.db, await seedMailbox(desk.db), ana));
  await desk.done(replyToTicket, { number, text: 'We are looking at the lamp.' });
});
afterAll(() => desk.drop());

const closed = { kind: 'ticket-closed', locale: 'de' };
const subjectOf = async (locale: string): Promise<string> => {
  const live = createLiveTemplates();
  await live.refresh(desk.db, silentLog);
  return renderMail(live, MAIL_KINDS.ticket_closed.example, locale).subject;
};

describe('N-03: an operator writes a template otherwise', () => {
  test('each version is kept; what is used is seen, compared and restored', async () => {
    const shipped = await subjectOf('de');
    const first = await desk.done(setTemplate, { ...closed, subject: 'Erledigt: [#{{ticket.number}}]\r\n' }, jonas);
    expect(first).toEqual({ kind: 'ticket_closed', locale: 'de', version: 1, before: null, isSame: false });
    await desk.done(setTemplate, { ...closed, subject: 'Fertig: [#{{ticket.number}}]\n', ifVersion: 1 }, jonas);
    expect(await subjectOf('de-AT')).toBe('Fertig: [#1042]');
    expect(await subjectOf('en')).toMatch(/^Closed: /);
    expect(await desk.done(showTemplate, closed)).toMatchObject({
      version: 2,
      subject: 'Fertig: [#{{ticket.number}}]\n',
      versions: [
        { version: 2, isActive: true, author: 'Jonas Weil' },
        { version: 1, isActive: false, author: 'Jonas Weil' },
      ],
    });
    const { parts } = await desk.done(diffTemplate, { ...closed, version: 1 });
    expect(parts[0]?.lines.filter(({ is }) => is !== 'same')).toEqual([
      { is: 'removed', text: 'Erledigt: [#{{ticket.number}}]' },
      { is: 'added', text: 'Fertig: [#{{ticket.number}}]' },
    ]);
    expect(parts.slice(1).flatMap(({ lines }) => lines.filter(({ is }) => is !== 'same'))).toEqual([]);
    await desk.done(restoreTemplate, { ...closed, version: 1 }, jonas);
    expect(await subjectOf('de')).toBe('Erledigt: [#1042]');
    await desk.done(restoreTemplate, { ...closed, shipped: true }, jonas);
    expect(await subjectOf('de')).toBe(shipped);
  });

  test('the same again makes no new version', async () => {
    const input = { kind: 'ticket_pending', subject: 'Soon: [#{{ticket.number}}]' };
    await desk.done(setTemplate, input, jonas);
    expect(await desk.done(setTemplate, input, jonas)).toMatchObject({ version: 1, isSame: true });
  });

  test.each([
    [
      'an unknown variable',
      { text: 'Hello,\n{{ticket.numbr}}' },
      'template_refused',
      'The text part, line 2: unknown variable "ticket.numbr"; did you mean "ticket.number"? Nothing was saved.',
    ],
    // B-15: what is the staff's is in no mail to customers.
    [
      "the staff's variable",
      { html: inlines('{{requester.address}}') },
      'template_refused',
      'The html part, line 1: unknown variable "requester.address"',
    ],
    [
      "the staff's partial",
      { text: '{{> staff-facts}}' },
      'template_refused',
      'en/partials/staff-facts.text.hbs, line 2: unknown variable "requester.name"',
    ],
    [
      'a missing slot',
      { html: 'Hello' },
      'template_refused',
      'The html part, line 1: {{#*inline "preheader"}} is missing',
    ],
    ['an open block', { text: '{{#if ticket.subject}}x' }, 'template_refused', 'The text part, line 1: '],
    [
      'a message without its arguments',
      { text: '{{message "digest.subject" count=ticket.number}}' },
      'template_refused',
      'needs desk=',
    ],
    ['an empty subject', { subject: '{{ticket.subject}}' }, 'template_refused', 'The subject can come out empty.'],
    ['a control character', { text: 'x\u0000' }, 'invalid_input', 'has a control character in it'],
    ['nothing but space', { text: ' \n' }, 'invalid_input', 'text is empty'],
    [
      'more than programs show',
      { html: inlines('x'.repeat(50_000) + '{{desk.name}}<br>'.repeat(700)) },
      'template_refused',
      'many programs cut it',
    ],
    ['no part', {}, 'nothing_given', 'Nothing was given to write'],
    [
      'another version',
      { subject: 'x', ifVersion: 7 },
      'changed_meanwhile',
      'the one that comes with the program is used',
    ],
    ['an unknown kind', { kind: 'ticket_closd', subject: 'x' }, 'invalid_input', 'did you mean ticket_closed?'],
    [
      'a language that is none',
      { locale: 'german', subject: 'x' },
      'invalid_input',
      'is a language such as de or en-GB',
    ],
  ])('%s is refused in one sentence, and nothing is saved', async (_, input, code, message) => {
    const before = await desk.db.sql`select id from template_versions`;
    const refused = await desk.refused(setTemplate, { kind: 'ticket_reopened', ...input }, jonas);
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(message);
    expect(await desk.db.sql`select id from template_versions`).toEqual(before);
  });

  test('of two who write at once, both versions are kept and one is used', async () => {
    const write = (word: string) =>
      desk.done(setTemplate, { kind: 'ticket_resolved', subject: `${word} [#{{ticket.number}}]` }, jonas);
    await Promise.all(['One', 'Two', 'Three'].map(write));
    const { versions } = await desk.done(showTemplate, { kind: 'ticket_resolved' });
    expect(versions.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(versions.map(({ isActive }) => isActive)).toEqual([true, false, false]);
  });

  test('a language that has no files can be written, and its readers get it', async () => {
    await desk.done(setTemplate, { kind: 'ticket_closed', locale: 'fr', subject: 'Clos [#{{ticket.number}}]' }, jonas);
    expect(await subjectOf('fr-CA')).toBe('Clos [#1042]');
    const { rows } = await desk.done(listTemplates, { locale: 'fr' });
    expect(rows.find(({ kind }) => kind === 'ticket_closed')).toMatchObject({ version: 1, written: 'fr' });
    expect(rows.find(({ kind }) => kind === 'ticket_opened')).toMatchObject({ version: null, written: 'en' });
  });

  test('one that can no longer be used after an upgrade is named, and the file is used', async () => {
    await desk.db.sql`
      insert into template_versions (kind, locale, version, subject, text, html, author, is_active)
      values ('participant_added', 'en', 1, '{{gone}}', 'x', 'x', 'operator:1', true),
        ('a_kind_of_yesterday', 'en', 1, 'x', 'x', 'x', 'operator:1', true)`;
    const { rows } = await desk.done(listTemplates, {});
    expect(rows.find(({ kind, locale }) => kind === 'participant_added' && locale === 'en')).toMatchObject({
      version: null,
      trouble: 'subject:1: unknown variable "gone"',
    });
    const live = createLiveTemplates();
    await live.refresh(desk.db, silentLog);
    expect(renderMail(live, MAIL_KINDS.participant_added.example, 'en').subject).toContain('The timer switches');
    expect((await desk.refused(restoreTemplate, { kind: 'participant_added', version: 1 })).message).toContain(
      '"gone"',
    );
  });

  test('mail that failed for its template is due again when it changes, and no other', async () => {
    const live = createLiveTemplates();
    await live.refresh(desk.db, silentLog);
    await desk.db.sql`update notifications set state = 'failed', reason = 'template: no such thing'`;
    await desk.db.sql`
      insert into notifications (public_id, message_id, kind, lane, mailbox_id, event_id, recipient, recipient_name, because, state, reason, view, "references")
      select gen_random_uuid(), '<x@desk.example>', kind, lane, mailbox_id, event_id, 'bo@lantern.example', '', '', 'failed', '550 no', '{}', '[]'
      from notifications limit 1`;
    await live.refresh(desk.db, silentLog);
    const states = () => desk.db.sql`select state from notifications order by id`;
    expect(await states()).toEqual([{ state: 'failed' }, { state: 'failed' }]);
    await desk.done(setTemplate, { kind: 'ticket_reopened', subject: 'Again [#{{ticket.number}}]' }, jonas);
    await live.refresh(desk.db, silentLog);
    expect(await states()).toEqual([{ state: 'failed' }, { state: 'failed' }]);
    await desk.done(setTemplate, { kind: 'agent_replied', subject: 'Re [#{{ticket.number}}]' }, jonas);
    await live.refresh(desk.db, silentLog);
    expect(await states()).toEqual([{ state: 'queued' }, { state: 'failed' }]);
  });

  test('and also where the database was away just when the worker had read the new one', async () => {
    const live = createLiveTemplates();
    await live.refresh(desk.db, silentLog);
    await desk.db.sql`
      update notifications set state = 'failed', reason = 'template: no such thing' where state = 'queued'`;
    await desk.done(setTemplate, { kind: 'agent_replied', subject: 'Reply [#{{ticket.number}}]' }, jonas);
    const isUpdate = ([words]: readonly unknown[]) => String(words).trimStart().startsWith('update');
    const away = new Proxy(desk.db.sql, {
      apply: (sql, self, args: unknown[]) => {
        if (isUpdate(args)) throw new Error('the database is away');
        return Reflect.apply(sql, self, args) as unknown;
      },
    });
    await expect(live.refresh({ ...desk.db, sql: away }, silentLog)).rejects.toThrow('away');
    await live.refresh(desk.db, silentLog);
    expect(await desk.db.sql`select state from notifications order by id`).toEqual([
      { state: 'queued' },
      { state: 'failed' },
    ]);
  });
});

test('mail that failed for its template so long ago that nobody expects it any more stays where it is', async () => {
  const live = createLiveTemplates();
  await live.refresh(desk.db, silentLog);
  await desk.db.sql`
    update notifications set state = 'failed', reason = 'template: no such thing', created_at = now() - interval '73 hours'
    where kind = 'agent_replied'`;
  await desk.done(setTemplate, { kind: 'agent_replied', subject: 'Answer [#{{ticket.number}}]' }, jonas);
  await live.refresh(desk.db, silentLog);
  expect(await desk.db.sql`select distinct state from notifications where kind = 'agent_replied'`).toEqual([
    { state: 'failed' },
  ]);
  await desk.db
    .sql`update notifications set state = 'sent', reason = null, created_at = now() where kind = 'agent_replied'`;
});

describe('N-03: a template is seen before it is used', () => {
  test('for the newest mail of a ticket, in its words; with files, nothing is saved', async () => {
    await desk.done(restoreTemplate, { kind: 'agent_replied', shipped: true }, jonas);
    const preview = await desk.done(previewTemplate, { kind: 'agent_replied', ticket: String(number), locale: 'de' });
    expect(preview).toMatchObject({ locale: 'de', isDraft: false, version: null });
    expect(preview.of).toMatch(/^mail \d+ to ana@lantern.example$/);
    expect(preview.text).toContain('We are looking at the lamp.');
    const draft = await desk.done(previewTemplate, {
      kind: 'agent_replied',
      to: 'ana@lantern.example',
      text: 'Draft {{ticket.number}}',
    });
    expect(draft).toMatchObject({ isDraft: true, text: `Draft ${number}\n` });
    expect(await desk.refused(previewTemplate, { kind: 'agent_replied', text: '{{vip}}' })).toMatchObject({
      code: 'template_refused',
    });
  });

  test('where there was no such mail, the example says what the ticket says', async () => {
    const preview = await desk.done(previewTemplate, { kind: 'ticket_reopened', ticket: String(number) });
    expect(preview.text).toContain('Hello Ana Peralta,');
    expect(preview.text).toContain('The lamp stays dark');
    expect(preview.of).toContain('no such mail was owed for it');
    expect((await desk.refused(previewTemplate, { kind: 'digest', ticket: '99999' })).code).toBe('ticket_not_found');
  });
});

function inlines(body: string): string {
  const empty = (name: string): string => `{{#*inline "${name}"}}{{/inline}}`;
  return `{{#*inline "body"}}${body}{{/inline}}${empty('preheader')}${empty('footer')}`;
}

test.each([
  ['a customer', 'ana@lantern.example'],
  ['somebody who is an operator no more', 'ex@desk.example'],
])('a test with what a ticket says does not go to %s', async (_, to) => {
  await desk.done(noteOnTicket, { number, text: 'They owe us three invoices.' });
  if (to.startsWith('ex@')) {
    await desk.done(addOperator, { address: to, name: 'Mira Sand' });
    await desk.done(disableOperator, { address: to });
  }
  expect(await desk.refused(sendTestMail, { kind: 'staff-note-added', to, ticket: number })).toMatchObject({
    code: 'not_an_operator',
    message: `${to} is not the address of an operator, and a test with ticket ${number} says what it says.`,
    mend: 'Send it to an operator, or leave out --ticket.',
  });
});
