import { expect, test } from 'vitest';
import { messageIdHash, parseMessageIds } from '../../src/mail/message-id.ts';

test.each([
  ['one', '<a@x.example>', ['<a@x.example>']],
  ['several with folding and commas', '<a@x>,\t<b@x>\r\n <c@x>', ['<a@x>', '<b@x>', '<c@x>']],
  ['words between are passed over', 'Your mail <a@x> of Monday', ['<a@x>']],
  ['an opening bracket too many', '<<a@x> <b <c@x>', ['<a@x>', '<c@x>']],
  ['no bracket at all', 'a@x', []],
  ['an empty pair', '<>', []],
  [
    'as encoded-words, beside one that is none',
    '<a@x> =?utf-8?q?=3Cv1=2Eticket=5Fopened=2Ecayu576?= =?utf-8?q?zisb=40desk=2Etest=3E?=',
    ['<a@x>', '<v1.ticket_opened.cayu576zisb@desk.test>'],
  ],
  ['in base64', '=?us-ascii?B?PGFAeD4=?=', ['<a@x>']],
  ['a space inside', '<a @x>', []],
  ['one of 998 characters', `<${'a'.repeat(996)}>`, [`<${'a'.repeat(996)}>`]],
  ['one of 999 characters', `<${'a'.repeat(997)}>`, []],
])('Message-IDs are found: %s', (_, value, ids) => expect(parseMessageIds(value, 20)).toEqual(ids));

test('the newest are kept', () => {
  expect(parseMessageIds('<1@x> <2@x> <3@x>', 2)).toEqual(['<2@x>', '<3@x>']);
  expect(parseMessageIds('<1@x>', 0)).toEqual([]);
});

test('the key of a Message-ID is the first half of its SHA-256, by its exact case', () => {
  expect(messageIdHash('<a@x>')).toHaveLength(16);
  expect(messageIdHash('<a@x>')).not.toEqual(messageIdHash('<A@x>'));
});
