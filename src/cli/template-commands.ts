import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import {
  diffTemplate,
  listTemplates,
  previewTemplate,
  showTemplate,
} from '../notifications/templates/read-operations.ts';
import { sendTestMail } from '../notifications/templates/test-operations.ts';
import { restoreTemplate, setTemplate } from '../notifications/templates/write-operations.ts';
import type { Call, Command, OptionRow, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { readInputFile } from './io.ts';
import { onOperation } from './on-desk.ts';
import { block, facts, line, table } from './table.ts';

const LOCALE: OptionRow = { flags: '--locale <locale>', says: 'the language, such as de or en-GB; en unless given' };
const PART: OptionRow = { flags: '--part <part>', says: 'subject, text or html alone, as it is: for a file' };
const PART_FILES: readonly OptionRow[] = [
  { flags: '--subject <file>', says: 'the line of the subject' },
  { flags: '--text <file>', says: 'the text part' },
  { flags: '--html <file>', says: 'the html part' },
];

/** Each file is its part. */
async function readParts({ fields }: Call): Promise<Result<unknown, Trouble>> {
  const { subject: _, text: __, html: ___, ...rest } = fields;
  const parts: Record<string, string> = {};
  for (const part of ['subject', 'text', 'html']) {
    const file = textOf(fields, part);
    if (file === null) continue;
    const read = await readInputFile(file);
    if (!read.ok)
      return err({ exitCode: EXIT.usage, message: read.error, mend: 'Give the path of a file that can be read.' });
    parts[part] = read.value.toString('utf8');
  }
  return ok({ ...rest, ...parts });
}

const versionWords = (version: number | null): string =>
  version === null ? 'the one that comes with the program' : `version ${version}`;

const MAX_NAMED = 5;

/** The sentences of the pages that a language lacks: a few by name, the others by number. */
const missingWords = (missing: readonly string[]): string =>
  missing.length <= MAX_NAMED
    ? missing.join(', ') || 'nothing'
    : `${missing.slice(0, MAX_NAMED).join(', ')} and ${missing.length - MAX_NAMED} more`;

/** What the desk writes, in which language, and how an operator says it otherwise. */
export const TEMPLATE_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'template list',
    says: 'every kind of mail in every language, and the pages for customers: what is used, and what cannot be',
    options: [{ flags: '--locale <locale>', says: 'in this language alone, with what is missing' }],
    examples: ['deskbell template list', 'deskbell template list --locale de'],
    operation: listTemplates,
    show: ({ rows, problems, pages, unusablePages }, width) =>
      [
        table(
          rows,
          [
            { title: 'KIND', of: ({ kind }) => kind },
            { title: 'FOR', of: ({ audience }) => audience },
            { title: 'LOCALE', of: ({ locale }) => locale },
            {
              title: 'IN USE',
              of: ({ version, written, locale }) =>
                written !== locale ? `none: ${written}` : version === null ? 'shipped' : `version ${version}`,
            },
            { title: 'BY', of: ({ author }) => author },
            { title: 'SINCE', of: ({ at }) => at },
            { title: 'TROUBLE', of: ({ trouble }) => trouble },
          ],
          width,
          '',
        ),
        ...problems.map(({ locale, says }) => line(`The language ${locale} cannot be used as it is: ${says}`)),
        table(
          pages,
          [
            { title: 'PAGES FOR CUSTOMERS', of: ({ locale }) => locale },
            { title: 'LACKS', of: ({ missing }) => missingWords(missing) },
          ],
          width,
          'No page for customers is in this language: they get that of their browser, else of the desk. See docs/templates.md.',
        ),
        ...unusablePages.map(({ locale, says }) =>
          line(`The pages for customers cannot be shown in ${locale}: ${says}`),
        ),
      ].join('\n\n'),
  }),
  onOperation({
    verb: 'template show',
    says: 'one template: its parts, its versions, and the variables it may name',
    arguments: ['<kind>'],
    options: [LOCALE, { flags: '--version <number>', says: 'an older one; the one in use unless given' }, PART],
    examples: [
      'deskbell template show agent_replied --locale de',
      'deskbell template show agent_replied --part html > html.hbs',
    ],
    operation: showTemplate,
    show: (template, width) => {
      const { kind, audience, locale, written, version, part, versions, variables } = template;
      if (part !== null) return template[part].replace(/\n$/, '');
      return [
        facts([
          ['template', kind],
          ['for', audience],
          ['language', written === locale ? locale : `${locale}: it has none, so its readers get ${written}`],
          ['shown', versionWords(version)],
        ]),
        `Subject:\n${block(template.subject)}`,
        `Text:\n${block(template.text)}`,
        `HTML:\n${block(template.html)}`,
        table(
          variables,
          [
            { title: 'VARIABLE', of: ({ name }) => name },
            { title: 'THERE', of: ({ isOptional }) => (isOptional ? 'not always' : 'always') },
            { title: 'EXAMPLE', of: ({ example }) => example },
          ],
          width,
          '',
        ),
        table(
          versions,
          [
            { title: 'VERSION', of: ({ version: number }) => number },
            { title: 'IN USE', of: ({ isActive }) => (isActive ? 'yes' : '') },
            { title: 'BY', of: ({ author }) => author },
            { title: 'SAVED', of: ({ at }) => at },
          ],
          width,
          'Nobody has written another version of it.',
        ),
      ].join('\n\n');
    },
  }),
  onOperation({
    verb: 'template set',
    says: 'write a template otherwise: a new version, checked before it is used; parts not given stay',
    arguments: ['<kind>'],
    options: [
      LOCALE,
      ...PART_FILES,
      { flags: '--if-version <number>', says: 'only if this is the version in use; 0 is the shipped one' },
    ],
    examples: [
      'deskbell template set agent_replied --locale de --text ./text.hbs',
      'deskbell template set ticket_opened --subject ./subject.hbs --if-version 3',
    ],
    input: readParts,
    operation: setTemplate,
    show: ({ kind, locale, version, before, isSame }) =>
      isSame
        ? `The template ${kind} in ${locale} says so already: ${versionWords(version)}.`
        : `Version ${version} of ${kind} in ${locale} is used within 5 seconds; before it was ${versionWords(before)}.\n` +
          `Look at it: deskbell template preview ${kind} --locale ${locale}`,
  }),
  onOperation({
    verb: 'template preview',
    says: 'a template as a mail, for somebody real; with files, before they are saved',
    arguments: ['<kind>'],
    options: [
      { flags: '--locale <locale>', says: "the language; the reader's unless given" },
      { flags: '--ticket <number>', says: 'filled with what this ticket says' },
      { flags: '--to <address>', says: 'filled with the newest such mail to this address' },
      PART,
      ...PART_FILES,
    ],
    examples: [
      'deskbell template preview agent_replied --ticket 1042 --locale de',
      'deskbell template preview agent_replied --text ./text.hbs',
      'deskbell template preview digest --part html > digest.html',
    ],
    input: readParts,
    operation: previewTemplate,
    show: (mail) => {
      if (mail.part !== null) return mail[mail.part].replace(/\n$/, '');
      const head = facts([
        ['filled with', mail.of],
        ['language', mail.locale],
        ['template', mail.isDraft ? 'your files; nothing is saved' : versionWords(mail.version)],
        ['HTML', `${Math.ceil(Buffer.byteLength(mail.html) / 1024)} KB; see it with --part html > FILE`],
        ['subject', mail.subject],
      ]);
      return `${head}\n\n${block(mail.text)}`;
    },
  }),
  onOperation({
    verb: 'template send-test',
    says: 'really send a template to somebody, marked as a test',
    arguments: ['<kind>'],
    options: [
      { flags: '--to <address>', says: 'who gets it' },
      { flags: '--locale <locale>', says: 'the language; en unless given' },
      { flags: '--ticket <number>', says: 'filled with what this ticket says; to operators alone' },
      { flags: '--mailbox <address>', says: 'by the way of this mailbox; the first one unless given' },
    ],
    examples: ['deskbell template send-test agent_replied --to jonas@desk.example --locale de'],
    operation: sendTestMail,
    show: ({ kind, to, locale, of, said }) =>
      `Sent ${kind} in ${locale} to ${to}, filled with ${line(of)}. The server said: ${line(said)}`,
  }),
  onOperation({
    verb: 'template diff',
    says: 'what is used, line by line, against the shipped template or a version',
    arguments: ['<kind>'],
    options: [LOCALE, { flags: '--version <number>', says: 'against this version' }],
    examples: ['deskbell template diff agent_replied --locale de', 'deskbell template diff agent_replied --version 2'],
    operation: diffTemplate,
    show: ({ kind, locale, from, to, parts }) => {
      const changed = parts.filter(({ lines }) => lines.some(({ is }) => is !== 'same'));
      const head = `${kind} in ${locale}: - ${versionWords(from)}, + ${versionWords(to)}, which is used`;
      if (changed.length === 0) return `${kind} in ${locale}: ${versionWords(to)} is used and says the same.`;
      return [head, ...changed.map(({ part, lines }) => `${part}:\n${diffWords(lines)}`)].join('\n\n');
    },
  }),
  onOperation({
    verb: 'template restore',
    says: 'use an older version again, or the one that comes with the program',
    arguments: ['<kind>'],
    options: [
      LOCALE,
      { flags: '--version <number>', says: 'this version' },
      { flags: '--shipped', says: 'the one that comes with the program' },
    ],
    examples: ['deskbell template restore agent_replied --locale de --shipped'],
    operation: restoreTemplate,
    show: ({ kind, locale, version, before }) =>
      `For ${kind} in ${locale} ${versionWords(version)} is used within 5 seconds; before it was ${versionWords(before)}.`,
  }),
];

const SIGNS = { same: ' ', removed: '-', added: '+' } as const;

const diffWords = (lines: readonly { readonly is: keyof typeof SIGNS; readonly text: string }[]): string =>
  block(lines.map(({ is, text }) => `${SIGNS[is]} ${text}`).join('\n'), '');
