import { describe, expect, test } from 'vitest';
import { parseMessage } from '../../src/mail/parse.ts';
import { MAX_DEPTH, MAX_PARTS } from '../../src/mail/part-scan.ts';
import { mailFixture, mailOf } from './fixture.ts';

const parseFixture = (name: string) => parseMessage(mailFixture(name));
const idsOf = ({ defects }: { readonly defects: readonly { readonly id: string }[] }) => defects.map(({ id }) => id);
const contentOf = (file: { readonly content: Uint8Array } | undefined) => Buffer.from(file?.content ?? []).toString();

describe('whatever charset it is in, a person reads what was written', () => {
  test.each([
    ['header-and-body-raw-gbk', '请问订单什么时候发货', '您好，请问我的订单什么时候可以发货？谢谢。'],
    ['header-raw-koi8', 'Вопрос по заказу', 'Здравствуйте'],
    ['header-raw-shift-jis', '見積書の件について', 'お世話になっております。'],
    ['encoded-word-with-raw-bytes', 'Größe der Kräne', 'Hello'],
    ['encoded-word-of-no-text', '=?UTF-8?B?nnDusSNdG92w6Fuw61fM?=', 'Hello'],
    ['encoded-words-split-across-encodings', 'Käne', 'Hello'],
    ['body-undeclared-iso-2022-jp', 'Mitsumori', '見積書を送ってください。'],
    ['body-latin1-called-utf-8', 'Informacion', 'Información de la grúa'],
    ['body-utf-8-with-a-latin1-footer', 'Footer', 'Krän und Brücke – schön\nInformación'],
    ['message-in-utf-16', 'Größe', 'The crane – is stuck'],
  ])('%s', async (name, subject, text) => {
    const parsed = await parseFixture(name);
    expect(parsed.subject).toBe(subject);
    expect(parsed.text.trim()).toBe(text);
  });

  test('names too: of senders and of files', async () => {
    expect((await parseFixture('header-and-body-raw-gbk')).from).toEqual([
      { name: '王小明', address: 'wang@harbour.example' },
    ]);
    expect((await parseFixture('encoded-word-with-raw-bytes')).from).toEqual([
      { name: 'Zoë', address: 'zoe@harbour.example' },
    ]);
    const { attachments, subject } = await parseFixture('attachment-name-raw-gbk');
    expect([subject, ...attachments.map(({ fileName }) => fileName)]).toEqual(['报价', '报价单（最终版）.pdf']);
  });

  test('an encoded-word stays one in the fields, and never becomes an address', async () => {
    const parsed = await parseMessage(mailOf(['From: =?x-unknown?Q?boss=40desk.example?= <eve@x.example>']));
    expect(parsed.from).toEqual([{ name: 'boss@desk.example', address: 'eve@x.example' }]);
    expect(parsed.headers[0]?.value).toBe('=?x-unknown?Q?boss=40desk.example?= <eve@x.example>');
  });
});

describe('parts are found however they were put together', () => {
  test.each([
    ['multipart-badly-folded', 'The log is attached', ['log: may.csv'], []],
    ['multipart-left-open', 'First\nLast', ['dot.gif'], []],
    ['multipart-under-another-boundary', 'The crane', ['log.csv'], ['boundary_guessed']],
    ['multipart-without-boundary-parameter', 'Still to be read.', [], ['boundary_guessed']],
    ['blanks-instead-of-empty-lines', 'The crane', ['dot.gif'], []],
    ['part-without-an-empty-line', 'The crane stands still\nSince Monday', [], []],
    ['text-file-shown-in-the-text', 'See my notes\nStuck at noon', ['notes.txt'], []],
    [
      'html-before-a-list-footer',
      'The crane stands still\nTo leave the list, write to crew-leave@harbour.example',
      [],
      [],
    ],
    ['report-without-a-text', 'Your message could not be delivered', [''], []],
    ['attachment-called-x-uuencode', 'See', ['log.csv'], []],
  ])('%s', async (name, text, files, defects) => {
    const parsed = await parseFixture(name);
    expect(parsed.text.trim().replace(/\n+/g, '\n')).toBe(text);
    expect(parsed.attachments.map(({ fileName }) => fileName)).toEqual(files);
    expect(idsOf(parsed)).toEqual(defects);
  });

  test('a file left in an open multipart has its own bytes alone', async () => {
    const { attachments } = await parseFixture('multipart-left-open');
    expect(contentOf(attachments[0])).toBe('GIF89a');
    expect(contentOf((await parseFixture('attachment-called-x-uuencode')).attachments[0])).toBe('a;b\n');
  });

  test('each message of a digest is a file', async () => {
    const { attachments, text } = await parseFixture('digest-of-two');
    expect(attachments.map(({ contentType }) => contentType)).toEqual(['message/rfc822', 'message/rfc822']);
    expect(attachments.map(contentOf).join('|')).toContain('Subject: One\r\n\r\nfirst|From: cy');
    expect(text.trim()).toBe('Two messages');
  });

  test('a file in the text becomes a file, and what stands around it stays', async () => {
    const { attachments, text } = await parseFixture('text-with-a-uuencoded-file');
    expect(text.trim()).toBe('The log is below.\n\n\nRegards, Ana');
    expect(attachments.map(({ fileName }) => fileName)).toEqual(['crane log.txt']);
    expect(contentOf(attachments[0])).toBe('Stuck at noon. '.repeat(8));
  });

  test.each([
    ['a type without a subtype', 'text', 'Hello'],
    ['a type in quotes', '"text/html"', 'Hello'],
    ['no semicolon before the charset', 'text/plain charset=utf-8', 'Hello'],
    ['a parameter alone', 'charset=utf-8', 'Hello'],
  ])('%s is text all the same', async (_, type, text) => {
    const parsed = await parseMessage(mailOf([`Content-Type: ${type}`]));
    expect(parsed.text.trim()).toBe(text);
    expect(parsed.attachments).toEqual([]);
  });

  test('a signature under two hyphens is no boundary, nor changed', async () => {
    const body = '--b\r\n\r\nHello\r\n-- \r\nAna\r\n--b--\r\n';
    const parsed = await parseMessage(mailOf(['Content-Type: multipart/mixed; boundary=b'], body));
    expect(parsed.text).toBe('Hello\n-- \nAna');
  });
});

test('a multipart without any boundary is shown as one text, decoded', async () => {
  const header = ['Content-Type: multipart/mixed; boundary=b', 'Content-Transfer-Encoding: quoted-printable'];
  const parsed = await parseMessage(mailOf(header, 'Kr=E4ne\r\n'));
  expect([parsed.text, idsOf(parsed)]).toEqual(['Kräne\n', ['boundary_guessed', 'charset_guessed']]);
});

describe('what is beyond a limit is named in words', () => {
  const part = 'Content-Type: text/plain\r\n\r\nx\r\n';
  test('parts', async () => {
    const body = `${`--b\r\n${part}`.repeat(MAX_PARTS + 5)}--b--\r\n`;
    const parsed = await parseMessage(mailOf(['Content-Type: multipart/mixed; boundary=b'], body));
    expect(parsed.defects.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
      'too_many_parts: more than 1000 parts',
      expect.stringMatching(/^body_withheld: 2\d\d bytes of parts beyond the limit$/),
    ]);
  });

  test('depth: what lies deeper is shown as it is', async () => {
    const open = Array.from(
      { length: 150 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
    );
    const parsed = await parseMessage(Buffer.from(`Subject: deep\r\n${open.join('')}\r\nfound\r\n`));
    expect(parsed.defects).toEqual([
      { id: 'too_deep', detail: `parts nested more than ${MAX_DEPTH} deep are shown as they are` },
    ]);
    expect(parsed.text).toContain('found');
  });

  test('References: the newest stay', async () => {
    const ids = Array.from({ length: 9_000 }, (_, n) => `\r\n <${n}@harbour.example>`);
    const { references } = await parseMessage(mailOf(['Subject: long', `References:${ids.join('')}`]));
    expect(references).toHaveLength(20);
    expect(references.at(-1)).toBe('<8999@harbour.example>');
  });
});
