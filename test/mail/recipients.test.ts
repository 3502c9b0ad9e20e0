import { expect, test } from 'vitest';
import { parseMessage } from '../../src/mail/parse.ts';
import { plusTokensIn, replyTokens, threadIndexOf } from '../../src/mail/recipients.ts';
import { mailOf } from './fixture.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnop';
const OTHER = '234567234567234567234567234567234567abcdef';
const of = (token: string, prefix = 'reply') => ({ prefix, token, domain: 'desk.example' });
const tokensOf = async (lines: readonly string[]) => replyTokens(await parseMessage(mailOf(lines)));

test.each([
  ['To', `To: reply+${TOKEN}@desk.example`],
  ['a name', `To: "Desk" <reply+${TOKEN}@desk.example>, ana@x.example`],
  ['Cc', `Cc: ana@x.example, <reply+${TOKEN}@desk.example>`],
  ['Delivered-To', `Delivered-To: reply+${TOKEN}@desk.example`],
  ['X-Original-To', `X-Original-To: reply+${TOKEN}@desk.example`],
  ['Envelope-To', `Envelope-To: reply+${TOKEN}@desk.example`],
  ['X-Forwarded-To', `X-Forwarded-To: reply+${TOKEN}@desk.example`],
  ['a server that shouts', `To: REPLY+${TOKEN.toUpperCase()}@DESK.EXAMPLE`],
])('a token is found in the address by %s', async (_, line) => expect(await tokensOf([line])).toEqual([of(TOKEN)]));

test.each([
  ['one letter too few', `reply+${TOKEN.slice(1)}@desk.example`],
  ['one letter too many', `reply+a${TOKEN}@desk.example`],
  ['a digit that base32 has not', `reply+1${TOKEN.slice(1)}@desk.example`],
  ['no prefix', `+${TOKEN}@desk.example`],
  ['two pluses', `a+reply+${TOKEN}@desk.example`],
  ['a domain that is none', `reply+${TOKEN}@desk..example`],
  ['an address literal', `reply+${TOKEN}@[192.0.2.1]`],
])('%s is no token', async (_, address) => expect(await tokensOf([`To: ${address}`])).toEqual([]));

test('From and Subject name no recipient', async () =>
  expect(
    await tokensOf([`From: reply+${TOKEN}@desk.example`, `Subject: reply+${OTHER}@desk.example`, 'To: x@y.example']),
  ).toEqual([]));

test('tokens come in order and once, twenty at most', () => {
  expect(plusTokensIn([`<a+${OTHER}@desk.example> <reply+${TOKEN}@desk.example>, a+${OTHER}@desk.example`])).toEqual([
    of(OTHER, 'a'),
    of(TOKEN),
  ]);
  const many = Array.from({ length: 30 }, (_, index) => `p${index}+${TOKEN}@desk.example`);
  expect(plusTokensIn(many)).toHaveLength(20);
});

test('a million characters of the worst line hold no token', () =>
  expect(plusTokensIn(['a'.repeat(1e6), `r+${'a'.repeat(1e6)}`, 'a+'.repeat(5e5), '.'.repeat(1e6)])).toEqual([]));

const ROOT = Buffer.from(`01d5a1b2c3d4${'ab'.repeat(16)}`, 'hex');
const indexOf = (value: string) => threadIndexOf([{ name: 'thread-index', value }]);

test('two mails of one Outlook conversation have the same root, and the first says that it began it', () => {
  const reply = Buffer.concat([ROOT, Buffer.from('8000112233', 'hex')]);
  expect(indexOf(ROOT.toString('base64'))).toEqual({ root: ROOT.toString('hex'), isNewConversation: true });
  expect(indexOf(reply.toString('base64').replace(/(.{20})/, '$1 '))).toEqual({
    root: ROOT.toString('hex'),
    isNewConversation: false,
  });
});

test.each([
  ['nothing', ''],
  ['no base64', 'not an index!'],
  ['too short', ROOT.subarray(1).toString('base64')],
  ['half a reply', Buffer.concat([ROOT, Buffer.of(1, 2)]).toString('base64')],
  ['another first byte', Buffer.concat([Buffer.of(2), ROOT.subarray(1)]).toString('base64')],
])('%s is no conversation', (_, value) => expect(indexOf(value)).toBeNull());
