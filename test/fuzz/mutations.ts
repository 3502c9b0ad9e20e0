import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';

const fixtures = readdirSync(new URL('../fixtures/mail', import.meta.url))
  .filter((file) => file.endsWith('.eml'))
  .toSorted()
  .map((file) => readFileSync(new URL(`../fixtures/mail/${file}`, import.meta.url)));

const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '--',
  '=',
  ':',
  '\0',
  '\xff',
  '<',
  '>',
  '"',
  '(',
  '=?',
  '?=',
  ' ',
  '\t',
  'Content-Type: ',
  'boundary=',
  'base64',
  'From: ',
  '\x1b$B',
];
const edit = fc.record({
  how: fc.constantFrom('flip', 'cut', 'double', 'insert', 'repeat', 'splice', 'truncate'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(200),
  token: fc.constantFrom(...TOKENS),
  other: fc.nat(fixtures.length - 1),
});

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

/** The bytes after one edit; `at` is a share of their length, so that it can shrink with them. */
function edited(bytes: Buffer, { how, at, length, token, other }: Edit): Buffer {
  const start = Math.floor(at * bytes.length);
  const [before, piece, after] = [
    bytes.subarray(0, start),
    bytes.subarray(start, start + length),
    bytes.subarray(start + length),
  ];
  const inserted = Buffer.from(token, 'latin1');
  switch (how) {
    case 'flip':
      return Buffer.concat([
        before,
        piece.subarray(0, 1).map((byte) => byte ^ (1 << (length % 8))),
        bytes.subarray(start + 1),
      ]);
    case 'cut':
      return Buffer.concat([before, after]);
    case 'double':
      return Buffer.concat([before, piece, piece, after]);
    case 'insert':
      return Buffer.concat([before, inserted, bytes.subarray(start)]);
    case 'repeat':
      return Buffer.concat([before, ...Array.from({ length }, () => inserted), bytes.subarray(start)]);
    case 'splice':
      return Buffer.concat([
        before,
        (fixtures[other] ?? bytes).subarray(Math.floor(at * (fixtures[other]?.length ?? 0))),
      ]);
    default:
      return before;
  }
}

/** Our fixtures after one to six edits. */
export const mutations: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...fixtures), fc.array(edit, { minLength: 1, maxLength: 6 }))
  .map(([bytes, edits]) => edits.reduce<Buffer>(edited, bytes));
