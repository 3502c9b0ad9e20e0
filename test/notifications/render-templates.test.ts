import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { renderMail } from '../../src/notifications/render.ts';
import { loadTemplates } from '../../src/notifications/templates.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';

const SHIPPED = new URL('../../templates/mail/', import.meta.url);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const TEXT = 'en/agent-replied/text.hbs';
const HTML = 'en/agent-replied/html.hbs';

test.each([
  ['an unknown variable', TEXT, 'Hello,\n\n{{ticket.colour}}', `${TEXT}:3: unknown variable "ticket.colour"`],
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
  ['a loop', TEXT, '{{#each desk}}x{{/each}}', `${TEXT}:1: unknown block "each"`],
  ['a helper of Handlebars', TEXT, '{{lookup desk "name"}}', `${TEXT}:1: unknown helper "lookup"`],
  ['HTML in text', TEXT, '{{paragraphs entry.text}}', `${TEXT}:1: unknown helper "paragraphs"`],
  ['a nested call', HTML, inlines('{{paragraphs (excerpt entry.text)}}'), `${HTML}:1: a variable is expected`],
  ['a partial', TEXT, '{{> body}}', `${TEXT}:1: PartialStatement`],
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
  expect(() => loadTemplates('en', changed(name, source))).toThrow(message);
});

test('styles of the layout reach the elements of a body, and conditions inside attributes survive', () => {
  const source = inlines(
    '<p class="{{#if ticket.subject}}last{{/if}}" title="{{desk.name}}">&amp; {{ticket.number}}</p>',
  );
  const html = renderMail(loadTemplates('en', changed(HTML, source)), MAIL_KINDS.agent_replied.example).html;
  expect(html).toContain('<p class="last" title="Lantern Works Support" style="margin: 0 0 18px;">&amp; 1042</p>');
});

test('a view without what a template names is an error with the name', () => {
  const { entry: _, ...rest } = MAIL_KINDS.agent_replied.example;
  const view: typeof MAIL_KINDS.agent_replied.example = JSON.parse(
    JSON.stringify({ ...rest, entry: { authorName: '', at: '' } }),
  );
  expect(() => loadTemplates().agent_replied.text(view)).toThrow('"text" not defined');
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
  expect(readFileSync(join(folder, name), 'utf8')).not.toBe('');
  writeFileSync(join(folder, name), source);
  return pathToFileURL(`${folder}/`);
}
