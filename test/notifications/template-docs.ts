import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import { MAIL_KIND_NAMES } from '../../src/notifications/templates.ts';
import { TEMPLATE_BLOCKS, TEMPLATE_HELPERS } from '../../src/notifications/templates/helpers.ts';
import { variablesOf } from '../../src/notifications/templates/variables.ts';

/** The variables of every kind of mail, as docs/templates.md shows them. */
export function variablesTable(): string {
  const rows = MAIL_KIND_NAMES.map((kind) => {
    const names = variablesOf(kind).map(({ name, isOptional }) => `\`${name}\`${isOptional ? '?' : ''}`);
    return `| \`${kind}\` | ${MAIL_KINDS[kind].audience} | ${names.join(', ')} |`;
  });
  return ['| kind | for | variables |', '| --- | --- | --- |', ...rows].join('\n');
}

/** What a template may call, as docs/templates.md shows it. */
export function helpersTable(): string {
  const helpers = Object.values(TEMPLATE_HELPERS).map(({ says, example, roles }) => {
    const where = roles.length === 1 ? `${roles.join()} alone` : 'everywhere';
    return `| \`${example}\` | ${says} | ${where} |`;
  });
  const blocks = Object.entries(TEMPLATE_BLOCKS).map(
    ([name, example]) => `| \`${example}\` | ${BLOCK_WORDS[name]} | everywhere |`,
  );
  return ['| written so | what it gives | where |', '| --- | --- | --- |', ...blocks, ...helpers].join('\n');
}

const BLOCK_WORDS: Readonly<Record<string, string>> = {
  if: 'what stands within, where the variable says something; else what stands behind `{{else}}`',
  unless: 'the other way round',
  each: "what stands within, once for each of a list; names are those of the list's items there",
};
