import { afterAll, beforeAll, expect, test } from 'vitest';
import { letter, openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const part = (name: string, content: string) =>
  [
    `--b`,
    `Content-Type: application/octet-stream; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    content,
    '',
  ].join('\r\n');

test.each([
  ['a NUL in the subject', ['Subject: =?utf-8?Q?a=00b?='], 'Hello'],
  ['a NUL in the name', ['Subject: x', 'Reply-To: =?utf-8?Q?a=00b?= <a@b.example>'], 'Hello'],
  ['a NUL in the text', ['Content-Transfer-Encoding: quoted-printable'], 'a=00b'],
  ['half a surrogate in the subject', ['Subject: =?utf-16be?B?2AAAYQ==?='], 'Hello'],
  [
    'half a surrogate in the text',
    ['Content-Type: text/plain; charset=utf-16be', 'Content-Transfer-Encoding: base64'],
    '2AAAYQ==',
  ],
  ['a NUL in a Message-ID', ['Message-ID: <a\0b@x.example>'], 'Hello'],
  ['a charset nobody knows', ['Content-Type: text/plain; charset=x-unheard-of'], 'Hello'],
  ['a date of the year 275000', ['Date: Mon, 1 Jan 275000 00:00:00 +0000'], 'Hello'],
  ['ten thousand references', [`References: ${'<r@x.example> '.repeat(10_000)}`], 'Hello'],
  ['fields named like the insides of JavaScript', ['__proto__: x', 'constructor: y', 'toString: z'], 'Hello'],
  [
    'an attachment whose name climbs',
    ['Content-Type: multipart/mixed; boundary=b'],
    `${part('../../etc/passwd\u200b', 'AAAA')}--b--`,
  ],
  ['an attachment of nothing', ['Content-Type: multipart/mixed; boundary=b'], `${part('nothing', '')}--b--`],
])('a mail with %s is a ticket at the first attempt', async (_, lines, body) => {
  const taken = await desk.take(letter('Eve <eve@hostile.example>', lines, body));
  expect(taken).toMatchObject({ verdict: 'opened', rule: 'new_ticket' });
  const [row] = await desk.db.sql<{ attempts: number }[]>`select attempts from inbound_messages where id = ${taken.id}`;
  expect(row?.attempts).toBe(1);
});

test('a name made of control characters and markup leaves no doubt that there is doubt: the mail is held', async () => {
  const taken = await desk.take(letter('=?utf-8?Q?=00=0D=0ABcc:_eve_<b>?= <mallory@hostile.example>'));
  expect(taken).toMatchObject({ status: 'held', reason: 'ambiguous_sender', ticketId: null });
});
