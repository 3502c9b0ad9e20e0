import { expect, test } from 'vitest';
import { parseMessage } from '../../src/mail/parse.ts';
import { chosenSender, identifySender, MAX_SENDER_NAME_LENGTH } from '../../src/mail/sender.ts';
import { mailOf } from './fixture.ts';

const senderOf = async (...lines: readonly string[]) => identifySender(await parseMessage(mailOf(lines)));

test.each([
  ['a bare address', 'Ana.Lima@Harbour.Example', 'ana.lima@harbour.example', ''],
  ['an address in brackets', '<ana@x.example>', 'ana@x.example', ''],
  ['words', 'Ana B. Lima <ana@x.example>', 'ana@x.example', 'Ana B. Lima'],
  ['a quoted name', '"Lima, Ana (Sales)" <ana@x.example>', 'ana@x.example', 'Lima, Ana (Sales)'],
  ['a name that looks like an address', '"ceo@desk.example" <ana@x.example>', 'ana@x.example', 'ceo@desk.example'],
  ['an encoded name', '=?utf-8?Q?An=C3=AF_Lima?= <ana@x.example>', 'ana@x.example', 'Anï Lima'],
  [
    'an encoded name that holds another address',
    '=?utf-8?Q?=22CEO=22_=3Cceo=40desk.example=3E?= <ana@x.example>',
    'ana@x.example',
    '"CEO" <ceo@desk.example>',
  ],
  ['a domain in letters', 'Ana <ana@münchen.example>', 'ana@xn--mnchen-3ya.example', 'Ana'],
  ['a domain in A-labels', 'Ana <ana@xn--mnchen-3ya.example>', 'ana@xn--mnchen-3ya.example', 'Ana'],
  ['a folded name', 'Ana\r\n Lima\r\n <ana@x.example>', 'ana@x.example', 'Ana Lima'],
  ['a comment for a name', 'ana@x.example (Ana Lima)', 'ana@x.example', 'Ana Lima'],
  ['a comment beside a name', 'Ana (Sales, North) <ana@x.example> (home)', 'ana@x.example', 'Ana'],
  ['words around a quoted one', 'Ana "the desk" B. Lima <ana@x.example>', 'ana@x.example', 'Ana the desk B. Lima'],
  [
    'encoded words folded with a tab',
    '=?utf-8?Q?An=C3=AF_?=\r\n\t=?utf-8?Q?Lima?= <ana@x.example>',
    'ana@x.example',
    'Anï Lima',
  ],
  ['a comma in an encoded word', '=?utf-8?Q?L=C3=AFma,=20Ana?= <ana@x.example>', 'ana@x.example', 'Lïma, Ana'],
  ['letters of the world, as they are', 'Änne Lima-Ünal <ana@x.example>', 'ana@x.example', 'Änne Lima-Ünal'],
  ['the address again for a name', 'Ana@x.example <ana@x.example>', 'ana@x.example', 'Ana@x.example'],
  [
    'direction marks in the name',
    '=?utf-8?Q?Ana=E2=80=AE_Lima=E2=80=8B?= <ana@x.example>',
    'ana@x.example',
    'Ana Lima',
  ],
])('one strict mailbox is a sender: %s', async (_, from, address, name) => {
  expect(await senderOf(`From: ${from}`)).toEqual({ is: 'address', address, name });
});

test.each([
  ['two addresses', 'ana@x.example, ceo@desk.example'],
  ['two addresses in one mailbox', 'ana@x.example <ceo@desk.example>'],
  ['two brackets', '<ana@x.example> <ceo@desk.example>'],
  ['text behind the bracket', 'Ana <ana@x.example> ceo@desk.example'],
  ['a group', 'Friends: ana@x.example;'],
  ['a comment in the address', 'ana(b)@x.example'],
  ['a comment in brackets', '<ana@x.example(b)>'],
  ['an open comment', 'ana@x.example (Ana'],
  ['brackets in a comment', 'ana@x.example (<ceo@desk.example>)'],
  ['a name that begins with a dot', '.Ana <ana@x.example>'],
  ['a comma in a name', 'Lima, Ana <ana@x.example>'],
  ['a name behind the address', 'ana@x.example Ana'],
  ['a route', '<@relay.example:ana@x.example>'],
  ['a quoted local part', '"ana lima"@x.example'],
  ['a literal', 'ana@[192.0.2.1]'],
  ['an encoded-word for an address', '=?utf-8?Q?ceo=40desk.example?= <=?utf-8?Q?ana?=@x.example>'],
  ['folding inside the address', 'ana@\r\n x.example'],
  ['NUL inside the address', 'ana\0@x.example'],
  ['an open quote', '"Ana <ana@x.example>'],
  ['a local part in other letters', 'änne@x.example'],
])('anything else that holds an address is ambiguous: %s', async (_, from) => {
  expect(await senderOf(`From: ${from}`)).toMatchObject({ is: 'ambiguous' });
});

test.each([
  ['a list', ['From: ana@x.example, Bo <Bo@x.example>, ana@x.example'], ['ana@x.example', 'bo@x.example']],
  ['two fields', ['From: ana@x.example', 'From: bo@x.example'], ['ana@x.example', 'bo@x.example']],
  [
    'an address as the name of another',
    ['From: "bank@x.example" <eve@y.example>, z@z.example'],
    ['bank@x.example', 'eve@y.example', 'z@z.example'],
  ],
  ['what is no address', ['From: ana@@x.example, "b c"@x.example'], []],
  [
    'more than ten',
    [`From: ${Array.from({ length: 30 }, (_, index) => `a${index}@x.example`).join(', ')}`],
    Array.from({ length: 10 }, (_, index) => `a${index}@x.example`),
  ],
])('whom an ambiguous From may name: %s', async (_, lines, candidates) => {
  const sender = await senderOf(...lines);
  expect(sender).toMatchObject({ is: 'ambiguous', candidates });
  const [first] = candidates;
  if (first !== undefined) expect(chosenSender(sender, first)).toEqual({ is: 'address', address: first, name: '' });
  expect(chosenSender(sender, 'nobody@x.example')).toBe(sender);
  expect(chosenSender(sender, null)).toBe(sender);
});

test('two From fields are ambiguous, even with the same address', async () => {
  expect(await senderOf('From: ana@x.example', 'From: ana@x.example')).toMatchObject({ is: 'ambiguous' });
});

test('without an address in From nobody wrote it: Reply-To and Sender are no identity', async () => {
  expect(await senderOf('Reply-To: ana@x.example', 'Sender: ana@x.example')).toEqual({ is: 'nobody' });
  expect(await senderOf('From: Ana', 'Reply-To: ana@x.example')).toEqual({ is: 'nobody' });
  expect(await senderOf('From: <>')).toEqual({ is: 'nobody' });
});

test('a name is cut', async () => {
  const sender = await senderOf(`From: ${'n'.repeat(500)} <ana@x.example>`);
  expect(sender).toMatchObject({ is: 'address', name: 'n'.repeat(MAX_SENDER_NAME_LENGTH) });
});
