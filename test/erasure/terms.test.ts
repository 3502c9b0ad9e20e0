import { afterAll, beforeAll, expect, test } from 'vitest';
import { termsOf } from '../../src/erasure/terms.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const terms = termsOf(
  ['ana@lantern.example', 'ana@xn--bcher-kva.example'],
  ['Ana Peralta', 'ana@lantern.example', 'Okafor', 'A "B" C.', ''],
);

const without = async (text: string, pattern: string) => {
  const [row] = await database.db.sql<
    { text: string }[]
  >`select regexp_replace(${text}, ${pattern}, '_', 'gi') as text`;
  return row?.text;
};

test.each([
  ['an address alone', 'ana@lantern.example', '_'],
  ['whatever its case, and in brackets', '<Ana@LANTERN.example>,', '<_>,'],
  ['at the end of a sentence', 'Write to ana@lantern.example.', 'Write to _.'],
  ['in a link', 'href="mailto:ana@lantern.example?x"', 'href="mailto:_?x"'],
  ['in letters', 'ana@bücher.example', '_'],
  ['behind a line end in JSON', '"Hello\\nana@lantern.example"', '"Hello\\n_"'],
  [
    'not a longer address',
    'diana@lantern.example x.ana@lantern.example',
    'diana@lantern.example x.ana@lantern.example',
  ],
  [
    'not a longer domain',
    'ana@lantern.example.com ana@lantern.example-x',
    'ana@lantern.example.com ana@lantern.example-x',
  ],
  ['not a tag of another', 'bo+ana@lantern.example', 'bo+ana@lantern.example'],
])('an address is found: %s', async (_, text, expected) => {
  expect(await without(text, terms.addresses)).toBe(expected);
});

test.each([
  ['alone and twice', 'Ana Peralta and ana peralta', '_ and _'],
  ['across a line end', 'Ana\n Peralta, ', '_, '],
  ['across a line end in JSON', '"x\\nAna\\nPeralta"', '"x\\n_"'],
  ['the other way round', 'Peralta, Ana', '_'],
  ['with quotation marks, in JSON too', 'A "B" C. and A \\"B\\" C.', '_ and _'],
  ['not as part of another', 'Diana Peralta; Ana Peraltas', 'Diana Peralta; Ana Peraltas'],
  ['not half of it', 'Ana, Peralta Okafor', 'Ana, Peralta Okafor'],
])('a full name is found: %s', async (_, text, expected) => {
  expect(await without(text, terms.names)).toBe(expected);
});

test('a name of one word is found apart from the others, and no name is found where there was none', async () => {
  expect(await without('Okafor called Okaforson', terms.loneNames)).toBe('_ called Okaforson');
  const { addresses, names, loneNames } = termsOf([], []);
  for (const nothing of [addresses, names, loneNames])
    expect(await without('Ana, a@b.example', nothing)).toBe('Ana, a@b.example');
});
