import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertOperator } from '../../src/access/store.ts';
import { addAddress } from '../../src/contacts/address-operations.ts';
import { deactivateContact } from '../../src/contacts/lifecycle-operations.ts';
import { findPersonId } from '../../src/contacts/lifecycle-store.ts';
import { addContact } from '../../src/contacts/operations.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId, TicketId } from '../../src/db/ids.ts';
import { deleteContact, showErasure } from '../../src/erasure/operations.ts';
import { INVARIANTS } from '../../src/inbound/ledger-store.ts';
import { sha256 } from '../../src/lib/crypto.ts';
import { raiseEvents } from '../../src/notifications/raise.ts';
import { setToggle } from '../../src/settings/operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { showTickets } from '../../src/tickets/list-operations.ts';
import { noteOnTicket, replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import { addressOf, letter, MX, openDesk, proven, until } from '../walk/desk.ts';
import type { Desk } from '../walk/desk.ts';
import { whereWritten } from './dump.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  // Who is told of all that customers write, and of what is wrong: their mail names them, and says what they wrote.
  const jonas = { address: addressOf('jonas@desk.test'), name: 'Jonas Weil', role: 'admin' } as const;
  await insertOperator(desk.db, jonas);
  await desk.db.sql`update operators set hears_of_tickets = 'all', hears_of_replies = 'all'`;
  desk.startWorker();
});
afterAll(() => desk.close());

interface Life {
  readonly id: ContactId;
  readonly mergedId: ContactId;
  readonly ticketId: TicketId | null;
  readonly number: number;
  /** Our acknowledgement's Message-ID. */
  readonly ours: string;
  readonly heldId: number;
  readonly addresses: readonly string[];
}

const settled = () =>
  until('all mail has gone', async () => {
    const rows = await desk.db.sql`select 1 from notifications where state in ('queued', 'sending', 'submitting')`;
    return rows.length === 0 ? true : null;
  });

/** Somebody of whom the desk has written wherever it writes of anybody. */
async function live(name: string, at: string): Promise<Life> {
  const [first, second, third, old] = [`ana@${at}`, `ana.p@home.${at}`, `third@${at}`, `old-ana@${at}`];
  const from = `"${name.replaceAll(/["\\]/g, '\\$&')}" <${first}>`;
  const file = ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'];
  const parts = `--b\r\nContent-Type: text/plain\r\n\r\nHere is ${name}.\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=cv.txt\r\n\r\nCV of ${name}, ${first}\r\n--b--`;
  const { ticketId } = await desk.take(proven(from, file, parts));
  const { messageId: ours } = await desk.acknowledgement(ticketId);
  const id = (await findPersonId(desk.db, addressOf(first))) as ContactId;
  await desk.done(addAddress, { contact: first, address: second });
  await desk.done(setToggle, { toggle: 'acknowledge', value: 'off', contact: second });
  const [ticket] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const number = ticket?.number ?? 0;
  // Another takes part, and their mail names both of her addresses and a third that is nobody's yet.
  const bo = await desk.take(letter(`bo@${at}`, [`Cc: ${from}, ${second.toUpperCase()}`], 'A lamp of mine.'));
  const bos = (await desk.acknowledgement(bo.ticketId)).messageId;
  await desk.db.sql`
    insert into ticket_participants (ticket_id, contact_id, role)
    select ${ticketId}, contact_id, 'cc' from contact_addresses where address = ${`bo@${at}`}`;
  await desk.take(
    letter(`${name.replaceAll(/[^a-z ]/gi, '')} <${third}>`, [`In-Reply-To: ${bos}`], 'From a third one.'),
  );
  await desk.done(addAddress, { contact: first, address: third });
  await desk.take(letter(second, [`In-Reply-To: ${ours}`], `Again ${name}, now from ${second}.`));
  await desk.done(replyToTicket, { number, text: 'We are looking.' });
  await desk.done(noteOnTicket, { number, text: `Called ${name} at ${second}.\n${name}\nsays it is urgent.` });
  await desk.done(assignTicket, { number, to: 'jonas@desk.test' });
  await desk.done(noteOnTicket, { number, text: `Once more: ${name} at ${second}.` });
  const [told] = await desk.db.sql<{ id: number }[]>`select max(id) as id from notifications where contact_id = ${id}`;
  const payload = { notificationId: told?.id, others: 0 };
  await inTransaction(desk.db, (tx) => raiseEvents(tx, desk.keys, [{ kind: 'delivery_failed', payload }]));
  await desk.done(deactivateContact, { contact: first });
  const held = await desk.take(letter(second, ['Subject: Another lamp']));
  expect(held).toMatchObject({ status: 'held', reason: 'non_active_contact' });
  await settled();
  const merged = await desk.done(addContact, {
    firstName: 'Old',
    lastName: name,
    customer: 'Unassigned',
    addresses: [old],
  });
  const mergedId = merged?.id as ContactId;
  await writeTheRest(id, mergedId, name, first);
  return { id, mergedId, ticketId, number, ours, heldId: held.id, addresses: [first, second, third, old] };
}

/** What operations of other rooms, bounces and years would write. */
async function writeTheRest(id: ContactId, mergedId: ContactId, name: string, first: string): Promise<void> {
  const { sql } = desk.db;
  const picture = Buffer.from(`the face of ${name}`);
  await sql`insert into blobs (sha256, size_bytes) values (${sha256(picture)}, ${picture.byteLength})`;
  await sql`insert into blob_chunks (sha256, position, bytes) values (${sha256(picture)}, 0, ${picture})`;
  await sql`
    update contacts set title = ${name}, user_name = ${name.replaceAll('@', '')}, phone = ${name}, mobile = ${name}, fax = ${name},
      job_title = ${name}, street = ${name}, zip = ${name}, city = ${name}, country = ${name}, locale = 'de', comment = ${name},
      custom = jsonb_build_object('nick', ${name}::text), related_devices = jsonb_build_array(${name}::text),
      picture_sha256 = ${sha256(picture)}, picture_type = 'image/png', is_main_site_user = true
    where id = ${id}`;
  await sql`update customers set main_contact_id = ${id} where is_unassigned`;
  await sql`update contacts set merged_into_id = ${id} where id = ${mergedId}`;
  await sql`
    insert into contact_merges (contact_id, into_id, evidence, merged_by)
    values (${mergedId}, ${id}, jsonb_build_array(${`both are ${name}, ${first}`}::text), 'operator:1')`;
  const [group] = await sql<{ id: number }[]>`
    insert into notification_groups (name) values (${`group ${id}`}) returning id`;
  await sql`insert into group_contacts (group_id, contact_id) values (${group?.id ?? 0}, ${id})`;
  await sql`insert into group_addresses (group_id, address) values (${group?.id ?? 0}, ${first})`;
  await sql`insert into ticket_addresses (ticket_id, address) select min(id), ${first} from tickets where requester_id = ${id}`;
  await sql`insert into mutes (contact_id, source) values (${id}, 'operator')`;
  await sql`insert into mutes (address, ticket_id, source) select ${first}, min(id), 'page' from tickets`;
  await sql`
    update notifications set state = 'bounced', reason = ${`bounced: 550 <${first}> ${name} is gone`}
    where id = (select min(id) from notifications where contact_id = ${id})`;
  await sql`
    insert into deliveries (notification_id, outcome, reply)
    select id, 'bounced', ${`550 <${first}>: ${name}`} from notifications where contact_id = ${id}`;
  await sql`insert into suppressions (address, reason) values (${first}, ${`bounced: ${first}`}) on conflict do nothing`;
  await sql`insert into mail_rhythms (address_key, rounds, last_at) values (${first}, 1, now()) on conflict do nothing`;
  await sql`
    update notifications set state = 'deferred', reason = ${`451 <${first}> later`}
    where id = (select max(id) from notifications where contact_id = ${id})`;
  const override = {
    by: 'operator:1',
    at: new Date(),
    choices: [],
    anyway: false,
    sender: first,
    because: `It is ${name}.`,
  };
  await sql`
    update inbound_messages set released = ${sql.json(override as never)}
    where id = (select max(inbound_id) from ticket_entries where author = ${`contact:${id}`})`;
  await sql`
    insert into audit_rows (actor, operation, input, outcome, changes) values
      ('operator:1', 'contact.set', jsonb_build_object('contact', ${id}::int, 'firstName', 'Annabel'), 'done',
        jsonb_build_object('from', jsonb_build_object('id', ${id}::int, 'name', 'Annabel Quill'), 'to', null)),
      ('operator:1', 'group.add', jsonb_build_object('group', 'Quarry', 'address', ${first}::text), 'done', null),
      ('operator:1', 'ticket.reply', jsonb_build_object('number', 1, 'text', ${`Dear\n${name},\nthank you.`}::text), 'done', null)`;
}

/** One thing that only stays while what they wrote stays. */
const WRITINGS = new Set(['ticket_entries.text', 'blob_chunks.bytes']);

/** What others wrote to the desk is kept as it came, whomever it names. */
const isOthersMail = (found: string) => found.startsWith('blob_chunks.bytes') && found.includes('From: bo@');

describe('P-07: whoever is deleted is nowhere to be found', () => {
  test.each([
    ['a plain name, what they wrote stays', 'Ana Dorn', 'lantern.example', false],
    ['a plain name, with what they wrote', 'Ana Peralta', 'quarry.example', true],
    [
      'a name with marks that mean something elsewhere',
      `Ana "Bee" O'Peralta-Lima (QA) 100% $1.+*`,
      'harbour.example',
      true,
    ],
    ['a name in other letters, at a domain in other letters', 'Ана Перальта', 'xn--bcher-kva.example', true],
  ])('%s', async (_, name, at, withMessages) => {
    const ana = await live(name, at);
    const preview = await desk.done(showErasure, { contact: ana.id, withMessages });
    expect(preview).toMatchObject({
      confirmation: ana.addresses[0],
      merged: [ana.mergedId],
      tickets: 1,
      pendingMails: 1,
      heldMessages: 1,
      groups: 1,
      settings: 1,
      attachments: 1,
    });
    expect(await whereWritten(desk.db, [`ana@${at}`])).not.toEqual([]);

    await desk.done(deleteContact, { contact: `ana@${at}`, confirm: `ANA@${at}`, withMessages });

    const words = [...ana.addresses, name, 'Annabel', 'Quill'];
    const found = await whereWritten(desk.db, words, (place) => !withMessages && WRITINGS.has(place));
    expect(found.filter((one) => !isOthersMail(one))).toEqual([]);
    const others = await whereWritten(desk.db, [`bo@${at}`]);
    expect(others.length).toBeGreaterThan(3);
  });
});

test('P-07: tickets stay, of a deleted contact; entries, mail and audit still say what happened', async () => {
  const eva = await live('Eva Lind', 'studio.example');
  await desk.done(deleteContact, { contact: eva.id, confirm: 'ana@studio.example', withMessages: true });
  const { ticket, entries, participants, mails } = await desk.done(showTicket, { number: eva.number });
  expect(ticket).toMatchObject({ requester: 'deleted contact', subject: '(erased)' });
  expect((await desk.done(showTickets, {})).tickets.some(({ number }) => number === eva.number)).toBe(true);
  expect(participants).toMatchObject([{ role: 'cc', address: 'bo@studio.example' }]);
  expect(entries.map(({ kind, authorName, text }) => ({ kind, authorName, text }))).toMatchObject([
    { kind: 'mail', authorName: 'deleted contact', text: expect.stringContaining('was erased') as string },
    { kind: 'mail', authorName: 'deleted contact', text: expect.stringContaining('was erased') as string },
    { kind: 'reply', text: 'We are looking.' },
    { kind: 'note', text: 'Called deleted contact at deleted contact.\ndeleted contact\nsays it is urgent.' },
    { kind: 'status', text: 'Jonas Weil works on it now.' },
    { kind: 'note', text: 'Once more: deleted contact at deleted contact.' },
  ]);
  expect(entries.every(({ attachments }) => attachments.length === 0)).toBe(true);
  const theirs = mails.filter(({ recipient }) => recipient === 'deleted contact');
  expect(theirs.map(({ state }) => state).toSorted()).toEqual(['bounced', 'cancelled', 'cancelled']);
  // What they wrote was not told to themselves.
  const reasons = theirs.filter(({ state }) => state === 'cancelled').map(({ reason }) => reason);
  expect(reasons.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
    'the contact was deleted',
    'they wrote it',
  ]);
  const audit = await desk.db.sql`
    select operation, input, changes from audit_rows where operation like 'contact.%' and changes -> 'to' -> 'id' = to_jsonb(${eva.id}::int)`;
  expect(audit).toMatchObject([
    {
      operation: 'contact.delete',
      input: { contact: eva.id, confirm: '(an address)' },
      changes: { from: { status: 'deactivated' }, to: { status: 'deleted', tombstones: 4 } },
    },
  ]);
});

test('P-07: whoever is only told of a ticket, or whose mail came to nothing long ago, is not named by it either', async () => {
  const { number, ticketId } = await live('Fay Holm', 'meadow.example');
  const gus = { firstName: 'Gus', lastName: 'Marlow', customer: 'Unassigned' };
  const { id } = await desk.done(addContact, { ...gus, addresses: ['gus@marlow.example'] });
  const [group] = await desk.db.sql<{ id: number }[]>`
    insert into notification_groups (name) values ('night shift') returning id`;
  await desk.db.sql`insert into group_contacts (group_id, contact_id) values (${group?.id ?? 0}, ${id})`;
  await desk.db.sql`insert into ticket_groups (ticket_id, group_id) values (${ticketId}, ${group?.id ?? 0})`;
  await desk.done(noteOnTicket, { number, text: 'Gus knows more; ask Gus Marlow.' });
  // A report about mail to them, and mail of theirs that was ignored, of which the decision is gone.
  for (const [from, verdict] of [
    ['postmaster@marlow.example', 'bounce_recorded'],
    ['Gus <gus@marlow.example>', 'ignored'],
    ['Other <other@marlow.example>', 'ignored'],
  ] as const) {
    const text = 'To gus@marlow.example nothing goes.';
    const { id: held } = await desk.withToggle('create_ticket_from_mail', 'off', () =>
      desk.take(letter(from, [], text)),
    );
    await desk.db.sql`delete from decisions where inbound_id = ${held}`;
    await desk.db.sql`
      update inbound_messages set status = 'done', verdict = ${verdict}, reason = null, decision_gone_at = now() where id = ${held}`;
  }
  expect(await desk.done(showErasure, { contact: id, withMessages: true })).toMatchObject({ tickets: 1, groups: 1 });
  await desk.done(deleteContact, { contact: id, confirm: 'gus@marlow.example', withMessages: true });
  const found = await whereWritten(desk.db, ['gus@marlow.example', 'Gus Marlow']);
  // What others wrote to the desk stays as it came.
  expect(found).toEqual([expect.stringContaining('From: Other')]);
});

test('P-07: what was done to others stays in the audit, whatever numbers are in it; a link sent to them as another is gone', async () => {
  const made = { firstName: 'Uma', lastName: 'Quist', customer: 'Unassigned' };
  const uma = await desk.done(addContact, { ...made, addresses: ['uma@quist.example'] });
  const bo = await desk.done(addContact, { ...made, lastName: 'Bergh', addresses: ['uma.bergh@quist.example'] });
  await desk.db.sql`
    insert into audit_rows (actor, operation, input, outcome, changes) values
      ('operator:7', 'contact.import', '{"file": "people.csv"}', 'done', jsonb_build_object('from', null, 'to', jsonb_build_object('created', ${uma.id}::int))),
      ('operator:7', 'contact.set', '{}', 'done', jsonb_build_object('from', jsonb_build_object('contact', ${bo.id}::int, 'customerId', ${uma.id}::int), 'to', null)),
      ('operator:7', 'contact.merge', jsonb_build_object('contact', ${bo.id}::int, 'into', ${uma.id}::int, 'because', 'a reason'), 'done', null),
      ('operator:7', 'contact.unmerge', '{}', 'done', jsonb_build_object('from', null, 'to', jsonb_build_object('contact', 0, 'standsFor', jsonb_build_array(0, ${uma.id}::int))))`;
  await desk.db.sql`
    insert into password_links (token_hash, contact_id, address, purpose, expires_at)
    values (sha256('x'), ${bo.id}, 'uma@quist.example', 'invite', now())`;
  await desk.done(deleteContact, { contact: uma.id, confirm: 'uma@quist.example' });
  const audit = await desk.db.sql<{ operation: string; erased: boolean }[]>`
    select operation, input ? 'erased' as erased from audit_rows where actor = 'operator:7' order by id`;
  expect(audit).toEqual([
    { operation: 'contact.import', erased: false },
    { operation: 'contact.set', erased: false },
    { operation: 'contact.merge', erased: true },
    { operation: 'contact.unmerge', erased: true },
  ]);
  expect(await whereWritten(desk.db, ['uma@quist.example'])).toEqual([]);
});

test.each(INVARIANTS.map(({ id, says, find }) => ({ id, says, find })))(
  'P-07: after all that the books are in balance: $id, $says',
  async ({ find }) => {
    expect(await find(desk.db)).toEqual([]);
  },
);
