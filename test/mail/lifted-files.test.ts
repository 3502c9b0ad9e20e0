import { createHash } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { liftFiles } from '../../src/mail/lifted-files.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { scanParts } from '../../src/mail/part-scan.ts';
import { mailOf } from './fixture.ts';

const FILE = Buffer.from(Array.from({ length: 30_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));
const ENCODED = FILE.toString('base64').replace(/.{76}/g, '$&\r\n');
const TYPE = 'multipart/mixed; boundary=b';
const DISPOSITION = 'Content-Disposition: attachment; filename=map.pdf';

const multipart = (...parts: readonly (readonly [head: readonly string[], body: string])[]) =>
  mailOf(
    ['From: ana@customer.example', 'MIME-Version: 1.0', `Content-Type: ${TYPE}`],
    `${parts.map(([head, body]) => `--b\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n${body}\r\n`).join('')}--b--\r\n`,
  );
const pdf = (encoding = 'base64', body = ENCODED, type = 'application/pdf') =>
  [[`Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`, DISPOSITION], body] as const;
const liftedFrom = (bytes: Buffer) =>
  liftFiles(bytes, scanParts(bytes, bytes.indexOf('\r\n\r\n') + 4, TYPE).parts).contents.size;

describe('large files', () => {
  test('come out as the library would have read them', async () => {
    const bytes = multipart([['Content-Type: text/plain'], 'Here it is.'], pdf(), pdf('BASE64'));
    expect(liftedFrom(bytes)).toBe(2);
    const ours = await parseMessage(bytes);
    const theirs = await simpleParser(bytes);
    expect(ours.text.trim()).toBe('Here it is.');
    expect(ours.attachments.map(({ content }) => Buffer.from(content).equals(FILE))).toEqual([true, true]);
    expect(ours.attachments.map(({ fileName, contentType }) => [fileName, contentType])).toEqual(
      theirs.attachments.map(({ filename, contentType }) => [filename, contentType]),
    );
    const sha256 = createHash('sha256').update(FILE).digest('hex');
    expect(ours.attachments.map((attachment) => attachment.sha256)).toEqual([sha256, sha256]);
    expect(ours.defects).toEqual([]);
  });

  test.each([
    ['a text', pdf('base64', ENCODED, 'text/csv')],
    ['a message', pdf('base64', ENCODED, 'message/rfc822')],
    ['a small one', pdf('base64', ENCODED.slice(0, 780))],
    ['one that is not quite Base64', pdf('base64', `${ENCODED}*`)],
    ['one with another encoding', pdf('8bit')],
    ['one whose encoding has a comment', pdf('base64 (as ever)')],
    ['one without a word about it', [['Content-Type: application/pdf', DISPOSITION], ENCODED] as const],
  ])('are left to the library: %s', (_, part) => expect(liftedFrom(multipart(part))).toBe(0));
});

test('a file that the library makes something else of is read as it always was', async () => {
  // Behind the end of the outer multipart the library reads on, and we do not.
  const inner = multipart(pdf()).toString('latin1');
  const bytes = multipart([['Content-Type: message/rfc822'], inner], pdf());
  const ours = await parseMessage(bytes);
  const theirs = await simpleParser(bytes, { keepDeliveryStatus: true });
  expect(ours.attachments.map(({ content }) => Buffer.from(content).length)).toEqual(
    theirs.attachments.map(({ content }) => content.length),
  );
});

test('a file that looks like one of our marks is a file like any other', async () => {
  const content = Buffer.alloc(24, 'm');
  const { attachments } = await parseMessage(multipart(pdf(), pdf('base64', content.toString('base64'))));
  expect(attachments.map((attachment) => Buffer.from(attachment.content).length)).toEqual([FILE.length, 24]);
});
