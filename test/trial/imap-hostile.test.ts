import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log } from '../../src/lib/log.ts';
import { silentLog } from '../../src/lib/log.ts';
import { startMailServer } from '../../src/trial/mail-server.ts';
import type { MailServer } from '../../src/trial/mail-server.ts';

let dataDir: string;
let server: MailServer;
const errors: unknown[] = [];
const log: Log = { ...silentLog, error: (event, fields) => errors.push([event, fields]) };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trial-hostile-'));
  server = await startMailServer({ dataDir, smtpPort: 0, imapPort: 0, log });
  await server.deliver('ana@customer.example', Buffer.from('Subject: one\r\n\r\nHello\r\n'));
});
afterAll(async () => {
  await server.close();
  await rm(dataDir, { recursive: true });
  expect(errors).toEqual([]);
});

/** Sends everything at once and returns all that the server says until it hangs up. */
async function say(...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(server.imapPort, '127.0.0.1');
  let heard = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => (heard += text));
  socket.on('error', () => {});
  for (const piece of pieces) socket.write(piece);
  await once(socket, 'close');
  return heard;
}

const LOGIN = 'a LOGIN ana@customer.example trial\r\n';
const INSIDE = `${LOGIN}b SELECT INBOX\r\n`;
const OUT = 'z LOGOUT\r\n';

test.each([
  ['a line without an end', 'x'.repeat(200_000)],
  ['a literal nobody asked for', `a LOGIN {99999999+}\r\n${'x'.repeat(100_000)}`],
  ['a hundred literals', `a NOOP ${'{1+}\r\nx '.repeat(101)}\r\n`],
])('After %s the server says BAD and BYE', async (_, input) => {
  expect(await say(input)).toMatch(/\* BAD .*\r\n\* BYE .*\r\n$/);
});

test('A visitor who speaks another language is shown out', async () => {
  expect(await say('GET / HTTP/1.1\r\n'.repeat(30))).toMatch(/\* BYE .*\r\n$/);
});

test('A literal that is announced and too large is refused before it is sent', async () => {
  expect(await say('a LOGIN {99999999}\r\n', 'b NOOP\r\n', OUT)).toMatch(/a NO \[TOOBIG\].*\r\nb OK /);
});

test('Wrong passwords end the connection after ten', async () => {
  expect((await say('a LOGIN ana@customer.example no\r\n'.repeat(20))).match(/AUTHENTICATIONFAILED/g)).toHaveLength(10);
});

test.each([
  ['parentheses without end', `c FETCH 1 ${'('.repeat(1_000)}\r\n`],
  ['a parenthesis too many', 'c FETCH 1 FLAGS)\r\n'],
  ['a quote without end', 'c SEARCH SUBJECT "x\r\n'],
  ['a bracket without end', 'c FETCH 1 BODY[HEADER\r\n'],
  ['no such section', 'c FETCH 1 BODY[1.TOAST]\r\n'],
  ['no such item', 'c FETCH 1 (CONSTRUCTOR)\r\n'],
  ['no such search key', 'c SEARCH __PROTO__\r\n'],
  ['a set that is none', 'c FETCH 1:2:3 FLAGS\r\n'],
  ['a NUL', 'c SEARCH SUBJECT \0\0\r\n'],
  ['search keys without end', `c SEARCH ${'NOT '.repeat(2_000)}ALL\r\n`],
  ['a flag that is none', 'c STORE 1 +FLAGS (\\Nonsense)\r\n'],
  ['an argument too many', 'c FETCH 1 FLAGS FLAGS\r\n'],
  ['no argument', 'c UID FETCH\r\n'],
  ['a date that is none', 'c SEARCH SINCE 99-Foo-2026\r\n'],
])('%s is BAD, and the next command is answered', async (_, input) => {
  expect(await say(INSIDE, input, OUT)).toMatch(/c BAD .*\r\n\* BYE Goodbye\r\nz OK /);
});

test.each([
  ['LIST patterns that would never end', `c LIST "" "${'*%'.repeat(5_000)}x"\r\n`, /c OK/],
  ['a part that is not there', 'c FETCH 1 BODY.PEEK[7.3]\r\n', /BODY\[7\.3\] NIL\)/],
  ['an enormous range', 'c UID FETCH 1:4294967295 (UID)\r\n', /\* 1 FETCH \(UID 1\)\r\nc OK/],
  ['a range from the end', 'c UID FETCH *:4294967295 (UID)\r\n', /\* 1 FETCH \(UID 1\)\r\nc OK/],
  ['a folder name with wildcards', 'c CREATE "a*b"\r\n', /c NO \[CANNOT\]/],
  ['a folder name that climbs', 'c CREATE "../../x"\r\n', /c OK/],
  ['an expunge of a folder open for reading', 'c EXAMINE INBOX\r\nd EXPUNGE\r\n', /d NO \[CANNOT\]/],
])('%s is answered', async (_, input, answer) => {
  expect(await say(INSIDE, input, OUT)).toMatch(answer);
});

test('Commands that are sent all at once are answered in order', async () => {
  const heard = await say(INSIDE, 'c NOOP\r\nd UID SEARCH ALL\r\ne FETCH 1 BODY.PEEK[TEXT]\r\n', OUT);
  expect(heard.match(/^[a-z] OK/gm)).toEqual(['a OK', 'b OK', 'c OK', 'd OK', 'e OK', 'z OK']);
  expect(heard).toContain('* 1 FETCH (BODY[TEXT] {7}\r\nHello\r\n)\r\n');
});

test('A client that is gone in the middle of a message leaves nothing behind', async () => {
  const socket = connect(server.imapPort, '127.0.0.1');
  socket.write(`${LOGIN}c APPEND INBOX {1000000+}\r\n${'x'.repeat(300_000)}`);
  await once(socket, 'data');
  socket.destroy();
  expect(await say(INSIDE, OUT)).toContain('* 1 EXISTS');
});
