import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { renderMail } from '../../src/notifications/render.ts';
import { loadLibrary, loadTemplates } from '../../src/notifications/templates.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';

const SHIPPED = new URL('../../templates/mail/', import.meta.url);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const TEXT = 'en/agent-replied/text.hbs';
const HTML = 'en/agent-replied/html.hbs';

test.each([
  [
    'an unknown variable',
    TEXT,
    'Hello,\n\n{{ticket.numbr}}',
    `${TEXT}:3: unknown variable "ticket.numbr"; did you mean "ticket.number"?`,
  ],
  ['an unknown variable in a condition', TEXT, '{{#if vip}}x{{/if}}', `${TEXT}:1: unknown variable "vip"`],
  [
    'an unknown variable after else',
    TEXT,
    '{{#if ticket.subject}}x{{else}}\n{{vip}}{{/if}}',
    `${TEXT}:2: unknown variable "vip"`,
  ],
  ['an unknown variable in HTML', HTML, inlines('\n{{vip}}'), `${HTML}:2: unknown variable "vip"`],
  [
    'a variable of another mail',
    'en/ticket-opened/subject.hbs',
    '{{ticket.subject}}',
    ':1: unknown variable "ticket.subject"',
  ],
  // FEATURES B-15: what agents alone may see is no part of a contact's view.
  [
    'a note in a mail to a contact',
    'en/contact-welcomed/text.hbs',
    '{{note.text}}',
    ':1: unknown variable "note.text"',
  ],
  ['a hash in an invitation', 'en/password-link/text.hbs', '{{passwordHash}}', ':1: unknown variable "passwordHash"'],
  ['raw output', TEXT, '\n{{{entry.text}}}', `${TEXT}:2: raw output`],
  ['raw output by ampersand', HTML, inlines('{{& entry.text}}'), `${HTML}:1: raw output`],
  ['a group instead of a variable', TEXT, '{{entry}}', `${TEXT}:1: "entry" is a group of variables`],
  ['the prototype', TEXT, '{{desk.constructor}}', `${TEXT}:1: unknown variable "desk.constructor"`],
  ['the prototype in brackets', TEXT, '{{[__proto__]}}', `${TEXT}:1: unknown variable`],
  ['the root', TEXT, '{{@root.desk}}', `${TEXT}:1: a variable is expected`],
  ['a loop over what is no list', TEXT, '{{#each desk}}x{{/each}}', `${TEXT}:1: "desk" is no list`],
  [
    'a variable of the mail within a loop',
    'en/digest/text.hbs',
    '{{#each items}}{{desk.name}}{{/each}}',
    ':1: unknown variable "desk.name"',
  ],
  ['a block of Handlebars', TEXT, '{{#with desk}}x{{/with}}', `${TEXT}:1: unknown block "with"`],
  [
    'a message that is not there',
    TEXT,
    '\n{{message "digest.subjekt"}}',
    `${TEXT}:2: there is no message "digest.subjekt"; did you mean "digest.subject"?`,
  ],
  [
    'a message without its arguments',
    TEXT,
    '{{message "held.subject"}}',
    `${TEXT}:1: the message "held.subject" needs count=`,
  ],
  [
    'a message with a variable that is not there',
    TEXT,
    '{{message "held.subject" count=waiting}}',
    `${TEXT}:1: unknown variable "waiting"`,
  ],
  [
    'a message by a variable',
    TEXT,
    '{{message desk.name count=ticket.number}}',
    `${TEXT}:1: the key of a message in quotes is expected`,
  ],
  ['a time that is none', TEXT, '{{moment desk.name}}', `${TEXT}:1: "desk.name" is no time`],
  // FEATURES B-15: a partial is read with the names of each mail that uses it.
  [
    'a partial that says more than its mail knows',
    'en/partials/regards.text.hbs',
    'x\n{{requester.address}}',
    'en/partials/regards.text.hbs:2: unknown variable "requester.address"',
  ],
  [
    'a partial within itself',
    'en/partials/regards.text.hbs',
    '{{> regards}}',
    'the partial "regards" is within itself',
  ],
  ['a partial with trimmed space', TEXT, '{{~> regards}}', `${TEXT}:1: write {{> regards}}`],
  [
    'a partial with parameters',
    TEXT,
    '{{> regards who=desk.name}}',
    `${TEXT}:1: the partial "regards" takes no parameters`,
  ],
  ['a helper of Handlebars', TEXT, '{{lookup desk "name"}}', `${TEXT}:1: unknown helper "lookup"`],
  ['HTML in text', TEXT, '{{paragraphs entry.text}}', `${TEXT}:1: unknown helper "paragraphs"`],
  ['a nested call', HTML, inlines('{{paragraphs (excerpt entry.text)}}'), `${HTML}:1: a variable is expected`],
  ['a partial that is not there', TEXT, '{{> body}}', `${TEXT}:1: there is no partial "body"`],
  ['messages that are no JSON', 'en/messages.json', '{', 'en/messages.json:1: '],
  ['messages without what digests say', 'en/messages.json', '{"cut": "x"}', 'en/messages.json:1: the message "event.'],
  ['a decorator', HTML, inlines('{{* log}}'), `${HTML}:1: Decorator`],
  ['an unclosed block', TEXT, 'a\n{{#if ticket.subject}}\nb', `${TEXT}:3: `],
  ['broken braces', TEXT, 'a\n{{ticket.number}', `${TEXT}:2: `],
  ['a slot left empty', HTML, '{{#*inline "body"}}x{{/inline}}', `${HTML}:1: {{#*inline "preheader"}} is missing`],
  [
    'a slot nobody shows',
    HTML,
    `${inlines('')}{{#*inline "extra"}}x{{/inline}}`,
    `${HTML}:1: {{#*inline "extra"}} is not shown`,
  ],
  ['a huge template', TEXT, 'x'.repeat(70_000), `${TEXT}:1: longer than`],
])('%s is refused by file and line', (_, name, source, message) => {
  expect(() => loadLibrary(changed(name, source))).toThrow(message);
});

test.each([
  [
    'a template',
    'de/agent-replied/text.hbs',
    '{{vip}}',
    'agent_replied',
    'de/agent-replied/text.hbs:1: unknown variable "vip"',
  ],
  ['a message', 'de/messages.json', '{\n  "cut": "{number"\n}', null, 'de/messages.json:2: "cut" is no message'],
])(
  '%s of a further language that may not be sent is named, and its readers get English',
  (_, name, source, kind, says) => {
    const { shipped } = loadLibrary(changed(name, source));
    expect(shipped.problems).toEqual([
      { locale: 'de', kind, version: null, says: expect.stringContaining(says) as string },
    ]);
    expect(renderMail(shipped, MAIL_KINDS.agent_replied.example, 'de').locale).toBe(kind === null ? 'de' : 'en');
  },
);

test('a further language is files alone, and what it lacks is said in English', () => {
  const folder = changed('fr/late-receipt/subject.hbs', 'Votre message est arrivé en retard [#{{ticket.number}}]');
  for (const part of ['text', 'html']) {
    const file = `fr/late-receipt/${part}.hbs`;
    writeFileSync(new URL(file, folder), readFileSync(new URL(`en/late-receipt/${part}.hbs`, folder)));
  }
  const { shipped } = loadLibrary(folder);
  expect(shipped.locales).toEqual(['de', 'en', 'fr']);
  expect(renderMail(shipped, MAIL_KINDS.late_receipt.example, 'fr-CA')).toMatchObject({
    locale: 'fr',
    subject: 'Votre message est arrivé en retard [#1042]',
  });
  expect(renderMail(shipped, MAIL_KINDS.agent_replied.example, 'fr-CA').locale).toBe('en');
});

test('a language that is written from right to left turns the whole mail', () => {
  const folder = changed('he/ticket-opened/subject.hbs', 'x');
  for (const part of ['text', 'html']) {
    const file = `he/ticket-opened/${part}.hbs`;
    writeFileSync(new URL(file, folder), readFileSync(new URL(`en/ticket-opened/${part}.hbs`, folder)));
  }
  const { html } = renderMail(loadLibrary(folder).shipped, MAIL_KINDS.ticket_opened.example, 'he');
  expect(html).toMatch(/<html lang="he" dir="rtl"[\s\S]*<td class="card" align="right"/);
});

test('styles of the layout reach the elements of a body, and conditions inside attributes survive', () => {
  const source = inlines(
    '<p class="{{#if ticket.subject}}last{{/if}}" title="{{desk.name}}">&amp; {{ticket.number}}</p>',
  );
  const html = renderMail(loadLibrary(changed(HTML, source)).shipped, MAIL_KINDS.agent_replied.example, 'en').html;
  expect(html).toContain('<p class="last" title="Lantern Works Support" style="margin: 0 0 18px;">&amp; 1042</p>');
});

test('a view without what a template names is an error with the name', () => {
  const { entry: _, ...rest } = MAIL_KINDS.agent_replied.example;
  const view: typeof MAIL_KINDS.agent_replied.example = JSON.parse(
    JSON.stringify({ ...rest, entry: { authorName: '', text: '' }, desk: {} }),
  );
  expect(() => renderMail(loadTemplates(), view, 'en')).toThrow('"name" not defined');
});

function inlines(body: string): string {
  const empty = (name: string): string => `{{#*inline "${name}"}}{{/inline}}`;
  return `{{#*inline "body"}}${body}{{/inline}}${empty('preheader')}${empty('footer')}`;
}

/** A copy of the templates we ship, with one file changed. */
function changed(name: string, source: string): URL {
  const folder = mkdtempSync(join(tmpdir(), 'deskbell-templates-'));
  folders.push(folder);
  cpSync(SHIPPED, folder, { recursive: true });
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), source);
  return pathToFileURL(`${folder}/`);
}
