import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { automaticHeaders, bodyText, composeMail, headerText } from '../../src/mail/compose.ts';
import type { OutgoingContent } from '../../src/mail/compose.ts';

const desk = address('support@desk.example');
const ana = address('ana@customer.example');
const plain: OutgoingContent = {
  from: { name: 'Example Desk', address: desk },
  to: { name: 'Ana Peralta', address: ana },
  subject: 'We have received your message [#1042]',
  messageId: '<v1.ack.AAAA.BBBB@reply.desk.example>',
  inReplyTo: '<1@customer.example>',
  references: ['<0@customer.example>', '<1@customer.example>'],
  date: new Date('2026-03-02T09:30:00Z'),
  text: 'Hello,\n\nwe have it.\n',
  html: '<p>Hello,</p><p>we have it.</p>',
  extraHeaders: automaticHeaders('auto_replied', 'mark'),
};

describe('a mail we send', () => {
  test('is these bytes, and the same bytes again', () => {
    const bytes = composeMail(plain);
    expect(bytes.equals(composeMail(plain))).toBe(true);
    expect(bytes.toString('latin1').replaceAll('\r\n', '\n')).toMatchInlineSnapshot(`
      "Date: Mon, 02 Mar 2026 09:30:00 +0000
      From: Example Desk <support@desk.example>
      To: Ana Peralta <ana@customer.example>
      Subject: We have received your message [#1042]
      Message-ID: <v1.ack.AAAA.BBBB@reply.desk.example>
      In-Reply-To: <1@customer.example>
      References: <0@customer.example>
       <1@customer.example>
      Auto-Submitted: auto-replied
      X-Auto-Response-Suppress: All
      Precedence: bulk
      X-Deskbell-Loop: mark
      MIME-Version: 1.0
      Content-Type: multipart/alternative; boundary="=_684e7d223d9f9780856b22ba7068e764"

      --=_684e7d223d9f9780856b22ba7068e764
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: quoted-printable

      Hello,

      we have it.

      --=_684e7d223d9f9780856b22ba7068e764
      Content-Type: text/html; charset=utf-8
      Content-Transfer-Encoding: quoted-printable

      <p>Hello,</p><p>we have it.</p>

      --=_684e7d223d9f9780856b22ba7068e764--
      "
    `);
  });

  test.each<[string, Partial<OutgoingContent>, RegExp]>([
    ['a name with a comma is quoted', to('Peralta, Ana "A"'), /^To: "Peralta, Ana \\"A\\"" <ana@customer.example>$/m],
    ['a name in other letters is encoded', to('Ána'), /^To: =\?UTF-8\?B\?w4FuYQ==\?= <ana@customer.example>$/m],
    ['a nameless person is an address', to(''), /^To: ana@customer.example$/m],
    ['a name of nothing but controls is none', to('\r\n\u202e\0'), /^To: ana@customer.example$/m],
    ['a subject that looks encoded is encoded', { subject: '=?utf-8?Q?x=0Ay?=' }, /^Subject: =\?UTF-8\?B\?PT91dGYt/m],
    ['what is no msg-id is not answered to', { inReplyTo: '<a b@x.example>' }, /^Message-ID: .*\nReferences: /m],
    ['long references are folded', { references: ids(3) }, /^References: <0@x\.example>\n <1@x\.example>\n <2@/m],
    ['of many references the first and the newest stay', { references: ids(30) }, /<0@x\.example>\n <11@x\.example>/],
    [
      'other letters go as base64',
      { text: 'Привет, мир' },
      /text\/plain; charset=utf-8\nContent-Transfer-Encoding: base64$/m,
    ],
    ['a person replies without a sign of automation', person(), /^X-Deskbell-Loop: mark\nMIME-Version/m],
  ])('%s', (_, change, pattern) => {
    const source = composeMail({ ...plain, ...change })
      .toString('latin1')
      .replaceAll('\r\n', '\n');
    expect(source).toMatch(pattern);
  });

  test.each<[string, Partial<OutgoingContent>, string]>([
    [
      'an address with a line end',
      { to: { name: '', address: 'a@x.example\r\nBcc: b@x.example' as EmailAddress } },
      'address',
    ],
    ['two addresses', { to: { name: '', address: 'a@x.example, b@x.example' as EmailAddress } }, 'address'],
    ['a Message-ID with a line end', { messageId: '<a@x.example>\r\nBcc: b@x.example' }, 'msg-id'],
    ['a header name with a colon', { extraHeaders: [['Bcc: b@x.example', '']] }, 'field name'],
  ])('%s is a bug, and said so', (_, change, what) => {
    expect(() => composeMail({ ...plain, ...change })).toThrow(
      `compose: not a${what === 'address' ? 'n' : ''} ${what}`,
    );
  });

  test('whatever the names, subjects and texts are, a reader sees them and nothing else', async () => {
    const before = await simpleParser(composeMail(plain));
    await fc.assert(
      fc.asyncProperty(
        hostile(8),
        hostile(8),
        hostile(40),
        hostile(200),
        hostile(12),
        async (from, to, subject, text, value) => {
          const bytes = composeMail({
            ...plain,
            from: { name: from, address: desk },
            to: { name: to, address: ana },
            subject,
            text,
            extraHeaders: [...plain.extraHeaders.slice(0, -1), ['X-Deskbell-Loop', value]],
          });
          const source = bytes.toString('latin1');
          expect(source).not.toMatch(/[^\r]\n|\r[^\n]|[^\x20-\x7e\r\n\t]/);
          expect(Math.max(...source.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
          const mail = await simpleParser(bytes, { skipTextToHtml: true, skipHtmlToText: true });
          expect(mail.headerLines.map((line) => line.key)).toEqual(before.headerLines.map((line) => line.key));
          expect(mail.subject ?? '').toBe(headerText(subject));
          expect([mail.to].flat().flatMap((list) => list?.value ?? [])).toEqual([
            { name: headerText(to, 100), address: ana },
          ]);
          expect(mail.from?.value).toEqual([{ name: headerText(from, 100), address: desk }]);
          expect(mail.messageId).toBe(plain.messageId);
          expect((mail.text ?? '').trimEnd()).toBe(bodyText(text).trimEnd());
        },
      ),
      { numRuns: 150, seed: 1042 },
    );
  });

  test('a long subject is cut between characters', () => {
    expect(headerText('👋'.repeat(200))).toBe(`${'👋'.repeat(124)}…`);
    expect(headerText(`a${'👋'.repeat(200)}`)).toBe(`a${'👋'.repeat(124)}…`);
    expect(headerText('\ud800')).toBe('\ufffd');
  });

  test('a megabyte of text arrives whole', async () => {
    const text = 'All work and no play. '.repeat(48_000).trimEnd();
    const mail = await simpleParser(composeMail({ ...plain, text }), { skipTextToHtml: true });
    expect(mail.text?.trimEnd()).toBe(text);
  });
});

// What breaks headers and bodies: line ends, controls, direction, encoded-words, dots, boundaries, long words.
const BREAKERS =
  '\r\n|\n|\r|\0|\t| |\u0085|\u2028|\u202e|\u2066|\u200f|\ud800|👋🏽|é|Ж|漢|"|\\|,|;|:|(c)|@|=|.|\r\n.\r\n|--=_|From |' +
  `\r\nBcc: x@x.example\r\n\r\n|=?utf-8?Q?a=0D=0AB:c?=|<x@x.example>|${'x'.repeat(80)}|${'word '.repeat(20)}`;

function hostile(maxBits: number): fc.Arbitrary<string> {
  const bit = fc.oneof(fc.constantFrom(...BREAKERS.split('|')), fc.string({ unit: 'binary', maxLength: 12 }));
  return fc.array(bit, { maxLength: maxBits }).map((bits) => bits.join(''));
}

function address(raw: string): EmailAddress {
  const parsed = parseAddress(raw);
  if (parsed === null) throw new Error(raw);
  return parsed;
}

function to(name: string): Partial<OutgoingContent> {
  return { to: { name, address: ana } };
}

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `<${i}@x.example>`);
}

function person(): Partial<OutgoingContent> {
  return { extraHeaders: automaticHeaders('person', 'mark') };
}
