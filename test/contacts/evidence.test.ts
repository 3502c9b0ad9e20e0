import { describe, expect, test } from 'vitest';
import type { Profile } from '../../src/contacts/evidence.ts';
import { ENOUGH, EVIDENCE, weigh } from '../../src/contacts/evidence.ts';
import { foldName, foldPhone, personalLocalPart } from '../../src/contacts/names.ts';
import { foldSignature } from '../../src/contacts/signature.ts';
import type { ContactId, CustomerId } from '../../src/db/ids.ts';
import { address } from '../support/seed.ts';

const nobody: Profile = {
  id: 1 as ContactId,
  customerId: null,
  name: '',
  phones: [],
  addresses: [],
  writtenNames: [],
  tickets: [],
  signatures: [],
};
const at = (...written: readonly string[]) => ({ addresses: written.map(address) });
const customerId = 7 as CustomerId;

describe('what speaks for two contacts being one person (P-14)', () => {
  test.each<[string, Partial<Profile>, Partial<Profile>, readonly string[]]>([
    ['nothing', {}, {}, []],
    [
      'the same name, whatever its case, accents and order',
      { name: 'Ana Lima' },
      { name: 'LÍMA, ana' },
      ['both are called Ana Lima'],
    ],
    ['a first name alone says nothing', { name: 'Ana' }, { name: 'Ana' }, []],
    [
      'the same number, with the country’s code and without',
      { phones: ['+49 30 123 4567'] },
      { phones: ['1', '030 1234567'] },
      ['both have the phone number +49 30 123 4567'],
    ],
    ['an extension says nothing', { phones: ['4567'] }, { phones: ['4567'] }, []],
    [
      'the same local part at domains of one name',
      at('ana.lima@lantern.example'),
      at('ana.lima@mail.lantern.test'),
      ['ana.lima@lantern.example and ana.lima@mail.lantern.test are alike'],
    ],
    [
      'the same local part in one company',
      { ...at('ana.lima@lantern.example'), customerId },
      { ...at('ana.lima@other.test'), customerId },
      ['ana.lima@lantern.example and ana.lima@other.test are alike'],
    ],
    ['the same local part where anybody can have an address', at('ana.lima@gmail.com'), at('ana.lima@gmx.de'), []],
    [
      'a task’s local part',
      { ...at('info@lantern.example'), customerId },
      { ...at('info@lantern.test'), customerId },
      [],
    ],
    [
      'the same domain',
      at('ana@lantern.example'),
      at('bo@lantern.example'),
      ['both have an address at lantern.example'],
    ],
    ['a public domain', at('ana@gmail.com'), at('bo@gmail.com'), []],
    [
      'mail of one that bears the other’s name',
      { name: 'Ana Lima' },
      { id: 2 as ContactId, writtenNames: ['Lima, Ana'] },
      ['mail of contact 2 bears the name Ana Lima'],
    ],
    [
      'tickets in which both wrote',
      { tickets: [1003, 1001] },
      { tickets: [1001, 1002] },
      ['both wrote in ticket #1001'],
    ],
    [
      'the same signature',
      { signatures: ['ana lima\nlantern works'] },
      { signatures: ['ana lima\nlantern works'] },
      ['both sign their mail with "ana lima / lantern works"'],
    ],
  ])('%s', (_, a, b, evidence) => {
    expect(weigh({ ...nobody, ...a }, { ...nobody, ...b }).evidence).toEqual(evidence);
    expect(weigh({ ...nobody, ...b }, { ...nobody, ...a }).evidence).toHaveLength(evidence.length);
  });

  test('colleagues who write in the same tickets are no proposal; any stronger evidence alone is', () => {
    const weight = new Map<string, number>(EVIDENCE.map((one) => [one.id, one.weight]));
    expect((weight.get('shared_tickets') ?? 0) + (weight.get('same_domain') ?? 0)).toBeLessThan(ENOUGH);
    const weak = ['shared_tickets', 'same_domain'];
    expect(EVIDENCE.filter(({ id }) => !weak.includes(id)).every((one) => one.weight >= ENOUGH)).toBe(true);
  });
});

test.each([
  ['Ana Lima', 'ana lima'],
  ['  LIMA,  Ana ', 'ana lima'],
  ['Jürgen Groß', 'gross jurgen'],
  ["O'Brien, Siân-Mair", 'brien mair o sian'],
  ['Анна Лима', 'анна лима'],
  ['Ana', ''],
  ['A B', ''],
  ['', ''],
])('the name %j is compared as %j', (name, folded) => expect(foldName(name)).toBe(folded));

test.each([
  ['+49 (30) 123-4567', '301234567'],
  ['030/1234567', '301234567'],
  ['110', ''],
])('the phone number %j is compared as %j', (phone, folded) => expect(foldPhone(phone)).toBe(folded));

test.each([
  ['ana.lima+desk@x.example', 'ana.lima'],
  ['info@x.example', ''],
  ['info+desk@x.example', ''],
  ['al@x.example', ''],
])('of %s the person is %j', (written, local) => expect(personalLocalPart(written)).toBe(local));

test.each([
  ['a signature is compared line by line', 'Hello\n\n-- \nAna  Lima\nLantern Works\n', 'ana lima\nlantern works'],
  ['what a telephone adds is none', 'Hello\n\nSent from my iPhone\n', ''],
  [
    'what a telephone adds below one is no line of it',
    'Hello\n\n-- \nAna Lima\nLantern Works, Lisbon\nSent from my iPhone\n',
    'ana lima\nlantern works, lisbon',
  ],
  ['a single line is none', 'Hello\n\n-- \nAna Lima of Lantern Works, Lisbon\n', ''],
  ['without a signature there is none', 'Hello\n\nAna Lima\nLantern Works\n', ''],
])('%s', (_, text, folded) => expect(foldSignature(text, 'Hello')).toBe(folded));
