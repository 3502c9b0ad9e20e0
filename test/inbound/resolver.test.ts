import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dnsTxtResolver } from '../../src/inbound/resolver.ts';
import type { TxtResolver } from '../../src/mail/dkim.ts';

/** RFC 1035 response codes, by what a name begins with; "key" is answered with a TXT record in two strings. */
const CODES: Readonly<Record<string, number>> = { key: 0, empty: 0, none: 3, servfail: 2, refused: 5 };

let server: Socket;
let resolve: TxtResolver;

beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (question, peer) => server.send(answerTo(question), peer.port, peer.address));
  await new Promise<void>((done) => {
    server.bind(0, '127.0.0.1', done);
  });
  resolve = dnsTxtResolver([`127.0.0.1:${server.address().port}`]);
});

afterAll(() => server.close());

function answerTo(question: Buffer): Buffer {
  const label = question.toString('latin1', 13, 13 + (question[12] ?? 0));
  const code = CODES[label] ?? 3;
  const end = question.indexOf(0, 12) + 5;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(label === 'key' ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  // Name: a pointer to the question's; TXT, IN, 60 s, then the two strings.
  const record = Buffer.from([
    0xc0,
    12,
    0,
    16,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    8,
    3,
    ...Buffer.from('p=A'),
    3,
    ...Buffer.from('BCD'),
  ]);
  return Buffer.concat([header, question.subarray(12, end), ...(label === 'key' ? [record] : [])]);
}

test.each([
  ['a record in its pieces', 'key.x.example', { is: 'found', records: [['p=A', 'BCD']] }],
  ['no such name', 'none.x.example', { is: 'absent' }],
  ['no record of that kind', 'empty.x.example', { is: 'absent' }],
  ['a name that is none', `${'a'.repeat(64)}.example`, { is: 'absent' }],
  ['a server in trouble', 'servfail.x.example', { is: 'trouble', says: 'DNS said ESERVFAIL of servfail.x.example' }],
  ['a server that refuses', 'refused.x.example', { is: 'trouble', says: 'DNS said EREFUSED of refused.x.example' }],
])('DNS says %s', async (_, name, answer) => expect(await resolve(name)).toEqual(answer));

test('forty questions at once are all answered', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => resolve('key.x.example')));
  expect(answers.every(({ is }) => is === 'found')).toBe(true);
});
