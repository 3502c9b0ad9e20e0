import { expect, test } from 'vitest';
import { changeCustomValues, readCustomValue, whyNotKey } from '../../src/contacts/custom-fields.ts';
import type { DefinedField } from '../../src/contacts/custom-fields.ts';
import { CONTACT_FIELDS } from '../../src/contacts/fields.ts';
import { readContactField } from '../../src/contacts/field-values.ts';
import { effectiveStatus, isActive } from '../../src/contacts/model.ts';
import { pictureTypeOf } from '../../src/contacts/picture.ts';
import { searchWord, splitWords } from '../../src/contacts/search-words.ts';
import type { CustomFieldKind } from '../../src/db/schema/contacts.ts';

// P-04, P-05, P-06, P-09

const field = (kind: CustomFieldKind, change: Partial<DefinedField> = {}): DefinedField => ({
  key: kind,
  label: kind.toUpperCase(),
  kind,
  choices: kind === 'choice' ? ['Basic', 'Gold'] : [],
  isRequired: false,
  ...change,
});

test.each<[CustomFieldKind, string, unknown]>([
  ['text', '  two   words\n', 'two words'],
  ['text', '', null],
  ['text', 'x'.repeat(1001), 'is longer than 1000 characters'],
  ['number', '12.5', 12.5],
  ['number', ' -3 ', -3],
  ['number', '-0', 0],
  ['number', '1,5', 'is a number such as 12.5, not "1,5"'],
  ['number', '1e5', 'is a number such as 12.5, not "1e5"'],
  ['number', 'Infinity', 'is a number such as 12.5, not "Infinity"'],
  ['number', '1234567890123456', 'is a number such as 12.5, not "1234567890123456"'],
  ['date', '2028-02-29', '2028-02-29'],
  ['date', '2030-02-29', 'is a date such as 2030-01-31, not "2030-02-29"'],
  ['date', '31.01.2030', 'is a date such as 2030-01-31, not "31.01.2030"'],
  ['checkbox', 'YES', true],
  ['checkbox', '0', false],
  ['checkbox', 'maybe', 'is yes or no, not "maybe"'],
  ['checkbox', '__proto__', 'is yes or no, not "__proto__"'],
  ['choice', 'gold', 'Gold'],
  ['choice', 'Glod', 'is one of Basic, Gold; not "Glod": did you mean "Gold"?'],
])('a %s written as "%s" is %s', (kind, written, expected) => {
  const read = readCustomValue(field(kind), written);
  expect(read.ok ? read.value : read.error).toBe(expected);
});

test.each<[string, Record<string, string>, Record<string, unknown>, boolean, unknown]>([
  ['what is not given stays', { text: 'b' }, { number: 1 }, false, { number: 1, text: 'b' }],
  ['what is empty goes', { number: '' }, { number: 1 }, false, {}],
  ['what is required is needed by hand', {}, {}, true, ['must (Must) is missing: it is required']],
  ['and is not asked of whom mail made', { text: 'b' }, {}, false, { text: 'b' }],
  ['but cannot be taken away', { must: ' ' }, { must: 'x' }, false, ['must (Must) is required: it cannot be empty']],
  [
    'all problems are told at once, with the nearest name',
    { txt: 'b', number: 'x', must: '' },
    {},
    true,
    [
      'txt is no custom field here: did you mean text?',
      'number is a number such as 12.5, not "x"',
      'must (Must) is missing: it is required',
    ],
  ],
  [
    'a key that every object has is nobody’s',
    { constructor: 'b' },
    { must: 'x' },
    false,
    ['constructor is no custom field here: see all with: deskbell field list'],
  ],
])('%s', (_, given, before, isNew, expected) => {
  const fields = [field('text'), field('number'), field('text', { key: 'must', label: 'Must', isRequired: true })];
  const values = changeCustomValues(fields, new Map(Object.entries(given)), before as Record<string, string>, isNew);
  expect(values.ok ? values.value : values.error).toEqual(expected);
});

test.each([
  ['floor', null],
  ['contract_end_2', null],
  ['Floor', 'is 1 to 40 small letters'],
  ['2nd', 'is 1 to 40 small letters'],
  ['phone', 'cannot be phone: every contact has that already'],
  ['addresses', 'cannot be addresses'],
])('the key %s of a field: %s', (key, why) => {
  if (why === null) expect(whyNotKey('contact', key)).toBeNull();
  else expect(whyNotKey('contact', key)).toContain(why);
});

test.each([
  ['locale', 'en_gb', 'en-GB'],
  ['locale', 'zh-hant-tw', 'zh-Hant-TW'],
  ['locale', '', ''],
  ['locale', 'english', 'is a language such as de or en-GB, not "english"'],
  ['locale', 'de-', 'is a language such as de or en-GB, not "de-"'],
  ['locale', 'de-u-co-phonebk', 'de'],
  ['userName', 'Ana.P', 'Ana.P'],
  ['userName', 'ana@home.example', 'has no "@" in it, not "ana@home.example": their addresses sign them in anyway'],
  ['phone', ' +49\t30  1234 ', '+49 30 1234'],
  ['zip', '1'.repeat(21), 'is longer than 20 characters'],
  ['comment', 'one\r\ntwo\u0007\n', 'one\ntwo'],
  ['lastName', 'A\u030a', 'Å'],
])('the %s "%s" is read as %s', (id, written, expected) => {
  const row = CONTACT_FIELDS.find((one) => one.id === id);
  if (row === undefined) throw new Error(id);
  const read = readContactField(row, written);
  expect(read.ok ? read.value : read.error).toBe(expected);
});

test.each([
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff\xe0', 'image/jpeg'],
  ['GIF89a', 'image/gif'],
  ['RIFF\0\0\0\0WEBP', 'image/webp'],
  ['RIFF\0\0\0\0WAVE', null],
  ['<svg xmlns="http://www.w3.org/2000/svg">', null],
  ['', null],
])('bytes that begin with %j are %s', (begin, type) => {
  expect(pictureTypeOf(Buffer.from(begin, 'latin1'))).toBe(type);
});

test.each([
  ['one day before', '2030-02-01T00:00:00Z', 'deactivated_until', false],
  ['at that very moment', '2030-01-31T12:00:00Z', 'active', true],
  ['afterwards', '2030-01-31T11:59:59Z', 'active', true],
])('%s a dated deactivation is %s: %s', (_, until, status, active) => {
  const contact = { status: 'deactivated_until', deactivatedUntil: new Date(until) } as const;
  const now = new Date('2030-01-31T12:00:00Z');
  expect([effectiveStatus(contact, now), isActive(contact, now)]).toEqual([status, active]);
});

test.each([
  ['a word is looked for in any part', 'lantern', ['%lantern%']],
  ['wildcards are what they are', '50%_\\', ['%50\\%\\_\\\\%']],
  [
    'one or two letters are looked for where a word begins',
    'wu',
    ['wu%', '% wu%', '%.wu%', '%-wu%', '%@wu%', '%+wu%', '%(wu%', "%'wu%"],
  ],
])('in a search %s', (_, word, patterns) => {
  expect(searchWord(word, 0, new Set()).patterns).toEqual(patterns);
});

test('of a search the longest word is first, each is there once, and eight are enough', () => {
  expect(splitWords(' ana  lantern ana\n')).toEqual(['lantern', 'ana']);
  expect(splitWords('a b c d e f g h i j')).toHaveLength(8);
  expect(splitWords('  ')).toEqual([]);
});

test.each([
  ['lantern', 0, true],
  ['wu', 0, true],
  ['5-12', 0, true],
  ['@bo', 0, true],
  ['w', 2, false],
  ['--', 0, false],
  ['иванов', 0, false],
  ['иванов', 7, true],
])('the word %s of %i trigrams is found by an index: %s', (word, trigrams, isIndexed) => {
  expect(searchWord(word, trigrams, new Set()).isIndexed).toBe(isIndexed);
});

test.each([
  ['ana@lantern.example', ['example'], '%ana@lantern.%%'],
  ['000007.2@company', ['company'], '%000007.%@%%'],
  ['peralta000007', ['peralta'], '%%000007%'],
  ['50%_off.example', ['example'], '%%\\%\\_off.%%'],
  ['ana@lantern.example', [], null],
  ['ana@lantern.example', ['ana', 'lantern', 'example'], null],
  ['peralta', ['peralta'], null],
  ['j.s@company.example', ['company', 'example'], null],
])('of "%s" the index is not asked for what everything has: %j', (word, common, pattern) => {
  expect(searchWord(word, 9, new Set(common)).rarePattern).toBe(pattern);
});
