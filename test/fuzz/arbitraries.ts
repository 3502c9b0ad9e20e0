import fc from 'fast-check';

/** A text of pieces that mean something to a parser, in any order: most of what is malformed looks like that. */
export const pieces = (of: readonly string[], maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...of) }, { weight: 1, arbitrary: ANY_TEXT }), {
      maxLength,
    })
    .map((words) => words.join(''));

const ANY_TEXT = fc.string({ unit: 'binary', maxLength: 20 });
/** Mostly short, so that shrinking is quick; sometimes long enough for what is not linear to be felt. */
const COUNT = fc.oneof(
  { weight: 6, arbitrary: fc.nat(2_000) },
  { weight: 1, arbitrary: fc.integer({ min: 20_000, max: 100_000 }) },
);
const MAX_REPEATED_LENGTH = 256 * 1024;
const repeated = ([piece, count]: readonly [string, number]): string =>
  piece.repeat(count).slice(0, MAX_REPEATED_LENGTH);
const LONG = fc
  .tuple(
    fc.constantFrom(' ', '<', '(', '"', '>', '=', '\t', 'a', ';', '[', '\\', '@', ',', '=?', '\r\n ', 'ä', '&#'),
    COUNT,
  )
  .map(repeated);

const SPECIALS = [
  '<',
  '>',
  '"',
  '(',
  ')',
  ',',
  ';',
  ':',
  '\\',
  '[',
  ']',
  '@',
  '.',
  ' ',
  '  ',
  '\t',
  '\r\n ',
  '\0',
  '\u202e',
  '\u200b',
  '\u00a0',
  "'",
];
const ENCODED = [
  '=?utf-8?Q?',
  '?=',
  '=?utf-8?B?QW5h?=',
  '=?iso-8859-1?q?An=EF?=',
  '=?utf-8?Q?=3Cceo=40desk.example=3E?=',
  '=?x?y?z?=',
];
const ADDRESSES = [
  'ana@x.example',
  '<ana@x.example>',
  '<ceo@desk.example>',
  '@',
  'ana',
  'x.example',
  'ana@münchen.example',
  'ana@xn--mnchen-3ya.example',
  'änne@x.example',
  'ana@[192.0.2.1]',
  '"a b"@x.example',
  'root@localhost',
  'Group: ',
  '<@relay.example:',
  '<>',
];

const name = fc.oneof(
  fc.constantFrom(
    'Ana',
    'Ana Lima',
    'Ana B. Lima',
    '"Lima, Ana"',
    '"A \\" L"',
    'Änne',
    '=?utf-8?Q?An=C3=AF?=',
    "O'Hara",
    '(work) Ana',
    '',
  ),
  pieces([...SPECIALS, ...ENCODED, 'Ana', 'Lima'], 6),
);
const comment = fc.oneof(
  fc.constant(''),
  fc.constant(' (Ana Lima)'),
  pieces([...SPECIALS, 'Ana', ...ENCODED], 4).map((text) => ` (${text})`),
);
const addressLike = fc.oneof(
  fc.constantFrom('ana@x.example', 'Ana.Lima@X.Example', 'a+b@münchen.example'),
  pieces([...ADDRESSES, ...SPECIALS], 3),
);

/** The value of a From field: what people send, what attackers send, and rubbish. */
export const fromValue: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(name, addressLike, comment).map(([words, address, after]) => `${words} <${address}>${after}`),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(comment, addressLike, comment).map(([before, address, after]) => `${before}${address}${after}`),
  },
  { weight: 4, arbitrary: pieces([...ADDRESSES, ...SPECIALS, ...ENCODED, 'Ana', 'Lima'], 12) },
  { weight: 1, arbitrary: LONG },
);

const SUBJECT_PIECES = [
  'Re: ',
  'AW: ',
  'Fwd: ',
  'Antw:',
  '[#',
  '123',
  ']',
  '[#123]',
  '#123',
  '[Ticket ',
  '\u00a0',
  'Automatic reply: ',
  'Undelivered Mail Returned to Sender',
  ...ENCODED,
  '\r\n ',
  'Dock 4',
  '：',
  '\u200f',
  '\ud800',
  '\0',
];

/** The value of a Subject field. */
export const subjectValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: pieces(SUBJECT_PIECES, 10) },
  { weight: 1, arbitrary: LONG },
);

const RESULT_PIECES = [
  'mail.desk.example',
  '; ',
  ';',
  ' 1',
  'dmarc=',
  'dkim=',
  'spf=',
  'pass',
  'fail',
  'none',
  ' header.from=',
  'harbour.example',
  ' header.d=',
  ' header.i=@',
  ' (p=reject)',
  '(',
  ')',
  '"',
  '\\',
  ' policy.published-domain-policy=',
  'reject',
  ' action=',
  ' reason=',
  '=',
  ' ',
  '\r\n\t',
  'compauth=',
  ' smtp.mailfrom=',
];

/** The value of an Authentication-Results field. */
export const resultsValue: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('mail.desk.example', 'mx.elsewhere.example', '"mail.desk.example" 1'),
        pieces(RESULT_PIECES, 12),
      )
      .map(([id, rest]) => `${id}; ${rest}`),
  },
  { weight: 3, arbitrary: pieces(RESULT_PIECES, 16) },
  { weight: 1, arbitrary: LONG.map((long) => `mail.desk.example; dmarc=pass ${long}`) },
);

const HTML_PIECES = [
  '<p>',
  '</p>',
  '<div class="gmail_quote">',
  '</div>',
  '<blockquote type="cite">',
  '</blockquote>',
  '<script>',
  '</script>',
  '<img src="cid:1">',
  '<img src=x onerror=alert(1)>',
  '<a href="javascript:alert(1)">',
  '<a href=" data:text/html,x">',
  '</a>',
  '<style>',
  '</style>',
  '<svg><style><a title="</style><img src=x onerror=alert(1)>">',
  '<math>',
  '<table>',
  '<td>',
  '<!--',
  '-->',
  '<![CDATA[',
  '<',
  '>',
  '&#x',
  '&lt;',
  '&#0;',
  '"',
  "'",
  'style="background:url(//x.example)"',
  'Hello',
  '\n',
  'On Fri, Ana wrote:',
  '<form action=//x.example>',
  '<textarea>',
  '<noscript>',
  '<base href=//x.example>',
  '\0',
];

/** HTML of a body. */
export const html: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: pieces(HTML_PIECES, 40) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...HTML_PIECES), COUNT).map(repeated),
  },
);

const TEXT_PIECES = [
  'Hello',
  '\r\n',
  '\n',
  '> ',
  '>>> ',
  'On Fri, 13 Mar 2026 at 10:00, Ana <ana@x.example> wrote:',
  'Am 13.03.2026 um 10:00 schrieb Ana:',
  '-----Original Message-----',
  'From: Ana\r\nSent: today\r\nTo: desk\r\nSubject: x',
  '-- ',
  '________________________________',
  '\u00a0',
  '\t',
  ' ',
  'begin 644 a.txt\r\n#0V%T\r\n`\r\nend',
  '=\r\n',
  '=C3=A4',
  '\x1b$B',
  'ä',
  '\0',
  '=== ',
  '--',
  '---------- Forwarded message ---------',
];

/** Text of a body. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: pieces(TEXT_PIECES, 40) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...TEXT_PIECES), COUNT).map(repeated),
  },
);

export const longText = LONG;
