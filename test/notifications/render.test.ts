import { describe, expect, test } from 'vitest';
import { MAX_HTML_BYTES, renderMail } from '../../src/notifications/render.ts';
import { loadTemplates, MAIL_KIND_NAMES } from '../../src/notifications/templates.ts';
import { worstCase } from '../../src/notifications/templates/worst-case.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import { getMailView } from '../../src/notifications/views.ts';
import type { MailView } from '../../src/notifications/views.ts';

const templates = loadTemplates();
const opened = MAIL_KINDS.ticket_opened.example;
const replied = MAIL_KINDS.agent_replied.example;
const openedForYou = MAIL_KINDS.ticket_opened_for_you.example;
const closed = MAIL_KINDS.ticket_closed.example;
const welcomed = MAIL_KINDS.contact_welcomed.example;
const invited = MAIL_KINDS.password_link.example;
const digest = MAIL_KINDS.digest.example;

const EVERY = templates.locales.flatMap((locale) => MAIL_KIND_NAMES.map((kind) => ({ locale, kind })));

describe('N-03: what people read', () => {
  test.each(EVERY)('$kind in $locale is as it was last read by a person', async ({ locale, kind }) => {
    const view = MAIL_KINDS[kind].example;
    const mail = renderMail(templates, view, locale);
    const bare = renderMail(templates, worstCase(kind, 'bare'), locale);
    const golden = `golden/${locale}/${kind}`;
    await expect(`Subject: ${mail.subject}\n\n${mail.text}`).toMatchFileSnapshot(`${golden}.txt`);
    await expect(mail.html).toMatchFileSnapshot(`${golden}.html`);
    await expect(`Subject: ${bare.subject}\n\n${bare.text}`).toMatchFileSnapshot(`${golden}.bare.txt`);
    expect(mail.locale).toBe(locale);
    // Ours is small; what a person wrote may have the rest.
    expect(mail.html.length).toBeLessThan(8_192);
    expect(mail.html).toMatch(new RegExp(`^<!DOCTYPE html>\n<html lang="${locale}" dir="ltr"`));
    expect(mail.html.replaceAll(invited.link, '')).not.toMatch(/<img|<script|<link|url\(|https?:/);
    for (const { subject, text, html } of [mail, bare])
      expect([subject, text, html].join('\n')).not.toMatch(/\{\{|\}\}|JUICE|undefined|null|\[object|NaN/);
    const theirs = JSON.stringify(view);
    for (const line of mail.text.split('\n'))
      if (!theirs.includes(line.replace(/^> /, '')) && line !== invited.link) expect(line.length).toBeLessThan(81);
  });

  test.each(EVERY)('$kind in $locale says the same as text and as HTML', ({ locale, kind }) => {
    const { text, html } = renderMail(templates, MAIL_KINDS[kind].example, locale);
    const words = (part: string): ReadonlySet<string> => new Set(part.match(/[\p{L}\p{N}@.#-]{4,}/gu));
    const shown = plain(html.replace(/<div class="preheader".*?<\/div>/s, '').replace(/^.*?<body/s, '<body'));
    const missing = [...words(text)].filter((word) => !shown.includes(word) && !html.includes(word));
    expect(missing.length / words(text).size).toBeLessThan(0.15);
  });

  test.each(EVERY)(
    '$kind in $locale stays below what Gmail shows, however much there is to say',
    ({ locale, kind }) => {
      const mail = renderMail(templates, worstCase(kind, 'long'), locale);
      expect(Buffer.byteLength(mail.html)).toBeLessThanOrEqual(MAX_HTML_BYTES);
      expect(mail.html.trimEnd()).toMatch(/<\/html>$/);
    },
  );

  test.each([
    ['Re: Re: Lamps', 'Re: Lamps [#1042]'],
    ['Re: [#1042] Lamps', 'Re: Lamps [#1042]'],
    ['', 'Re: your message [#1042]'],
    [null, 'Re: your message [#1042]'],
    ['Lamps\r\nBcc: x@x.example', 'Re: Lamps Bcc: x@x.example [#1042]'],
    ['x'.repeat(900), `Re: ${'x'.repeat(199)}… [#1042]`],
  ])('the subject %j is answered as %j', (subject, expected) => {
    expect(renderMail(templates, { ...replied, ticket: { number: 1042, subject } }, 'en').subject).toBe(expected);
  });

  test('paragraphs, line ends and indentation of a reply stay', () => {
    expect(reply('\n\nOne\r\ntwo  \n \n\n  three').html).toContain(
      '<p style="margin: 0;">One<br>\ntwo</p>\n<p style="margin: 18px 0 0;">&nbsp; three</p>',
    );
  });

  test('every event is told of in a digest, oldest first, with its number and its words', () => {
    const { text, html } = renderMail(
      templates,
      { ...digest, items: [digest.items[0], digest.items[1]].flatMap((i) => i ?? []) },
      'en',
    );
    for (const part of [text, plain(html)]) {
      expect(part).toMatch(
        /10:12[\s\S]*#1042[\s\S]*Teodor Brandt wrote[\s\S]*The lamps at the gate[\s\S]*10:20[\s\S]*#1039/,
      );
    }
  });

  test.each(EVERY.filter(({ kind }) => !kind.endsWith('digest')))(
    'a digest in $locale has words for $kind',
    ({ locale, kind }) => {
      for (const authorName of [null, 'Mira Holt']) {
        const items = digest.items.slice(0, 1).map((item) => ({ ...item, kind, authorName }));
        const { text } = renderMail(templates, { ...digest, items }, locale);
        expect(text).not.toContain(
          templates.pick('digest', locale).words.say('event.other', { author: '', hasAuthor: 'no' }),
        );
      }
    },
  );
});

describe('N-03: in whose language', () => {
  test.each([
    ['de', 'de', 'Wir haben Ihre Nachricht erhalten [#1042]'],
    ['de-AT', 'de', 'Wir haben Ihre Nachricht erhalten [#1042]'],
    ['de_CH', 'de', 'Wir haben Ihre Nachricht erhalten [#1042]'],
    ['en-US', 'en', 'We have received your message [#1042]'],
    ['zh-Hant-TW', 'en', 'We have received your message [#1042]'],
    ['', 'en', 'We have received your message [#1042]'],
    ['../../etc', 'en', 'We have received your message [#1042]'],
  ])('a reader of %j reads %s', (wanted, locale, subject) => {
    expect(renderMail(templates, opened, wanted)).toMatchObject({ locale, subject });
  });

  test.each([
    ['en', 'Europe/Berlin', '1 March 2026 at 18:40 CET'],
    ['en-US', 'America/New_York', 'March 1, 2026 at 12:40 PM EST'],
    ['de-AT', 'Europe/Vienna', '1. März 2026 um 18:40 MEZ'],
    ['fr', 'Nowhere/At_All', '1 March 2026 at 17:40 UTC'],
  ])('a reader of %s in %s reads times their way', (locale, timeZone, expected) => {
    const late = MAIL_KINDS.late_receipt.example;
    const { text } = renderMail(templates, { ...late, desk: { ...late.desk, timeZone } }, locale);
    expect(text).toContain(expected);
  });

  test.each([
    ['en', 1, 'One mail waits for a person'],
    ['en', 1000, '1,000 mails wait for a person'],
    ['de', 1, 'Eine Mail wartet auf eine Entscheidung'],
    ['de', 1000, '1.000 Mails warten auf eine Entscheidung'],
  ])('in %s %i is counted as a person would', (locale, waiting, subject) => {
    const view = { ...MAIL_KINDS.held_mail_waits.example, waiting };
    expect(renderMail(templates, view, locale).subject).toBe(subject);
  });
});

describe('what others wrote stays text', () => {
  test.each([
    ['a template', '{{7*7}} {{desk.address}} {{{entry}}}', '{{7*7}} {{desk.address}} {{{entry}}}'],
    ['markup', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['an attribute', '" onload="x', '&quot; onload&#x3D;&quot;x'],
    ['direction', 'a\u202eb\u2066c', 'abc'],
    ['controls', 'a\0b\u001b[1mc', 'ab[1mc'],
    ['a message', '{count, plural, other {x}} <b>', '{count, plural, other {x}} &lt;b&gt;'],
    ['our own tags', '</td></table><br>\n<br>\n', '&lt;/td&gt;&lt;/table&gt;&lt;br&gt;<br>\n&lt;br&gt;'],
  ])('%s', (_, hostile, shown) => {
    const view: MailView = {
      ...replied,
      desk: { name: hostile, address: hostile, timeZone: 'UTC' },
      recipient: { name: hostile },
      ticket: { number: 1042, subject: hostile },
      entry: { ...replied.entry, authorName: hostile, text: hostile },
    };
    const mail = renderMail(templates, view, 'en');
    expect(mail.html).toContain(shown);
    expect(mail.html.match(/<(?!\/?(?:br|p)\b)[a-z]+/g)).toEqual(reply('').html.match(/<(?!\/?(?:br|p)\b)[a-z]+/g));
    for (const part of [mail.subject, mail.text, mail.html]) expect(part).not.toMatch(/(?!\n)\p{Cc}|[\u202e\u2066]/u);
    expect(mail.subject).not.toMatch(/[\r\n]/);
  });

  test('a megabyte comes out whole as text; as HTML its beginning, and where the rest is', () => {
    const mail = reply('<b>&  \n\n'.repeat(131_072));
    expect(mail.text.match(/<b>/g)?.length).toBe(131_072);
    expect(Buffer.byteLength(mail.html)).toBeLessThanOrEqual(MAX_HTML_BYTES);
    expect(Buffer.byteLength(mail.html)).toBeGreaterThan(MAX_HTML_BYTES / 2);
    expect(mail.html).toContain('All of it is kept in ticket #1042.');
    expect(mail.html).toContain('To answer, simply reply to this mail.');
  });

  test('what is not too long is not cut', () => {
    expect(reply('A word. '.repeat(9_000)).html).not.toContain('All of it is kept');
  });

  test('words that are written from right to left stand so, whatever stands around them', () => {
    const { html } = reply('שלום, המנורה כבויה.');
    expect(html).toMatch(/<div class="words" dir="auto"[^>]*><p style="margin: 0;">שלום/);
  });

  test('the first mail to a stranger says nothing that the stranger chose', () => {
    const chosen = { ...opened, ticket: { number: 1042, subject: 'Buy now' }, recipient: { name: 'Buy now' } };
    expect(() => getMailView(chosen)).toThrow('not a mail view');
    for (const locale of templates.locales)
      expect(JSON.stringify(renderMail(templates, chosen, locale))).not.toContain('Buy now');
  });
});

describe('a stored view', () => {
  test('of a welcome of an earlier release brings nothing to sign in with', () => {
    const { kind, desk, recipient } = welcomed;
    expect(getMailView({ kind, desk, recipient })).toMatchObject({ userName: null, link: null, password: null });
  });

  test.each(MAIL_KIND_NAMES)('%s is read back as it was', (kind) => {
    const { example } = MAIL_KINDS[kind];
    expect(getMailView(JSON.parse(JSON.stringify(example)))).toEqual(example);
  });

  test.each([
    ['of a kind nobody knows', { ...opened, kind: 'welcome' }],
    ['with more than it may have', { ...replied, note: 'internal' }],
    ['with less than it must have', { ...closed, recipient: undefined }],
    ['with a text beyond the limit', { ...replied, entry: { ...replied.entry, text: 'x'.repeat(1_048_577) } }],
    ['with a name that is none', { ...openedForYou, requester: 7 }],
  ])('%s is refused', (_, view) => {
    expect(() => getMailView(view)).toThrow('not a mail view');
  });
});

function reply(text: string): ReturnType<typeof renderMail> {
  return renderMail(templates, { ...replied, entry: { ...replied.entry, text } }, 'en');
}

const plain = (html: string): string =>
  html
    .replace(/<style[\s\S]*?<\/style>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
