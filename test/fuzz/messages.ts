import fc from 'fast-check';
import { fromValue, html, longText, pieces, resultsValue, subjectValue, text } from './arbitraries.ts';
import { mutations } from './mutations.ts';

/** A kind of input: what becomes the bytes of a message. */
export interface Generator {
  readonly id: string;
  readonly about: string;
  readonly messages: fc.Arbitrary<Buffer>;
  /** What is to be said of all of them. */
  readonly verdict?: 'fail';
}

const PLAIN = ['To: support@desk.example', 'Message-ID: <1@harbour.example>', 'Date: Fri, 13 Mar 2026 10:00:00 +0100'];

const mail = (lines: readonly string[], body = 'Hello\r\n'): Buffer =>
  Buffer.from(`${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`);

const NAMES = [
  'From',
  'To',
  'Cc',
  'Subject',
  'Date',
  'Message-ID',
  'In-Reply-To',
  'References',
  'Content-Type',
  'Content-Transfer-Encoding',
  'Content-Disposition',
  'MIME-Version',
  'Reply-To',
  'Return-Path',
  'Received',
  'Authentication-Results',
  'DKIM-Signature',
  'Auto-Submitted',
  'Precedence',
  'List-Id',
  'X-Failed-Recipients',
  'Thread-Index',
  'Delivered-To',
  '__proto__',
  'constructor',
  'X-A',
];
const VALUE_PIECES = [
  '<1@harbour.example>',
  ' ',
  '\t',
  '\r\n ',
  '\n',
  ';',
  '=',
  'multipart/mixed',
  'multipart/report; report-type=delivery-status',
  'text/html',
  'boundary=',
  '"b"',
  'charset=',
  'utf-8',
  'gb2312',
  'name*0*=',
  "utf-8''%C3%A4",
  'base64',
  'quoted-printable',
  'x-uuencode',
  'auto-replied',
  'bulk',
  '13 Mar 2026',
  'from a by b; ',
  'v=1; a=rsa-sha256; d=harbour.example; s=s1; h=from; bh=; b=',
  'ä',
  '\xff',
  '\0',
  '(',
  ')',
  '<',
  '>',
  '=?utf-8?Q?=C3?=',
];

const fieldValue = fc.oneof(
  { weight: 6, arbitrary: pieces(VALUE_PIECES, 8) },
  { weight: 1, arbitrary: longText },
  { weight: 1, arbitrary: fromValue },
);
const field = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(': ', ':', ' : ', ''), fieldValue)
  .map((parts) => parts.join(''));

const headers: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(field, { maxLength: 30 }),
    fc.constantFrom('\r\n', '\n', '\r'),
    fc.constantFrom('', 'From a Fri\n', '\ufeff', '\r\n'),
    text,
    fc.constantFrom('utf8', 'latin1'),
  )
  .map(([lines, lineEnd, before, body, encoding]) =>
    Buffer.from(`${before}${lines.join(lineEnd)}${lineEnd}${lineEnd}${body}`, encoding as BufferEncoding),
  );

const TYPES = [
  'text/plain',
  'text/html',
  'text/plain; charset=utf-8',
  'text/html; charset=iso-2022-jp',
  'text/plain; format=flowed; delsp=yes',
  'message/rfc822',
  'message/delivery-status',
  'message/feedback-report',
  'application/octet-stream; name="a.bin"',
  'application/ms-tnef',
  'image/png',
  'text/calendar',
  'multipart/mixed',
  '',
];
const ENCODINGS = ['', '7bit', '8bit', 'base64', 'quoted-printable', 'x-uuencode', 'binary', 'rubbish'];
const STATUS =
  'Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; ana@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n';

const leaf: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...TYPES),
    fc.constantFrom(...ENCODINGS),
    fc.boolean(),
    fc.oneof(text, html, fc.constant(STATUS), fc.base64String()),
  )
  .map(([type, encoding, isAttachment, body]) =>
    [
      `Content-Type: ${type}`,
      `Content-Transfer-Encoding: ${encoding}`,
      ...(isAttachment ? ['Content-Disposition: attachment; filename=../a\u202e.txt'] : []),
      '',
      body,
    ].join('\r\n'),
  );

/** Parts within parts; boundaries that repeat, are never said, or never end. */
const part: fc.Arbitrary<string> = fc.letrec<{ node: string; leaf: string }>((tie) => ({
  leaf,
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc
      .tuple(
        fc.constantFrom('mixed', 'alternative', 'related', 'digest', 'report; report-type=delivery-status', 'signed'),
        fc.constantFrom('b1', 'b2', 'b3'),
        fc.constantFrom('', ' ', 'x'),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.boolean(),
      )
      .map(([type, boundary, padding, children, isEnded]) =>
        [
          `Content-Type: multipart/${type}; boundary="${boundary}"`,
          '',
          ...children.flatMap((child) => [`--${boundary}${padding}`, child]),
          ...(isEnded ? [`--${boundary}--`] : []),
        ].join('\r\n'),
      ),
  ),
})).node;

const from = 'From: Ana <ana@harbour.example>';

const BOUNDARY =
  'Received: from x.example (x.example [192.0.2.66]) by mail.desk.example with ESMTP; Fri, 13 Mar 2026 09:00:05 +0000';
const STAMP = 'Authentication-Results: mail.desk.example; dmarc=fail (p=reject dis=none) header.from=harbour.example';
const received = pieces(
  [
    'from ',
    'mail.desk.example',
    ' (localhost [127.0.0.1])',
    ' by ',
    'x.example',
    ' (',
    ')',
    ' [192.0.2.66]',
    ' with LMTP',
    '; ',
    'Fri, 13 Mar 2026',
  ],
  8,
);

/** What our own server found, above and below the Received it writes; then whatever the sender had there before. */
const forgeries: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom([BOUNDARY, STAMP], [STAMP, BOUNDARY]),
    fc.array(
      fc.oneof(
        resultsValue.map((value) => `Authentication-Results: ${value}`),
        received.map((value) => `Received: ${value}`),
      ),
      { maxLength: 6 },
    ),
  )
  .map(([ours, theirs]) =>
    mail([...ours, ...theirs.map((line) => line.replace(/[\r\n]+(?![ \t])/g, ' ')), from, ...PLAIN]),
  );

/** Inputs are shared out evenly among these. */
export const GENERATORS: readonly Generator[] = [
  {
    id: 'addresses',
    about: 'From fields',
    messages: fromValue.map((value) => mail([`From: ${value}`, 'Subject: x', ...PLAIN])),
  },
  {
    id: 'subjects',
    about: 'subjects and their tags',
    messages: subjectValue.map((value) => mail([from, `Subject: ${value}`, ...PLAIN])),
  },
  {
    id: 'results',
    about: 'Authentication-Results',
    messages: fc
      .array(resultsValue, { minLength: 1, maxLength: 4 })
      .map((values) => mail([...values.map((value) => `Authentication-Results: ${value}`), from, ...PLAIN])),
  },
  { id: 'forgeries', about: 'forged Authentication-Results below our own', messages: forgeries, verdict: 'fail' },
  { id: 'headers', about: 'header blocks', messages: headers },
  {
    id: 'mime',
    about: 'MIME structures',
    messages: part.map((body) =>
      Buffer.from(`${from}\r\n${PLAIN.join('\r\n')}\r\nSubject: Re: x\r\nMIME-Version: 1.0\r\n${body}`, 'utf8'),
    ),
  },
  {
    id: 'html',
    about: 'HTML bodies',
    messages: html.map((body) => mail([from, ...PLAIN, 'Content-Type: text/html; charset=utf-8'], body)),
  },
  { id: 'mutations', about: 'fixtures, mutated', messages: mutations },
];
