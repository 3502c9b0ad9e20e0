import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import { mergeContacts, unmergeContact } from '../../src/contacts/merge-operations.ts';
import { dismissProposal, showProposals } from '../../src/contacts/proposal-operations.ts';
import type { ContactId, MailboxId } from '../../src/db/ids.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let mailboxId: MailboxId;
let uid = 0;
beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
});
afterAll(() => desk.drop());

const proposed = async (customer?: string) => {
  const { proposals } = await desk.done(showProposals, { customer });
  return proposals.map(({ contact, into, evidence }) => [contact.id, into.id, ...evidence]);
};

/** A mail of somebody in a ticket of theirs, or in one that is there. */
async function writes(contact: ContactId, name: string, text: string, ticketId?: number): Promise<number> {
  const place = ticketId ?? (await seedTicket(desk.db, mailboxId, contact)).ticketId;
  uid += 1;
  await desk.db.sql`
    with folder as (
      insert into mailbox_folders (mailbox_id, folder, uid_validity, baseline_uid) values (${mailboxId}, 'INBOX', ${uid}, 0) returning id
    ), mail as (
      insert into inbound_messages (mailbox_id, folder_id, uid, content_key, raw_sha256, size_bytes, internal_date, epoch)
      select ${mailboxId}, id, 1, decode(lpad(${String(uid)}, 64, '0'), 'hex'), decode(repeat('0', 64), 'hex'), 1, now(), 1
      from folder returning id
    )
    insert into ticket_entries (ticket_id, kind, visibility, author, author_name, inbound_id, text)
    select ${place}, 'mail', 'everybody', ${`contact:${contact}`}, ${name}, id, ${text} from mail`;
  return place;
}

test('people who may be one are proposed with what speaks for it, the likeliest first (P-14, B-12)', async () => {
  const ana = await seedContact(desk.db, 'Ana Lima', 'ana.lima@lantern.example');
  const home = await seedContact(desk.db, 'ana líma', 'alima@gmail.com');
  const bo = await seedContact(desk.db, 'Bo Okafor', 'bo.okafor@lantern.example');
  const nameless = await seedContact(desk.db, '', 'b@home.example');
  const signed = await seedContact(desk.db, 'Somebody Else', 'else@home.example');
  const ticket = await writes(ana, 'Ana Lima', 'Hello\n\n-- \nAna Lima\nLantern Works, Lisbon\n');
  await writes(home, 'ana líma', 'Hello', ticket);
  await writes(nameless, 'Okafor, Bo', 'Hello');
  await writes(signed, 'Else', 'Hello\n\n-- \nAna Lima\nLantern Works, Lisbon\n');
  expect(await proposed()).toEqual([
    [home, ana, 'both are called Ana Lima', expect.stringMatching(/^both wrote in ticket #\d+$/)],
    [signed, ana, 'both sign their mail with "ana lima / lantern works, lisbon"'],
    [nameless, bo, `mail of contact ${nameless} bears the name Bo Okafor`],
  ]);

  // Merged they are one; what was un-merged or dismissed is not proposed again.
  const { evidence } = await desk.done(mergeContacts, { contact: home, into: ana, because: 'she said so' });
  expect(evidence).toEqual(['she said so', 'both are called Ana Lima', expect.stringMatching(/^both wrote/)]);
  expect((await proposed()).map(([contact]) => contact)).toEqual([signed, nameless]);
  await desk.done(unmergeContact, { contact: home });
  await desk.done(dismissProposal, { contact: bo, other: 'b@home.example' });
  expect((await proposed()).map(([contact]) => contact)).toEqual([signed]);
  expect((await desk.refused(dismissProposal, { contact: nameless, other: bo })).code).toBe('dismissed');
  expect((await desk.refused(dismissProposal, { contact: bo, other: bo })).code).toBe('same_contact');

  // Whoever stands for somebody is compared with all that is theirs, and two who were parted stay parted.
  await desk.done(mergeContacts, { contact: signed, into: home });
  expect(await proposed()).toEqual([]);
});

test('proposals are of one customer where one is named', async () => {
  await desk.done(addCustomer, { name: 'Quarry' });
  await seedContact(desk.db, 'Cleo Marsh', 'cleo@quarry.example');
  const other = await seedContact(desk.db, 'Cleo Marsh', 'cleo@gmail.com');
  expect(await proposed('Quarry')).toEqual([]);
  await desk.db
    .sql`update contacts set customer_id = (select id from customers where name = 'Quarry') where id = ${other}`;
  expect((await proposed('Quarry')).map(([contact]) => contact)).toEqual([other]);
  expect((await desk.refused(showProposals, { customer: 'Nobody' })).code).toBe('customer_not_found');
});

test('what many have in common is no evidence: it is named, and costs no pair', async () => {
  await desk.db.sql`
    with made as (
      insert into contacts (customer_id, first_name, last_name, phone, created_by)
      select c.id, 'Maria', 'Silva', '030 7654321', 'test' from customers c, generate_series(1, 2000) where c.is_unassigned returning id
    )
    insert into contact_addresses (address, contact_id, is_primary) select 'info@company' || id || '.example', id, true from made`;
  const { proposals, tooCommon } = await desk.done(showProposals, { limit: 1000 });
  expect(proposals.filter(({ into }) => into.name === 'Maria Silva')).toEqual([]);
  expect(tooCommon).toEqual([
    { kind: 'name', key: 'maria silva', people: 2000 },
    { kind: 'phone', key: '307654321', people: 2000 },
  ]);
});
