import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importCustomers } from '../../src/contacts/import-operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { csvFile, importLines, rehearse } from './csv-files.ts';

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
  await desk.db.sql`
    insert into custom_fields (owner, key, label, kind, is_required)
    values ('customer', 'contract', 'Contract', 'text', true), ('customer', 'size', 'Size', 'number', false)`;
  await importLines(desk, 'customers', ['name,domains,custom.contract', 'Quarry,quarry.example,C-1', 'Mill,,C-2']);
  await importLines(desk, 'contacts', ['customer,addresses', 'Quarry,bo@quarry.example']);
});
afterAll(() => desk.drop());

const HEAD = 'name,domains,locale,main_contact,custom.contract,custom.size';

describe('P-10: customers are imported', () => {
  test.each([
    ['a new one', 'Harbour,harbour.example,de,,C-3,7', '2 created'],
    ['one that is there, whatever the case of its name', 'QUARRY,,,,C-1,', '2 updated: name'],
    [
      'one that gets a domain and a main contact',
      'Quarry,b.example,,bo@quarry.example,C-1,',
      '2 updated: domains; main_contact',
    ],
    ['one as it is', 'Quarry,quarry.example,,,C-1,', '2 unchanged'],
    ['no name', ',,,,C-1,', '2 rejected: name is empty'],
    [
      'a domain of another',
      'Mill,quarry.example,,,C-2,',
      '2 rejected: quarry.example belongs to the customer "Quarry"',
    ],
    [
      'a domain of everybody',
      'Mill,gmail.com,,,C-2,',
      '2 rejected: anybody can have an address at gmail.com, so it says nothing about the company',
    ],
    [
      'what is no domain',
      'Mill,a_b,,,C-2,',
      '2 rejected: domains is domains such as customer.example with blanks between, not "a_b"',
    ],
    [
      'a main contact of another',
      'Mill,,,bo@quarry.example,C-2,',
      '2 rejected: bo@quarry.example is a contact of the customer "Quarry"',
    ],
    [
      'a main contact who is none',
      'Mill,,,bo,C-2,',
      '2 rejected: main_contact is an e-mail address such as ana@customer.example, not "bo"',
    ],
    ['a required field that is taken away', 'Mill,,,,,', '2 rejected: custom.contract is required'],
    ['a number that is none', 'Mill,,,,C-2,many', '2 rejected: custom.size is a number such as 12.5, not "many"'],
    ['a language that is none', 'Mill,,x,,C-2,', '2 rejected: locale is a language such as de or en-GB, not "x"'],
  ])('%s', async (_, line, outcome) => {
    expect(await rehearse(desk, 'customers', [HEAD, line])).toEqual([outcome]);
  });

  test('a name and a domain are in one line alone', async () => {
    const lines = [HEAD, 'Dune,dune.example,,,C,', 'dune,,,,C,', 'Fen,dune.example,,,C,'];
    expect((await rehearse(desk, 'customers', lines)).slice(1)).toEqual([
      '3 rejected: the customer "dune" is in line 2 already',
      '4 rejected: dune.example is in line 2 already',
    ]);
  });

  test('a main contact whom nobody knows yet is told, and set by a second run', async () => {
    const lines = ['name,main_contact,custom.contract', 'Weir,eve@weir.example,C-9'];
    const { notes } = await importLines(desk, 'customers', lines);
    expect(notes[0]).toMatchObject({ line: 2, outcome: 'created' });
    expect(notes[0]?.says[0]).toContain("eve@weir.example is nobody's address yet");
    await importLines(desk, 'contacts', ['customer,addresses', 'Weir,eve@weir.example']);
    expect((await importLines(desk, 'customers', lines)).counts).toMatchObject({ updated: 1 });
    expect((await importLines(desk, 'customers', lines)).counts).toMatchObject({ unchanged: 1 });
  });

  test('a header that is wrong says the nearest right name', async () => {
    const { message } = await desk.refused(importCustomers, { file: csvFile('name,domain,custom.contrakt\n') });
    expect(message).toBe(
      'There is no column "domain"; did you mean domains?\nThere is no column "custom.contrakt"; did you mean custom.contract?',
    );
  });
});
