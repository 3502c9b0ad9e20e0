import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportContacts } from '../../src/contacts/export-operations.ts';
import { importContacts, importCustomers } from '../../src/contacts/import-operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact } from '../support/seed.ts';
import { csvFile, exported, importLines } from './csv-files.ts';

let desk: TestDesk;
let fresh: TestDesk;

const define = async ({ db }: TestDesk) => {
  await db.sql`insert into departments values ('Service')`;
  await db.sql`
    insert into custom_fields (owner, key, label, kind, choices) values
      ('contact', 'tier', 'Tier', 'choice', '["Gold","Basic"]'::jsonb),
      ('contact', 'balance', 'Balance', 'number', '[]'::jsonb),
      ('contact', 'vip', 'VIP', 'checkbox', '[]'::jsonb),
      ('customer', 'since', 'Since', 'date', '[]'::jsonb)`;
};

beforeAll(async () => {
  [desk, fresh] = await Promise.all([openTestDesk(), openTestDesk()]);
  await Promise.all([define(desk), define(fresh)]);
  await importLines(desk, 'customers', [
    'name,domains,locale,comment,custom.since',
    '"=Lantern, Works",b.example a.example,de,"- first\n- second",2001-09-01',
    'Quarry,,,,',
  ]);
  await importLines(desk, 'contacts', [
    'customer,addresses,first_name,last_name,user_name,phone,department,status,deactivated_until,related_devices,comment,custom.tier,custom.balance,custom.vip',
    '"=Lantern, Works",z@a.example b@a.example,"@SUM(1+1)",O\'Hara,ana,+49 170 1,Service,deactivated_until,2031-05-01T10:30:00Z,"A \\| 1 | B\\",",;""\n\t=cmd",Gold,-2.5,yes',
    "Quarry,bo@quarry.example,Zoë,'tis,,(0)1,,deactivated,,,,,,no",
    "Quarry,=odd@quarry.example,Cy,'=1,,,,active,,,,,0.0000001,",
  ]);
  await importLines(desk, 'customers', ['name,main_contact', '"=Lantern, Works",b@a.example']);
  const root = await seedContact(desk.db, 'Root', 'root@quarry.example');
  const merged = await seedContact(desk.db, 'Merged', 'another@quarry.example');
  await desk.db.sql`update contacts set merged_into_id = ${root} where id = ${merged}`;
  const deleted = await seedContact(desk.db, 'Gone');
  await desk.db.sql`update contacts set status = 'deleted', first_name = '', last_name = '' where id = ${deleted}`;
});
afterAll(async () => {
  await Promise.all([desk.drop(), fresh.drop()]);
});

describe('P-10: what is exported', () => {
  test('is what a fresh desk imports and exports again, byte for byte', async () => {
    const [customers, contacts] = [await exported(desk, 'customers'), await exported(desk, 'contacts')];
    await fresh.done(importCustomers, { file: csvFile(customers) });
    const { counts, rejected } = await fresh.done(importContacts, { file: csvFile(contacts) });
    expect({ rejected, created: counts.created }).toEqual({ rejected: [], created: 4 });
    // Whom to ask about a customer is known once the contacts are.
    expect((await fresh.done(importCustomers, { file: csvFile(customers) })).counts).toMatchObject({ updated: 1 });
    expect(await exported(fresh, 'contacts')).toBe(contacts);
    expect(await exported(fresh, 'customers')).toBe(customers);
  });

  test('changes nothing where it comes from', async () => {
    const file = csvFile(await exported(desk, 'contacts'));
    expect((await desk.done(importContacts, { file })).counts).toMatchObject({ unchanged: 4, lines: 4 });
    const customers = csvFile(await exported(desk, 'customers'));
    expect((await desk.done(importCustomers, { file: customers })).counts).toMatchObject({ unchanged: 3, lines: 3 });
  });

  test('has no cell that would be calculated, and phone numbers that can be read', async () => {
    const text = await exported(desk, 'contacts');
    expect(text.startsWith('\ufeffcustomer,addresses,')).toBe(true);
    expect(text).toContain(`"'=Lantern, Works",z@a.example b@a.example,,'@SUM(1+1),O'Hara,ana,'+49 170 1`);
    expect(text).not.toMatch(/(^|[,\r\n"])[=+\-@]/);
  });

  test('has those who are merged with whoever stands for them, and nobody who is deleted', async () => {
    const text = await exported(desk, 'contacts');
    expect(text).toContain('root@quarry.example another@quarry.example,,Root');
    expect(text).not.toMatch(/Merged|Gone/);
  });

  test('is of one customer when one is named', async () => {
    expect((await exported(desk, 'contacts', 'quarry')).trimEnd().split('\r\n')).toHaveLength(3);
    const write = () => Promise.resolve();
    expect((await desk.refused(exportContacts, { customer: 'Qarry', write })).code).toBe('customer_not_found');
  });

  test('leaves an audit row: somebody took all of it away', async () => {
    await exported(desk, 'contacts', 'Quarry');
    const rows = await desk.db.sql`
      select input, outcome from audit_rows where operation = 'contact.export' order by id desc limit 1`;
    expect(rows[0]).toEqual({ input: { customer: 'Quarry' }, outcome: 'done' });
  });

  test('is of one moment, whatever is written meanwhile', async () => {
    let pieces = 0;
    const write = async (): Promise<void> => {
      pieces += 1;
      if (pieces === 1) await seedContact(desk.db, 'Late', 'late@quarry.example');
    };
    const before = await desk.db.sql`select 1 from contacts where merged_into_id is null and status <> 'deleted'`;
    expect(await desk.done(exportContacts, { write })).toEqual({ lines: before.count });
  });
});

test('P-10: random files are imported whole or not at all', async () => {
  const cell = fc.oneof(
    fc.constantFrom(
      'Quarry',
      'a@fuzz.example',
      'b@fuzz.example',
      'yes',
      '',
      '"',
      "'=1",
      'Nobody',
      'active',
      '\n',
      '2030-01-01',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const header = fc.shuffledSubarray(['customer', 'addresses', 'first_name', 'status', 'custom.vip'], { minLength: 1 });
  const text = fc.tuple(header, fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 5 }));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    text.map(([first, rows]) => Buffer.from([first, ...rows].map((cells) => cells.join(',')).join('\n'))),
  );
  const count = async () => (await fresh.db.sql`select id from contacts`).count;
  await fc.assert(
    fc.asyncProperty(bytes, async (given) => {
      const before = await count();
      const done = await fresh.done(importContacts, { file: csvFile(given) }).catch((error: unknown) => String(error));
      const after = await count();
      if (typeof done === 'string') expect(done).toMatch(/^Error: file_refused: /);
      expect(after - before).toBe(typeof done === 'string' || !done.isApplied ? 0 : done.counts.created);
    }),
    { numRuns: 60 },
  );
});
