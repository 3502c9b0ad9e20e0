import fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmlToText } from '../../src/mail/html-text.ts';

test.each([
  ['paragraphs and breaks', '<p>one</p><p>two<br>three</p>', 'one\n\ntwo\nthree'],
  ['white space collapses', 'a\r\n   b\t c', 'a b c'],
  ['nobody reads style, script and title', '<title>t</title><style>p{}</style><script>x("<p>")</script>a', 'a'],
  ['comments, also conditional ones', '<!--[if mso]>x<![endif]-->a<!-- b --><!DOCTYPE html>', 'a'],
  ['entities', '&lt;b&gt; &amp;amp; &eacute;&#8364;&#x20ac; &bogus; &nbsp;.', '<b> &amp; é€€ &bogus; .'],
  ['a "<" that opens nothing', 'a < b and 2<3', 'a < b and 2<3'],
  ['table cells stand apart', '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\n\nc'],
  ['a tag that never ends', 'a <b c', 'a'],
  ['style that never ends', 'a<style>b', 'a'],
  ['an impossible character', 'a&#0;&#x110000;b', 'ab'],
])('the text of HTML: %s', (_, html, text) => expect(htmlToText(html)).toBe(text));

test('depth costs nothing', () => {
  expect(htmlToText(`${'<div>'.repeat(100_000)}x${'</div>'.repeat(100_000)}`)).toBe('x');
});

test('any string has a text', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '<p',
    '</p>',
    '<!--',
    '-->',
    '<style>',
    '</style',
    '&',
    '&#x',
    ';',
    '"',
    ' ',
    '\n',
    'a',
    'İ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(typeof htmlToText(pieces.join(''))).toBe('string');
    }),
    { numRuns: 500 },
  );
});
