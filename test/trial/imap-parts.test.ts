import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyStructureOf } from '../../src/trial/imap/bodystructure.ts';
import { envelopeOf } from '../../src/trial/imap/envelope.ts';
import { decodeWords, parseFields, parseStructured } from '../../src/trial/imap/header.ts';
import { matchesPattern } from '../../src/trial/imap/list-pattern.ts';
import { parseSection, readSection } from '../../src/trial/imap/sections.ts';
import { parseNumberSet, positionsOf } from '../../src/trial/imap/sequence.ts';
import { imapDateTime, parseImapDateTime } from '../../src/trial/imap/strings.ts';
import { parseStructure } from '../../src/trial/imap/structure.ts';
import { tokenize } from '../../src/trial/imap/tokens.ts';

const structureOf = (text: string) => bodyStructureOf(Buffer.from(text), parseStructure(Buffer.from(text)), false);

/** Mail-like noise: what breaks parsers, in any order. */
const noise = fc
  .array(
    fc.constantFrom(
      'Content-Type: multipart/mixed; boundary=a\r\n',
      'Content-Type: message/rfc822\r\n',
      'From: "a\\" <b@c.example>, g: d@e.example;',
      'Subject: =?utf-8?b?====?=',
      '--a\r\n',
      '--a--',
      '\r\n\r\n',
      '\n',
      '\0',
      '"',
      '(',
      ';',
      'é',
    ),
    { maxLength: 60 },
  )
  .map((pieces) => Buffer.from(pieces.join('')));

describe('the structure of a message', () => {
  test.each([
    ['of an empty message is an empty text', '', '("text" "plain" NIL NIL NIL "7bit" 0 0)'],
    ['counts the lines of a text', 'Subject: x\r\n\r\na\r\nb\r\n', '("text" "plain" NIL NIL NIL "7bit" 6 2)'],
    ['of bare line feeds is found too', 'Content-Type: text/html\n\na\n', '("text" "html" NIL NIL NIL "7bit" 2 1)'],
    ['of a broken type is a text', 'Content-Type: nonsense\r\n\r\n', '("text" "plain" NIL NIL NIL "7bit" 0 0)'],
    [
      'of a multipart without parts is one empty text',
      'Content-Type: multipart/mixed; boundary=x\r\n\r\n',
      '(("text" "plain" NIL NIL NIL "7bit" 0 0) "mixed")',
    ],
    [
      'ends with the message when the last boundary is missing',
      'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na',
      '(("text" "plain" NIL NIL NIL "7bit" 1 0) "mixed")',
    ],
    [
      'does not take a longer boundary for its own',
      'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--xy\r\na\r\n--x--\r\n',
      '(("text" "plain" NIL NIL NIL "7bit" 7 1) "mixed")',
    ],
  ])('%s', (_, text, structure) => expect(structureOf(text)).toBe(structure));

  test('is bounded for mail nested without end', () => {
    const depth = 500;
    const text = Array.from({ length: depth }, () => 'Content-Type: message/rfc822\r\n\r\n').join('');
    expect(structureOf(text)).toContain('"application" "octet-stream"');
  });

  test('and its envelope and sections never throw on bytes', () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        const part = parseStructure(bytes);
        bodyStructureOf(bytes, part, true);
        envelopeOf(part.fields);
        for (const section of ['1', '1.1.HEADER', '2.TEXT', 'HEADER.FIELDS.NOT (From)', '1.MIME']) {
          readSection(bytes, parseSection(section));
        }
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['a group', 'To: friends: bo@b.example;', '(NIL NIL "friends" NIL)(NIL NIL "bo" "b.example")(NIL NIL NIL NIL)'],
  ['an address without a domain', 'To: postmaster', '(NIL NIL "postmaster" "")'],
  ['a quoted name', 'To: "B, \\"o\\"" <bo@b.example>', '("B, \\"o\\"" NIL "bo" "b.example")'],
])('The envelope shows %s', (_, field, shown) => {
  expect(envelopeOf(parseFields(`${field}\r\n`))).toContain(`(${shown})`);
});

test('A value with parameters is read with its quotes', () => {
  expect(parseStructured('text/plain (a comment); Charset="utf-8" ; name="a; \\"b\\".txt";x=1')).toEqual({
    value: 'text/plain',
    parameters: [
      ['charset', 'utf-8'],
      ['name', 'a; "b".txt'],
      ['x', '1'],
    ],
  });
});

test.each([
  ['=?utf-8?q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
  ['=?iso-8859-1?b?R3L832U=?= =?utf-8?q?_you?=', 'Grüße you'],
  ['=?x-none?q?abc?=', '=?x-none?q?abc?='],
  ['plain', 'plain'],
])('The encoded word %s reads %s', (value, text) => expect(decodeWords(value)).toBe(text));

test('A set of numbers holds what it says', () => {
  const ends = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
  const lists = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(ends, { minLength: 1, maxLength: 5 }), lists, (ranges, list) => {
      const numbers = list.toSorted((a, b) => a - b);
      const isIn = (number: number) =>
        ranges.some(([a, b]) => number >= Math.min(a, b) && number <= Math.max(a, b)) || number === numbers.at(-1);
      const set = parseNumberSet(`${ranges.map(([a, b]) => `${a}:${b}`).join(',')},*`);
      expect(positionsOf(set, numbers).map((position) => numbers[position])).toEqual(numbers.filter(isIn));
    }),
  );
});

test.each([
  ['INBOX', 'inbox', true],
  ['INBOX', '*', true],
  ['Work/Done', '%', false],
  ['Work/Done', 'Work/%', true],
  ['Work/Done', 'W*e', true],
  ['Work/Done', 'W*x', false],
])('The folder %s against the pattern %s: %s', (name, pattern, matches) => {
  expect(matchesPattern(name, pattern)).toBe(matches);
});

test('Arguments are split as IMAP means them', () => {
  expect(
    tokenize('1:* (UID BODY.PEEK[HEADER.FIELDS (From To)]<0.9>) "a \\"b" \0', [{ kind: 'string', text: 'x' }]),
  ).toEqual([
    { kind: 'atom', text: '1:*' },
    {
      kind: 'list',
      items: [
        { kind: 'atom', text: 'UID' },
        { kind: 'atom', text: 'BODY.PEEK[HEADER.FIELDS (From To)]<0.9>' },
      ],
    },
    { kind: 'string', text: 'a "b' },
    { kind: 'string', text: 'x' },
  ]);
});

test('A date and time comes back as it went', () => {
  const date = new Date('2026-07-07T02:44:25Z');
  expect(imapDateTime(date)).toBe('" 7-Jul-2026 02:44:25 +0000"');
  expect(parseImapDateTime(' 7-Jul-2026 02:44:25 +0000')).toEqual(date);
  expect(parseImapDateTime('07-Jul-2026 04:44:25 +0200')).toEqual(date);
  expect(parseImapDateTime('yesterday')).toBeNull();
});
