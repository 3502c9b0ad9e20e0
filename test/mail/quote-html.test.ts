import { expect, test } from 'vitest';
import { htmlToText } from '../../src/mail/html-text.ts';
import { htmlQuotes } from '../../src/mail/quote-html.ts';

/** The pieces of the text that the HTML marks as quotes, "?" before those that are mere blockquotes. */
function quotesIn(html: string): readonly string[] {
  const text = htmlToText(html);
  return htmlQuotes(html, text).map(
    ({ start, end, is }) => `${is === 'blockquote' ? '? ' : ''}${text.slice(start, end).trim().replace(/\s+/g, ' ')}`,
  );
}

test.each([
  [
    'Gmail',
    'a<div class="gmail_quote"><div class="gmail_attr">On x wrote:</div><blockquote class="gmail_quote">q</blockquote></div>',
    ['On x wrote: q'],
  ],
  ['Gmail without a blockquote', 'a<div class="gmail_quote">On x wrote:<div>q</div></div>b', ['On x wrote: q']],
  [
    'Gmail, answered inside',
    'a<div class="gmail_quote">On x<blockquote>q</blockquote>mine<blockquote class="gmail_quote">r</blockquote></div>',
    ['On x q', 'r'],
  ],
  ['Apple Mail', '<p>a</p><blockquote type="cite">On x wrote:<br>q</blockquote>b', ['On x wrote: q']],
  [
    'Thunderbird',
    'a<div class="moz-cite-prefix">On x wrote:</div><blockquote type="cite" cite="mid:1">q</blockquote>b',
    ['On x wrote:', 'q'],
  ],
  ['Outlook on the web', 'a<hr><div id="divRplyFwdMsg">From: x</div><div>q</div>', ['From: x q']],
  ['Outlook, where the answer ends', 'a<div id="appendonsend"></div><hr><div>From: x</div>q', ['From: x q']],
  ['Outlook for Mac', 'a<span id="OLK_SRC_BODY_SECTION"><div>From: x</div>q</span>b', ['From: x q']],
  [
    'Outlook from Word',
    'a<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>From:</b> x</p></div></div><p>q</p>',
    ['From: x q'],
  ],
  ['Hotmail', 'a<hr id="stopSpelling">Date: x<br>q', ['Date: x q']],
  ['Yahoo', 'a<div id="ydp1f_yahoo_quoted_12" class="ydp1fyahoo_quoted">On x<div>q</div></div>', ['On x q']],
  ['Proton', 'a<div class="protonmail_quote">On x<blockquote>q</blockquote></div>', ['On x q']],
  ['Zimbra', 'a<hr id="zwchr" data-marker="__DIVIDER__"><div>q</div>', ['q']],
  ['GMX', 'a<div name="quote" style="margin:10px">Gesendet: x<div>q</div></div>', ['Gesendet: x q']],
  ['a mail shown by Outlook first', 'a<div class="x_gmail_quote">On x<blockquote>q</blockquote></div>', ['On x q']],
  ['a blockquote nobody marked', 'a<blockquote>b</blockquote>c', ['? b']],
  ['one quote in another', 'a<blockquote type=cite>q<blockquote type=cite>r</blockquote>s</blockquote>b', ['q r s']],
  ['a quote that is never closed', 'a<blockquote type=cite>q', ['q']],
  ['a class that only looks like it', '<div class="my_gmail_quote_style">a</div>', []],
  [
    'marks in comments, styles and values',
    '<!--<div id=appendonsend>--><style><blockquote type=cite></style><p title="<hr id=zwchr>">a</p>',
    [],
  ],
  ['signs that count as letters', 'a &lt;&amp;&gt; b<blockquote type=cite>&lt;q&gt; é€</blockquote>c', ['<q> é€']],
])('a quote in HTML: %s', (_, html, expected) => expect(quotesIn(html)).toEqual(expected));

test('the HTML beside a text of its own says nothing about it', () => {
  expect(htmlQuotes('<p>a</p><blockquote type="cite">b</blockquote>', 'a\n\n> b')).toEqual([]);
  expect(htmlQuotes('<p>a</p><blockquote type="cite">b</blockquote>', 'a\n\nb\n\nc')).toEqual([]);
});

test('quotes without number or depth are counted up to a limit', () => {
  expect(quotesIn('<blockquote>a</blockquote>b'.repeat(5_000)).length).toBeLessThanOrEqual(1_000);
  expect(quotesIn(`${'<div>'.repeat(50_000)}<blockquote type=cite>a</blockquote>`)).toEqual([]);
  expect(quotesIn(`${'<blockquote>'.repeat(50_000)}a`)).toEqual(['? a']);
});
