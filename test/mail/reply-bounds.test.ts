import { expect, test } from 'vitest';
import { readElements, MAX_DEPTH } from '../../src/mail/html-elements.ts';
import { htmlToText } from '../../src/mail/html-text.ts';
import { foldReply } from '../../src/mail/reply.ts';
import { linesOf } from '../../src/mail/reply-lines.ts';
import { attributionEndingAt } from '../../src/mail/reply-attribution.ts';
import { isHeaderBlockAt } from '../../src/mail/reply-header-block.ts';
import type { Line } from '../../src/mail/reply-lines.ts';

const megabyteOf = (piece: string): string => piece.repeat(Math.ceil((1024 * 1024) / piece.length));

const WORST: readonly (readonly [string, string])[] = [
  ['dashes', megabyteOf('-')],
  ['lines of dashes', megabyteOf('-----\n')],
  ['quote marks', megabyteOf('>')],
  ['lines of quote marks', megabyteOf('>\n')],
  ['"On"', megabyteOf('On ')],
  ['lines of "On"', megabyteOf('On \n')],
  ['beginnings of attributions', megabyteOf('On 4 May 2027 at 10:00 <\n')],
  ['ends of attributions', megabyteOf('wrote:\n')],
  ['senders of headers', megabyteOf('From: a@b\n')],
  ['beginnings of signatures', megabyteOf('--\n')],
  ['empty lines', megabyteOf('\n')],
];

test.each(WORST)('a megabyte of %s is kept, and looked at line by line up to a limit', (_, text) => {
  const lines = linesOf(text, () => false);
  expect(lines.length).toBeLessThanOrEqual(20_001);
  expect(lines.at(-1)?.end).toBe(text.length);
  expect(Math.max(...lines.map((line) => line.text.length))).toBeLessThanOrEqual(1_000);
  expect(foldReply({ text, html: null, subject: 'Re: x' }).text).toBe(text);
});

/** Lines that count how often they are asked for. */
function counting(line: Line): { lines: readonly Line[]; asked: () => number } {
  let asked = 0;
  const lines = new Proxy(
    Array.from({ length: 20_000 }, () => line),
    {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) asked += 1;
        return Reflect.get(target, key, receiver) as unknown;
      },
    },
  );
  return { lines, asked: () => asked };
}

test.each([
  [
    'an attribution',
    'On 4 May 2027 at 10:00 <a@b>',
    (lines: readonly Line[], at: number) => attributionEndingAt(lines, at, true),
  ],
  ['a header', 'To: a@b', isHeaderBlockAt],
])('%s is looked for in a few lines only', (_, text, find) => {
  const { lines, asked } = counting({ start: 0, end: text.length, text, quote: null });
  find(lines, 10_000);
  expect(asked()).toBeLessThan(60);
});

test('elements without end are read with a stack that has one', () => {
  let open = 0;
  let deepest = 0;
  readElements('<div>'.repeat(100_000), {
    attributes: new Set(),
    opened: () => (deepest = Math.max(deepest, (open += 1))),
    closed: () => (open -= 1),
    stray: () => {},
  });
  expect(deepest).toBe(MAX_DEPTH);
  expect(open).toBe(0);
});

test('HTML of 20,000 paragraphs is folded like any other', () => {
  const html = `<p>mine</p><blockquote type="cite">${'<p>yours</p>'.repeat(20_000)}</blockquote>`;
  const { folded } = foldReply({ text: htmlToText(html), html, subject: 'Re: x' });
  expect(folded.map((span) => span.why)).toEqual(['client_mark']);
});
