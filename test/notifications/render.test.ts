import { describe, expect, test } from 'vitest';
import { renderMail } from '../../src/notifications/render.ts';
import { loadTemplates } from '../../src/notifications/templates.ts';
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

describe('what a customer reads', () => {
  test.each<[string, MailView]>([
    ['ticket-opened', opened],
    ['agent-replied', replied],
    ['ticket-opened-for-you', { ...openedForYou, requester: { name: null } }],
    ['ticket-opened-for-you-watcher', openedForYou],
    [
      'ticket-opened-for-you-by-the-desk',
      {
        ...openedForYou,
        requester: { name: null },
        recipient: { name: null },
        ticket: { number: 7, subject: null },
        entry: { ...openedForYou.entry, authorName: '' },
      },
    ],
    ['ticket-closed', closed],
    ['contact-welcomed', { ...welcomed, userName: null, link: null, password: null }],
    ['contact-welcomed-link', { ...welcomed, password: null }],
    ['contact-welcomed-password', { ...welcomed, link: null }],
    ['password-link', invited],
    ['ticket-closed-nameless', { ...closed, recipient: { name: null }, ticket: { number: 7, subject: null } }],
  ])('%s is as it was last read by a person', async (name, view) => {
    const mail = renderMail(templates, view);
    const golden = `../fixtures/golden/${name}`;
    await expect(`${mail.subject}\n`).toMatchFileSnapshot(`${golden}.subject.txt`);
    await expect(mail.text).toMatchFileSnapshot(`${golden}.txt`);
    await expect(mail.html).toMatchFileSnapshot(`${golden}.html`);
    // Gmail clips at 102 KB; ours leaves that to what a person wrote.
    expect(mail.html.length).toBeLessThan(8_192);
    expect(mail.html.replaceAll(invited.link, '')).not.toMatch(/<img|<script|<link|url\(|https?:/);
    expect(mail.html).not.toMatch(/\{\{|\}\}|JUICE/);
    for (const line of mail.text.split('\n'))
      if (!`${replied.entry.text}\n${openedForYou.entry.text}`.includes(line) && line !== invited.link)
        expect(line.length).toBeLessThan(78);
  });

  test.each([
    ['Re: Re: Lamps', 'Re: Lamps [#1042]'],
    ['Re: [#1042] Lamps', 'Re: Lamps [#1042]'],
    ['', 'Re: your message [#1042]'],
    [null, 'Re: your message [#1042]'],
    ['Lamps\r\nBcc: x@x.example', 'Re: Lamps Bcc: x@x.example [#1042]'],
    ['x'.repeat(900), `Re: ${'x'.repeat(199)}… [#1042]`],
  ])('the subject %j is answered as %j', (subject, expected) => {
    expect(renderMail(templates, { ...replied, ticket: { number: 1042, subject } }).subject).toBe(expected);
  });

  test('paragraphs, line ends and indentation of a reply stay', () => {
    expect(reply('\n\nOne\r\ntwo  \n \n\n  three').html).toContain(
      '<p style="margin: 0;">One<br>\ntwo</p>\n<p style="margin: 18px 0 0;">&nbsp; three</p>',
    );
  });
});

describe('what others wrote stays text', () => {
  test.each([
    ['a template', '{{7*7}} {{desk.address}} {{{entry}}}', '{{7*7}} {{desk.address}} {{{entry}}}'],
    ['markup', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['an attribute', '" onload="x', '&quot; onload&#x3D;&quot;x'],
    ['direction', 'a\u202eb\u2066c', 'abc'],
    ['controls', 'a\0b\u001b[1mc', 'ab[1mc'],
    ['our own tags', '</td></table><br>\n<br>\n', '&lt;/td&gt;&lt;/table&gt;&lt;br&gt;<br>\n&lt;br&gt;'],
  ])('%s', (_, hostile, shown) => {
    const view: MailView = {
      ...replied,
      desk: { name: hostile, address: hostile, timeZone: 'UTC' },
      recipient: { name: hostile },
      ticket: { number: 1042, subject: hostile },
      entry: { ...replied.entry, authorName: hostile, text: hostile },
    };
    const mail = renderMail(templates, view);
    expect(mail.html).toContain(shown);
    expect(mail.html.match(/<(?!\/?(?:br|p)\b)[a-z]+/g)).toEqual(reply('').html.match(/<(?!\/?(?:br|p)\b)[a-z]+/g));
    for (const part of [mail.subject, mail.text, mail.html]) expect(part).not.toMatch(/(?!\n)\p{Cc}|[\u202e\u2066]/u);
    expect(mail.subject).not.toMatch(/[\r\n]/);
  });

  test('a megabyte comes out whole', () => {
    const mail = reply('<b>&  \n\n'.repeat(131_072));
    expect(mail.html.match(/&lt;b&gt;&amp;<\/p>/g)?.length).toBe(131_072);
    expect(mail.text.match(/<b>/g)?.length).toBe(131_072);
  });

  test('the first mail to a stranger says nothing that the stranger chose', () => {
    const chosen = { ...opened, ticket: { number: 1042, subject: 'Buy now' }, recipient: { name: 'Buy now' } };
    expect(() => getMailView(chosen)).toThrow('not a mail view');
    expect(JSON.stringify(renderMail(templates, chosen))).not.toContain('Buy now');
  });
});

describe('a stored view', () => {
  test('of a welcome of an earlier release brings nothing to sign in with', () => {
    const { kind, desk, recipient } = welcomed;
    expect(getMailView({ kind, desk, recipient })).toMatchObject({ userName: null, link: null, password: null });
  });

  test.each([opened, replied, openedForYou, closed, welcomed, invited])('$kind is read back as it was', (view) => {
    expect(getMailView(JSON.parse(JSON.stringify(view)))).toEqual(view);
  });

  test.each([
    ['of a kind nobody knows', { ...opened, kind: 'welcome' }],
    ['with more than it may have', { ...replied, note: 'internal' }],
    ['with less than it must have', { ...closed, recipient: undefined }],
    ['with a text beyond the limit', { ...replied, entry: { ...replied.entry, text: 'x'.repeat(1_048_577) } }],
  ])('%s is refused', (_, view) => {
    expect(() => getMailView(view)).toThrow('not a mail view');
  });
});

function reply(text: string): ReturnType<typeof renderMail> {
  return renderMail(templates, { ...replied, entry: { ...replied.entry, text } });
}
