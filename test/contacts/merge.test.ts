import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId, MailboxId } from '../../src/db/ids.ts';
import { addAddress } from '../../src/contacts/address-operations.ts';
import { addCustomer, setCustomer, showCustomer, showCustomers } from '../../src/contacts/customer-operations.ts';
import { setContact } from '../../src/contacts/edit-operations.ts';
import { mergeContacts, unmergeContact } from '../../src/contacts/merge-operations.ts';
import { putMerge } from '../../src/contacts/merge-store.ts';
import { addContact, showContact, showContacts } from '../../src/contacts/operations.ts';
import { setToggle, showToggles } from '../../src/settings/operations.ts';
import { mergeTickets } from '../../src/tickets/merge-operations.ts';
import { showTickets } from '../../src/tickets/list-operations.ts';
import { replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { until } from '../walk/desk.ts';
import { seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let mailboxId: MailboxId;
let round = 0;
let a: ContactId;
let b: ContactId;
let c: ContactId;
beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
  await desk.done(addCustomer, { name: 'Lantern Works', domains: ['lantern.example'] });
  await desk.done(addCustomer, { name: 'Quarry', domains: ['quarry.example'] });
});
afterAll(() => desk.drop());
beforeEach(async () => {
  round += 1;
  [a, b, c] = [await person('Ana', 'a'), await person('Bea', 'b'), await person('Cleo', 'c')];
});

async function person(firstName: string, of: string, domain = 'lantern.example'): Promise<ContactId> {
  const addresses = [`${of}${round}@${domain}`, `${of}${round}.private@${domain}`];
  const added = await desk.done(addContact, { firstName, lastName: `Number${round}`, addresses });
  if (added === null) throw new Error('nobody was added');
  return added.id;
}
const merge = (contact: unknown, into: unknown, more = {}) => desk.done(mergeContacts, { contact, into, ...more });
const unmerge = (contact: unknown) => desk.done(unmergeContact, { contact });

/** Who stands for each of these. */
const persons = async (...ids: readonly ContactId[]) => {
  const rows = await desk.db.sql<{ id: ContactId; into: ContactId | null }[]>`
    select id, merged_into_id as into from contacts where id = any(${[...ids]}::bigint[])`;
  const into = new Map(rows.map((row) => [row.id, row.into]));
  return ids.map((id) => into.get(id) ?? id);
};

describe('two contacts are one person, and two again (P-14, B-12)', () => {
  test('the person is found under every address, and shows whose each is', async () => {
    await merge(b, a, { because: 'she said so' });
    const ana = await desk.done(showContact, { contact: a });
    expect(ana).toMatchObject({
      addresses: [`a${round}@lantern.example`, `a${round}.private@lantern.example`],
      merged: [
        {
          id: b,
          name: `Bea Number${round}`,
          addresses: [`b${round}@lantern.example`, `b${round}.private@lantern.example`],
        },
      ],
    });
    expect(await desk.done(showContact, { contact: b })).toEqual(ana);
    expect(await desk.done(showContact, { contact: `b${round}.private@lantern.example` })).toEqual(ana);
    const listed = await desk.done(showContacts, { customer: 'Lantern Works' });
    expect(listed.contacts.filter(({ id }) => id === a || id === b)).toMatchObject([
      { id: a, addresses: ana.addresses, merged: ana.merged },
    ]);
    await unmerge(b);
    expect(await desk.done(showContact, { contact: b })).toMatchObject({ id: b, merged: [] });
    expect(await desk.done(showContact, { contact: a })).toMatchObject({ id: a, merged: [] });
  });

  test('a person is counted once among a customer’s people', async () => {
    const count = async () =>
      (await desk.done(showCustomers, {})).customers.find(({ name }) => name === 'Lantern Works')?.contactCount;
    const before = await count();
    await merge(b, a);
    expect(await count()).toBe((before ?? 0) - 1);
    await unmerge(b);
    expect(await count()).toBe(before);
  });

  test('merging and un-merging leave every row as it was, but for the versions that count them', async () => {
    const dump = () => desk.db.sql`
      select (select json_agg(to_jsonb(c) - '{version,updated_at}'::text[] order by id) from contacts c) as contacts,
        (select json_agg(a order by address) from contact_addresses a) as addresses`;
    const before = await dump();
    await merge(b, a);
    await merge(a, c);
    await unmerge(a);
    await unmerge(b);
    expect(await dump()).toEqual(before);
  });

  test('the journal keeps who merged whom and why, and who took it back', async () => {
    await merge(b, a, { because: 'she said so' });
    await unmerge(b);
    const rows = await desk.db.sql`
      select contact_id as contact, into_id as into, evidence, merged_by as by, undone_by as undone
      from contact_merges where contact_id = ${b}`;
    expect(rows).toMatchObject([{ contact: b, into: a, by: 'system:cli', undone: 'system:cli' }]);
    expect(rows[0]?.['evidence']).toEqual(['she said so', 'both have an address at lantern.example']);
    const [audit] = await desk.db.sql`
      select operation, changes from audit_rows where operation = 'contact.unmerge' order by id desc limit 1`;
    expect(audit).toMatchObject({ changes: { from: { contact: b, partOf: a }, to: { partOf: null } } });
  });

  test.each<[string, () => Promise<unknown>, () => readonly ContactId[]]>([
    ['B into A, then A into C: C stands for both', () => Promise.resolve(), () => [c, c, c]],
    ['un-merging A then gives B back to A', () => unmerge(a), () => [a, a, c]],
    ['un-merging B alone leaves A in C', () => unmerge(b), () => [c, b, c]],
    ['un-merging B and then A leaves everybody alone', async () => (await unmerge(b), unmerge(a)), () => [a, b, c]],
    ['un-merging A and then B does too', async () => (await unmerge(a), unmerge(b)), () => [a, b, c]],
    ['B un-merged and merged again goes with C', async () => (await unmerge(b), merge(b, c)), () => [c, c, c]],
  ])('%s', async (_, then, expected) => {
    await merge(b, a);
    await merge(a, c);
    await then();
    expect(await persons(a, b, c)).toEqual(expected());
  });

  test('whoever is merged into somebody who is merged goes to the one who stands for them', async () => {
    await merge(b, a);
    expect((await merge(c, b)).person?.id).toBe(a);
    expect(await persons(a, b, c)).toEqual([a, a, a]);
    await unmerge(c);
    expect(await persons(a, b, c)).toEqual([a, a, c]);
  });
});

describe('what cannot be merged is refused, and nothing is changed', () => {
  test.each<[string, () => readonly [unknown, unknown], string, RegExp]>([
    [
      'somebody into themselves',
      () => [a, `a${round}.private@lantern.example`],
      'same_contact',
      /cannot be merged into themselves/,
    ],
    ['somebody there is not', () => [999_999, a], 'contact_not_found', /There is no contact 999999/],
    ['into somebody there is not', () => [a, 'nobody@lantern.example'], 'contact_not_found', /no contact nobody@/],
  ])('%s', async (_, pair, code, words) => {
    const [contact, into] = pair();
    expect(await desk.refused(mergeContacts, { contact, into })).toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
    expect(await persons(a, b, c)).toEqual([a, b, c]);
  });

  test('somebody who is merged already: it says into whom, by whom and when', async () => {
    await merge(b, a);
    const { code, message, mend } = await desk.refused(mergeContacts, { contact: b, into: c });
    expect(code).toBe('already_merged');
    expect(message).toMatch(
      new RegExp(
        `^Contact ${b} \\(Bea Number${round}\\) is part of contact ${a} already, merged by system:cli on \\d{4}`,
      ),
    );
    expect(mend).toBe(`To take that back first: deskbell contact unmerge ${b}`);
    expect((await desk.refused(mergeContacts, { contact: a, into: b })).message).toContain('they are one person');
  });

  test('people of two customers, unless it is said that they are one all the same', async () => {
    const dan = await person('Dan', 'd', 'quarry.example');
    const refused = await desk.refused(mergeContacts, { contact: dan, into: a });
    expect(refused.message).toBe(
      `Contact ${dan} (Dan Number${round}) is of Quarry, contact ${a} (Ana Number${round}) of Lantern Works.`,
    );
    expect((await merge(dan, a, { acrossCustomers: true })).person?.merged[0]?.customer).toBe('Quarry');
    const ofQuarry = await desk.done(showContacts, { customer: 'Quarry' });
    expect(ofQuarry.contacts.some(({ id }) => id === a)).toBe(true);
  });

  test('somebody who was deleted', async () => {
    await desk.db.sql`update contacts set status = 'deleted' where id = ${b}`;
    expect((await desk.refused(mergeContacts, { contact: b, into: a })).code).toBe('contact_deleted');
    expect((await desk.refused(mergeContacts, { contact: a, into: b })).code).toBe('contact_deleted');
  });

  test('un-merging somebody who is not merged names those who are part of them', async () => {
    expect((await desk.refused(unmergeContact, { contact: a })).mend).toBe('There is nothing to take back.');
    await merge(b, a);
    const { code, mend } = await desk.refused(unmergeContact, { contact: a });
    expect([code, mend]).toEqual([
      'not_merged',
      `These are part of them: ${b} (Bea Number${round}); name one of those.`,
    ]);
  });

  test('of two operators at once one is told, whichever way round they merge', async () => {
    const all = await Promise.allSettled([merge(a, b), merge(b, a), merge(b, c), unmerge(b)]);
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    const roots = await persons(a, b, c);
    expect(await persons(...roots)).toEqual(roots);
    const told = all.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    for (const words of told) expect(words).toMatch(/already_merged|changed_meanwhile|same_contact|not_merged/);
  });

  test('a main contact who is merged is the one who stands for them, and themselves again after', async () => {
    await desk.done(setCustomer, { customer: 'Lantern Works', mainContact: b });
    const main = async () => (await desk.done(showCustomer, { customer: 'Lantern Works' })).mainContact;
    await merge(b, a);
    expect(await main()).toBe(`Ana Number${round}`);
    const { customers } = await desk.done(showCustomers, { search: 'Lantern Works' });
    expect(customers.map(({ mainContact }) => mainContact)).toEqual([`Ana Number${round}`]);
    await unmerge(b);
    expect(await main()).toBe(`Bea Number${round}`);
    await desk.done(setCustomer, { customer: 'Lantern Works', mainContact: 'none' });
  });

  test('the second of two operators waits, and sees what the first did', async () => {
    const begun = Promise.withResolvers<void>();
    const second = begun.promise.then(() => desk.refused(mergeContacts, { contact: a, into: c }));
    await inTransaction(desk.db, async (tx) => {
      await tx.sql`select 1 from contacts where id = ${a} for update`;
      begun.resolve();
      await until('the second waits', async () => {
        const [row] = await tx.sql<
          { waits: boolean }[]
        >`select exists (select 1 from pg_locks where not granted) as waits`;
        return row?.waits === true ? true : null;
      });
      await putMerge(tx, { contactId: a, intoId: b, evidence: [], mergedBy: 'system:cli' });
    });
    expect((await second).code).toBe('already_merged');
  });
});

describe('the desk treats them as one person', () => {
  test('one mail goes to the person, however many of their contacts take part', async () => {
    const { number, ticketId } = await seedTicket(desk.db, mailboxId, a);
    await desk.db.sql`insert into ticket_participants values (${ticketId}, ${b}, 'cc'), (${ticketId}, ${c}, 'cc')`;
    await merge(b, a);
    await merge(c, a);
    await desk.done(replyToTicket, { number, text: 'Hello' });
    const { mails, participants } = await desk.done(showTicket, { number });
    expect(mails.map(({ recipient }) => recipient)).toEqual([`a${round}@lantern.example`]);
    expect(participants.map(({ role, contactId }) => [role, contactId])).toEqual([
      ['requester', a],
      ['cc', a],
    ]);
  });

  test('a person without an address of their own is written to at the address of who is part of them', async () => {
    const { number } = await seedTicket(desk.db, mailboxId, b);
    await desk.db.sql`delete from contact_addresses where contact_id = ${a}`;
    await merge(b, a);
    const { participants } = await desk.done(showTicket, { number });
    expect(participants).toMatchObject([{ contactId: a, address: `b${round}@lantern.example` }]);
  });

  test('their tickets are the person’s, and can become one ticket', async () => {
    const dan = await person('Dan', 'd', 'quarry.example');
    const [one, two] = [await seedTicket(desk.db, mailboxId, a), await seedTicket(desk.db, mailboxId, dan)];
    const into = { number: two.number, into: one.number };
    expect((await desk.refused(mergeTickets, into)).code).toBe('other_customer');
    await merge(dan, a, { acrossCustomers: true });
    const { tickets: list } = await desk.done(showTickets, {});
    expect(list.find(({ number }) => number === two.number)?.requester).toBe(`Ana Number${round}`);
    await desk.done(mergeTickets, into);
  });

  test('a choice for one of them is made for the person; what was chosen for a part says that it does not count', async () => {
    await desk.done(setToggle, { toggle: 'acknowledge', value: 'off', contact: b });
    await merge(b, a);
    await desk.done(setToggle, { toggle: 'acknowledge', value: 'on', contact: `b${round}@lantern.example` });
    const places = (await desk.done(showToggles, {}))
      .find(({ id }) => id === 'acknowledge')
      ?.elsewhere.map(({ name }) => name);
    expect(places).toContain(`Ana Number${round}`);
    expect(places).toContain(`Bea Number${round} (part of contact ${a}, whose choice counts)`);
  });

  test('an address given to one of them is the person’s, and one they have is theirs already', async () => {
    await merge(b, a);
    const added = await desk.done(addAddress, { contact: b, address: `new${round}@lantern.example` });
    expect(added).toMatchObject({ id: a, addresses: expect.arrayContaining([`new${round}@lantern.example`]) });
    const again = await desk.refused(addAddress, { contact: a, address: `b${round}@lantern.example` });
    expect(again.code).toBe('already_theirs');
  });
});

test('who looked at either before they were merged, and then changes them, is told', async () => {
  const looked = await desk.done(showContact, { contact: b });
  await desk.done(setContact, { contact: b, phone: '1', ifVersion: looked.version });
  const seen = [await desk.done(showContact, { contact: b }), await desk.done(showContact, { contact: a })];
  await merge(b, a);
  for (const { version } of seen) {
    for (const contact of [a, b]) {
      const refused = await desk.refused(setContact, { contact, phone: '2', ifVersion: version });
      expect(refused).toMatchObject({ code: 'changed_meanwhile' });
    }
  }
  const { version } = await desk.done(showContact, { contact: b });
  await unmerge(b);
  expect(await desk.refused(setContact, { contact: b, phone: '2', ifVersion: version })).toMatchObject({
    code: 'changed_meanwhile',
  });
});
