import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TEXT_LENGTH } from '../../src/mail/assemble.ts';
import { headersOnlyMessage, parseMessage } from '../../src/mail/parse.ts';
import { MAX_PARTS } from '../../src/mail/part-scan.ts';
import { mailFixture, mailOf } from './fixture.ts';

const parseFixture = (name: string) => parseMessage(mailFixture(name));
const defectsOf = async (bytes: Buffer) => (await parseMessage(bytes)).defects.map((defect) => defect.id);
const multipart = (parts: readonly string[]): Buffer =>
  mailOf(
    ['From: ana@x.example', 'Subject: parts', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'],
    `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`,
  );

test('a plain mail is read whole', async () => {
  const parsed = await parseFixture('personal-plain');
  expect(parsed).toMatchObject({
    messageId: '<crane-1@harbour.example>',
    inReplyTo: ['<first@desk.example>'],
    references: ['<zero@desk.example>', '<first@desk.example>'],
    subject: 'The crane log will not open',
    date: new Date('2026-05-12T07:14:01Z'),
    from: [{ name: 'Ana Lima', address: 'ana.lima@harbour.example' }],
    to: [{ name: 'Support', address: 'support@desk.example' }],
    cc: [],
    replyTo: [],
    html: null,
    attachments: [],
    deliveryStatus: [],
    defects: [],
  });
  expect(parsed.text).toContain('shows an empty page – see below.');
  expect(parsed.headers.map((field) => field.name).slice(0, 3)).toEqual(['return-path', 'received', 'from']);
});

test('encoded-words are decoded for display and left as they are in the fields', async () => {
  const parsed = await parseFixture('personal-encoded-words');
  expect(parsed.subject).toBe('Krän überall');
  expect(parsed.from).toEqual([{ name: 'Zoë Östberg', address: 'zoe@harbour.example' }]);
  expect(parsed.headers.find((field) => field.name === 'subject')?.value).toMatch(/^=\?utf-8\?B\?/);
});

test('the text of an HTML mail is that of its HTML', async () => {
  const parsed = await parseFixture('html-only');
  expect(parsed.text).toBe('Hello desk,\n\nthe café terminal\nis off.\n\none\n\ntwo');
  expect(parsed.html).toContain('<b>off</b>');
});

test('attachments keep their bytes, names and content ids', async () => {
  const { attachments, html } = await parseFixture('inline-image-and-attachment');
  expect(
    attachments.map(({ fileName, contentType, contentId, isInline }) => [fileName, contentType, contentId, isInline]),
  ).toEqual([
    ['photo.png', 'image/png', 'photo@harbour', true],
    ['Résumé.pdf', 'application/pdf', null, false],
  ]);
  const [, pdf] = attachments;
  expect(Buffer.from(pdf?.content ?? []).toString()).toBe('%PDF-1.4\n');
  expect(pdf?.sha256).toBe(createHash('sha256').update('%PDF-1.4\n').digest('hex'));
  expect(html).toContain('cid:photo@harbour');
});

test('a forwarded message stays an attachment', async () => {
  const { attachments, text } = await parseFixture('forwarded-as-attachment');
  expect(attachments.map((part) => part.contentType)).toEqual(['message/rfc822']);
  expect(text).not.toContain('Inner');
});

describe('what is wrong with the bytes is a defect, not an error', () => {
  test.each([
    ['CR-only line ends', 'cr-only-line-ends', ['cr_only_line_ends'], 'The crane log will not open'],
    ['raw latin1 in the header', 'header-raw-latin1', ['undecodable_header_bytes'], 'Größe der Anlage'],
    ['two From and two Subject fields', 'header-two-from-fields', ['duplicate_header', 'duplicate_header'], 'Refund'],
    ['an mbox line', 'mbox-from-line', [], 'The crane log will not open'],
    ['padded boundary lines', 'multipart-padded-boundary', [], 'Padded'],
    ['no boundary parameter', 'multipart-without-boundary-parameter', ['boundary_guessed'], 'No boundary'],
  ])('%s', async (_, name, defects, subject) => {
    const parsed = await parseFixture(name);
    expect(parsed.defects.map((defect) => defect.id)).toEqual(defects);
    expect(parsed.subject).toBe(subject);
    expect(parsed.text.trim()).not.toBe('');
  });

  test('NUL is taken out of texts and made visible in fields', async () => {
    const parsed = await parseMessage(mailOf(['From: a\0@x.example', 'Subject: st\0ress'], 'bo\0dy\r\n'));
    expect(parsed).toMatchObject({ subject: 'stress', text: 'body\n' });
    expect(parsed.defects.map((defect) => defect.id)).toEqual(['nul_removed']);
    expect(parsed.headers[0]).toEqual({ name: 'from', value: 'a\ufffd@x.example' });
  });

  test('a mail without a header is all text', async () => {
    expect(await parseMessage(Buffer.from('just text\r\nno header here\r\n'))).toMatchObject({
      text: 'just text\nno header here\n',
      messageId: null,
      date: null,
      from: [],
    });
  });

  test('dates that are none are absent', async () => {
    expect(await parseMessage(mailOf(['Date: yesterday']))).toMatchObject({ date: null });
    expect(await parseMessage(mailOf(['Date: Tue, 12 May 20260 09:14:01 +0200']))).toMatchObject({ date: null });
  });

  test('a Message-ID without brackets gets them, one that is too long is none', async () => {
    expect(await parseMessage(mailOf(['Message-ID: a@x']))).toMatchObject({ messageId: '<a@x>' });
    expect(await parseMessage(mailOf([`Message-ID: <${'a'.repeat(998)}>`]))).toMatchObject({ messageId: null });
  });
});

describe('limits cut, name what they cut, and leave a mail to read', () => {
  test('more than 1,000 parts', async () => {
    const parsed = await parseMessage(multipart(Array.from({ length: 2 * MAX_PARTS }, () => '\r\nx')));
    expect(parsed.defects.map((defect) => defect.id)).toEqual(['too_many_parts', 'body_withheld']);
    expect(parsed.subject).toBe('parts');
    expect(parsed.text).toContain('x\nx');
  });

  test('a header of more than a megabyte', async () => {
    const bytes = mailOf([`X-Big: ${'a'.repeat(2_000_000)}`, 'From: ana@x.example', 'Subject: small']);
    expect(await parseMessage(bytes)).toMatchObject({ subject: 'small', text: 'Hello\n' });
    expect(await defectsOf(bytes)).toEqual(['header_block_truncated']);
  });

  test('a text of more than a megabyte', async () => {
    const parsed = await parseMessage(mailOf(['Subject: long'], 'word '.repeat(300_000)));
    expect(parsed.text).toHaveLength(MAX_TEXT_LENGTH);
    expect(parsed.defects.map((defect) => defect.id)).toEqual(['text_truncated']);
  });

  test('parts nested a thousand deep', async () => {
    const open = Array.from(
      { length: 1_000 },
      (_, n) => `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}\r\n`,
    );
    const parsed = await parseMessage(Buffer.from(`Subject: deep\r\nMIME-Version: 1.0\r\n${open.join('')}\r\nx\r\n`));
    expect(parsed.subject).toBe('deep');
    expect(parsed.text).not.toBe('');
  });

  test('HTML nested a hundred thousand deep', async () => {
    const html = `${'<div>'.repeat(100_000)}x`;
    expect(await parseMessage(mailOf(['Content-Type: text/html'], html))).toMatchObject({ text: 'x', defects: [] });
  });

  test('a mail over the size limit, of which we have only the header', async () => {
    const header = mailOf(['From: ana@x.example', 'Subject: big', 'Content-Type: multipart/mixed; boundary=b'], '');
    const parsed = await headersOnlyMessage(header, 60_000_000);
    expect(parsed).toMatchObject({ subject: 'big', text: '', html: null, attachments: [] });
    expect(parsed.defects).toEqual([
      { id: 'headers_only', detail: 'the message has 60000000 bytes, of which the header was read' },
    ]);
  });
});

test('no bytes make the parser throw, and nothing it says is refused by PostgreSQL', async () => {
  const seed = mailFixture('inline-image-and-attachment');
  const mutation = fc.record({
    at: fc.nat({ max: seed.length }),
    remove: fc.nat({ max: 60 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom('\r\n\r\n', '--inner--', '=?utf-8?B?7aCA?=', '\0', '<', ';', '"')
        .map((text) => Buffer.from(text)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (mutations) => {
      const bytes = mutations.reduce<Buffer>(
        (message, { at, remove, insert }) =>
          Buffer.concat([message.subarray(0, at), insert, message.subarray(at + remove)]),
        seed,
      );
      const { attachments, ...rest } = await parseMessage(bytes);
      const strings = JSON.stringify([
        rest,
        attachments.map(({ fileName, contentType, contentId }) => [fileName, contentType, contentId]),
      ]);
      expect(strings).not.toMatch(/\\u0000|\\ud[89a-f]/);
    }),
    { numRuns: 400 },
  );
});
