import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { putPassword } from '../../src/accounts/account-store.ts';
import { importContacts } from '../../src/contacts/import-operations.ts';
import { insertContactsFromMail } from '../../src/contacts/store.ts';
import { tombstoneHash } from '../../src/contacts/tombstone.ts';
import type { Tx } from '../../src/db/client.ts';
import { inTransaction } from '../../src/db/client.ts';
import { hexBytes } from '../../src/db/records.ts';
import { takeIds } from '../../src/db/sequences.ts';
import type { ContactId, CustomerId } from '../../src/db/ids.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox } from '../support/seed.ts';
import { csvFile, importLines, rehearse } from './csv-files.ts';

let desk: TestDesk;
beforeEach(async () => {
  desk = await openTestDesk();
  await importLines(desk, 'customers', ['name,domains', 'Lantern Works,lantern.example', 'Quarry,quarry.example']);
});
afterEach(() => desk.drop());

const HEAD = 'customer,addresses,first_name,phone';
const ANA = 'Lantern Works,ana@lantern.example ana@home.example,Ana,1';

const people = () => desk.db.sql<
  { first: string; phone: string; customer: string; version: number; by: string; addresses: string[] }[]
>`
  select c.first_name as first, c.phone, u.name as customer, c.version, c.created_by as by,
    array(select a.address from contact_addresses a where a.contact_id = c.id order by a.is_primary desc, a.address)
      as addresses
  from contacts c join customers u on u.id = c.customer_id order by c.id`;

const audit = () =>
  desk.db.sql`select input, outcome, changes from audit_rows where operation = 'contact.import' order by id`;

describe('P-10: contacts are imported', () => {
  test('a line makes a contact with its addresses, the first one primary', async () => {
    const { counts, isApplied } = await importLines(desk, 'contacts', [HEAD, ANA, 'quarry,bo@quarry.example,Bo,']);
    expect({ counts, isApplied }).toEqual({
      counts: { lines: 2, created: 2, updated: 0, unchanged: 0, rejected: 0 },
      isApplied: true,
    });
    expect(await people()).toMatchObject([
      { first: 'Ana', phone: '1', customer: 'Lantern Works', addresses: ['ana@lantern.example', 'ana@home.example'] },
      { first: 'Bo', phone: '', customer: 'Quarry', by: 'system:cli', addresses: ['bo@quarry.example'] },
    ]);
  });

  test('a second run finds nothing to do, and nobody’s version rises', async () => {
    await importLines(desk, 'contacts', [HEAD, ANA]);
    const before = await desk.db.sql`select * from contacts`;
    expect(await importLines(desk, 'contacts', [HEAD, ANA])).toMatchObject({
      isApplied: true,
      counts: { created: 0, updated: 0, unchanged: 1 },
    });
    expect(await desk.db.sql`select * from contacts`).toEqual(before);
  });

  test('any address of a contact updates them; what is not a column stays, what is empty is cleared', async () => {
    await importLines(desk, 'contacts', [`${HEAD},city`, `${ANA},Palma`]);
    const lines = ['customer,addresses,first_name,phone', 'Quarry,ana@home.example third@home.example,Anita,'];
    expect(await rehearse(desk, 'contacts', lines)).toEqual(['2 updated: customer; first_name; phone; addresses']);
    await importLines(desk, 'contacts', lines);
    const [ana] = await desk.db.sql`select first_name, phone, city, version from contacts`;
    expect(ana).toEqual({ first_name: 'Anita', phone: '', city: 'Palma', version: 2 });
    // Neither was an address taken away, nor the primary one changed, which the line does not name.
    expect(await people()).toMatchObject([
      { customer: 'Quarry', addresses: ['ana@lantern.example', 'ana@home.example', 'third@home.example'] },
    ]);
  });

  test('a line that names the primary address and puts another first makes that one primary', async () => {
    await importLines(desk, 'contacts', [HEAD, ANA]);
    const turned = [HEAD, 'Lantern Works,new@home.example ana@lantern.example,Ana,1'];
    await importLines(desk, 'contacts', turned);
    expect((await people())[0]?.addresses[0]).toBe('new@home.example');
    expect(await rehearse(desk, 'contacts', turned)).toEqual(['2 unchanged']);
  });

  test('all fields, the operators’ own among them, are read', async () => {
    await desk.db.sql`insert into departments values ('Service')`;
    await desk.db.sql`
      insert into custom_fields (owner, key, label, kind, choices) values
        ('contact', 'tier', 'Tier', 'choice', '["Gold","Basic"]'::jsonb), ('contact', 'age', 'Age', 'number', '[]'::jsonb)`;
    await importLines(desk, 'contacts', [
      'addresses;customer;department;locale;main_site_user;status;deactivated_until;related_devices;custom.tier;custom.age',
      'x@quarry.example;Quarry;service;en_gb;yes;deactivated_until;2030-02-28;"A|B \\| C";gold;7',
    ]);
    const [row] = await desk.db.sql`
      select department, locale, is_main_site_user, status, deactivated_until, related_devices, custom from contacts`;
    expect(row).toEqual({
      department: 'Service',
      locale: 'en-GB',
      is_main_site_user: true,
      status: 'deactivated_until',
      deactivated_until: new Date('2030-02-28T00:00:00Z'),
      related_devices: ['A', 'B | C'],
      custom: { tier: 'Gold', age: 7 },
    });
    await importLines(desk, 'contacts', ['addresses,customer,custom.age', 'x@quarry.example,Quarry,']);
    expect((await desk.db.sql`select custom from contacts`)[0]).toEqual({ custom: { tier: 'Gold' } });
  });

  test('whoever is merged is updated as the one who stands for them', async () => {
    const root = await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
    const merged = await seedContact(desk.db, 'A. Peralta', 'old@lantern.example');
    await desk.db.sql`update contacts set merged_into_id = ${root} where id = ${merged}`;
    await importLines(desk, 'contacts', [HEAD, 'Lantern Works,old@lantern.example x@home.example,Anita,5']);
    expect(await people()).toMatchObject([
      { first: 'Anita', addresses: ['ana@lantern.example', 'x@home.example'] },
      { first: 'A.', addresses: ['old@lantern.example'] },
    ]);
    const first = [HEAD, 'Lantern Works,old@lantern.example ana@lantern.example,Anita,5'];
    expect((await rehearse(desk, 'contacts', first))[0]).toMatch(/^2 rejected: old@.* cannot be the primary address/);
  });
});

describe('P-10: a line that is wrong is named with its reason', () => {
  const known = async () => {
    await importLines(desk, 'contacts', [
      'customer,addresses,user_name',
      'Quarry,bo@quarry.example,bo',
      'Quarry,cy@quarry.example,',
    ]);
    await seedMailbox(desk.db);
    await desk.db.sql`insert into departments values ('Service')`;
    await desk.db.sql`
      insert into custom_fields (owner, key, label, kind, is_required) values ('contact', 'born', 'Born', 'date', true)`;
    const hash = hexBytes(tombstoneHash(desk.deps.keys, address('gone@quarry.example')));
    await desk.db.sql`insert into tombstones (address_hash) values (${hash}::text::bytea)`;
  };

  test.each([
    [
      'a customer who is not there',
      'Quary,x@quarry.example,,,2000-01-01,',
      'there is no customer "Quary"; did you mean "Quarry"?',
    ],
    ['no customer', ',x@quarry.example,,,2000-01-01,', 'customer is empty'],
    ['no address', 'Quarry,,,,2000-01-01,', 'addresses is empty: give at least one'],
    ['what is no address', 'Quarry,x at y,,,2000-01-01,', 'such as ana@customer.example with blanks between, not "x"'],
    [
      'addresses of two contacts',
      'Quarry,bo@quarry.example cy@quarry.example,,,2000-01-01,',
      'its addresses belong to several contacts',
    ],
    [
      'a mailbox of the desk',
      'Quarry,support@desk.example,,,2000-01-01,',
      'support@desk.example is a mailbox of the desk itself',
    ],
    [
      'an erased address',
      'Quarry,gone@quarry.example,,,2000-01-01,',
      'gone@quarry.example was the address of a deleted contact',
    ],
    ['a user name that is taken', 'Quarry,x@quarry.example,BO,,2000-01-01,', 'the user name "BO" is taken by contact'],
    ['a user name like an address', 'Quarry,x@quarry.example,b@o,,2000-01-01,', 'user_name has no @ in it'],
    [
      'an unknown department',
      'Quarry,x@quarry.example,,Servise,2000-01-01,',
      'not one of the departments: "Servise"; did you mean "Service"?',
    ],
    [
      'a date that is none',
      'Quarry,x@quarry.example,,,2000-02-30,',
      'custom.born is a date such as 2030-01-31, not "2000-02-30"',
    ],
    ['a field that is required', 'Quarry,x@quarry.example,,,,', 'custom.born is required'],
    [
      'a status that is none',
      'Quarry,x@quarry.example,,,2000-01-01,gone',
      'status is active or deactivated or deactivated_until, not "gone"',
    ],
    [
      'a status that needs a date',
      'Quarry,x@quarry.example,,,2000-01-01,deactivated_until',
      'needs a date in deactivated_until',
    ],
    ['too few cells', 'Quarry,x@quarry.example,', 'it has 3 cells, the header 6'],
    ['too many cells', 'Quarry,x@quarry.example,,,2000-01-01,,,more', 'it has 8 cells, the header 6'],
  ])('%s', async (_, line, reason) => {
    await known();
    const [said] = await rehearse(desk, 'contacts', [
      'customer,addresses,user_name,department,custom.born,status',
      line,
    ]);
    expect(said).toContain('2 rejected: ');
    expect(said).toContain(reason);
  });

  test('an address, a user name and a contact are in one line alone', async () => {
    await importLines(desk, 'contacts', [HEAD, ANA]);
    const said = await rehearse(desk, 'contacts', [
      'customer,addresses,user_name',
      'Quarry,x@quarry.example,joe',
      'Quarry,y@quarry.example X@quarry.example,',
      'Quarry,z@quarry.example,JOE',
      'Quarry,ana@home.example,',
      'Quarry,ana@lantern.example,',
    ]);
    expect(said.slice(1)).toEqual([
      '3 rejected: x@quarry.example is in line 2 already',
      '4 rejected: the user name "JOE" is in line 2 already',
      '5 updated: customer',
      expect.stringMatching(/^6 rejected: it is contact \d+, as line 5 is already$/),
    ]);
  });

  test('one of them, and nothing is done; all of them are told', async () => {
    const lines = [HEAD, ANA, 'Nobody,x@quarry.example,,', 'Quarry,y,,'];
    const report = await importLines(desk, 'contacts', lines);
    expect(report).toMatchObject({ isApplied: false, counts: { lines: 3, created: 1, rejected: 2 } });
    expect(report.rejected.map(({ line }) => line)).toEqual([3, 4]);
    expect(await people()).toEqual([]);
  });

  test('they are left out when that is asked for', async () => {
    const lines = [HEAD, ANA, 'Nobody,x@quarry.example,,'];
    expect(await importLines(desk, 'contacts', lines, { skipBad: true })).toMatchObject({
      isApplied: true,
      counts: { created: 1, rejected: 1 },
    });
    expect(await people()).toHaveLength(1);
  });

  test('a thousand of them are listed, and all are counted', async () => {
    const lines = Array.from({ length: 1500 }, (_, index) => `Nobody,p${index}@quarry.example,,`);
    const { counts, rejected } = await importLines(desk, 'contacts', [HEAD, ...lines]);
    expect([counts.rejected, rejected.length, rejected.at(-1)?.line]).toEqual([1500, 1000, 1001]);
  });

  test('what is rejected as a whole changes nothing, and says where', async () => {
    const refused = async (text: string) => desk.refused(importContacts, { file: csvFile(text) });
    expect((await refused('customer,adresses,phone,phone\n')).message).toBe(
      'There is no column "adresses"; did you mean addresses?\nThe column "phone" is there twice.\nThe column addresses is missing.',
    );
    expect((await refused('customer,addresses,deactivated_until\n')).message).toBe(
      'The column deactivated_until needs the column status beside it.',
    );
    expect((await refused(`${HEAD}\n${ANA}\nQuarry,"bo@quarry.example,,\n`)).message).toContain(
      'Line 3: a quotation mark',
    );
    expect((await refused('')).code).toBe('file_refused');
    expect(await people()).toEqual([]);
  });
});

describe('P-10: an import beside everything else', () => {
  test('the audit says which file and how many, and nothing of what is in it', async () => {
    await importLines(desk, 'contacts', [HEAD, ANA]);
    const [row] = await audit();
    expect(row).toMatchObject({
      input: { file: { name: 'people.csv' }, dryRun: false, skipBad: false },
      outcome: 'done',
      changes: { to: { isApplied: true, lines: 1, created: 1 } },
    });
    expect(JSON.stringify(row)).not.toContain('ana@');
  });

  test('a dry run changes nothing and says what would be', async () => {
    expect(await rehearse(desk, 'contacts', [HEAD, ANA, ',x,,'])).toEqual([
      '2 created',
      expect.stringMatching(/^3 rejected: /),
    ]);
    expect(await people()).toEqual([]);
  });

  test('whoever may not manage contacts imports none', async () => {
    const actor = {
      is: 'operator',
      id: 1 as never,
      name: 'Jonas',
      address: address('jonas@desk.example'),
      role: 'read_only',
    } as const;
    expect((await desk.refused(importContacts, { file: csvFile(HEAD) }, actor)).code).toBe('not_allowed');
  });

  test('a second import is told that one is under way', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const isReading = Promise.withResolvers<void>();
    const slow = {
      ...csvFile(''),
      async *open() {
        isReading.resolve();
        await held;
        yield Buffer.from(`${HEAD}\n${ANA}\n`);
      },
    };
    const first = desk.done(importContacts, { file: slow });
    await isReading.promise;
    expect((await desk.refused(importContacts, { file: csvFile(HEAD) })).code).toBe('import_running');
    release();
    expect((await first).isApplied).toBe(true);
  });

  test('a contact that mail makes meanwhile of an address in the file is updated', async () => {
    const mailHasWritten = Promise.withResolvers<void>();
    const mailMayEnd = Promise.withResolvers<void>();
    const mail = inTransaction(desk.db, async (tx) => {
      const [customer] = await tx.sql<{ id: CustomerId }[]>`select id from customers where is_unassigned`;
      const { contacts } = await takeIds(tx, { contacts: 1, tickets: 0, ticket_entries: 0, events: 0 });
      const person = {
        id: contacts[0] as ContactId,
        customerId: customer?.id ?? (0 as CustomerId),
        firstName: 'A',
        lastName: '',
        address: address('ana@home.example'),
      };
      expect(await insertContactsFromMail(tx, [person])).toBe(true);
      mailHasWritten.resolve();
      await mailMayEnd.promise;
    });
    await mailHasWritten.promise;
    const onProgress = ({ phase }: { readonly phase: string }) => {
      if (phase === 'writing') mailMayEnd.resolve();
    };
    const watch = { onProgress, onLine: () => {} };
    const file = csvFile(`${HEAD}\n${ANA}\nQuarry,bo@quarry.example,Bo,\n`);
    const report = await desk.done(importContacts, { file, watch });
    await mail;
    expect(report.counts).toMatchObject({ created: 1, updated: 1 });
    expect(await people()).toMatchObject([
      { first: 'Ana', by: 'mail', customer: 'Lantern Works', addresses: ['ana@lantern.example', 'ana@home.example'] },
      { first: 'Bo' },
    ]);
  });
});

describe('an import of a status', () => {
  const status = async () => (await desk.db.sql`select status, deactivated_until as until from contacts`)[0];

  test('ends a dated deactivation, though the file has no column for dates', async () => {
    const head = 'customer,addresses,status,deactivated_until';
    await importLines(desk, 'contacts', [head, 'Quarry,bo@quarry.example,deactivated_until,2999-01-31']);
    const lines = ['customer,addresses,status', 'Quarry,bo@quarry.example,active'];
    expect((await importLines(desk, 'contacts', lines)).counts).toMatchObject({ updated: 1 });
    expect(await status()).toEqual({ status: 'active', until: null });
    expect((await importLines(desk, 'contacts', lines)).counts).toMatchObject({ unchanged: 1 });
  });

  test.each([
    ['deactivates them', 'Quarry,bo@quarry.example,deactivated', false],
    ['gives them another primary address', 'Quarry,second@quarry.example bo@quarry.example,active', false],
    ['says what is so already, and another address', 'Quarry,bo@quarry.example second@quarry.example,active', true],
  ])('that %s leaves what was mailed to sign in with as it says: %s', async (_, line, stays) => {
    const head = 'customer,addresses,status';
    await importLines(desk, 'contacts', [head, 'Quarry,bo@quarry.example,active']);
    const [bo] = await desk.db.sql<{ id: ContactId }[]>`select id from contacts`;
    const id = bo?.id as ContactId;
    await inTransaction(desk.db, async (tx) => {
      await putPassword(tx, id, NOBODYS_HASH, address('bo@quarry.example'));
      await issueLinksOf(tx, id);
    });
    expect((await importLines(desk, 'contacts', [head, line])).counts).toMatchObject({ updated: 1 });
    expect(await desk.db.sql`select 1 from portal_accounts`).toHaveLength(stays ? 1 : 0);
    expect(await desk.db.sql`select 1 from password_links where revoked_at is null`).toHaveLength(stays ? 1 : 0);
  });
});

const NOBODYS_HASH = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
const issueLinksOf = (tx: Tx, id: ContactId): PromiseLike<unknown> => tx.sql`
  insert into password_links (token_hash, contact_id, address, purpose, expires_at)
  values (sha256('x'), ${id}, 'bo@quarry.example', 'invite', now() + interval '1 hour')`;
