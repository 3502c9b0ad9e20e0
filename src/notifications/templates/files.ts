import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { MAIL_KINDS } from '../mail-kinds.ts';
import type { NotificationKind } from '../views.ts';
import type { TemplatePart, TemplateSource } from './assemble.ts';
import { TEMPLATE_PARTS } from './assemble.ts';
import type { TemplateFile } from './check.ts';
import type { TemplateRole } from './helpers.ts';

const FOLDER = new URL('../../../templates/mail/', import.meta.url);
/** Beside the languages: what all of them share. */
const SHARED = 'layouts';
const LAYOUT = `${SHARED}/mail.hbs`;

/** The folder of templates as it was read: a folder for each language, and what they share. */
export interface TemplateFiles {
  readonly layout: TemplateFile;
  /** In alphabetical order. */
  readonly locales: readonly string[];
  /** null: the language has no folder for it. @throws when the folder lacks a part */
  readonly source: (locale: string, kind: NotificationKind) => TemplateSource | null;
  /** null: the language has none of its own. */
  readonly messages: (locale: string) => TemplateFile | null;
  readonly partial: (locale: string, name: string, role: TemplateRole) => TemplateFile | null;
}

/**
 * Opens a folder of templates; each file is read once.
 *
 * @param folder ends in a slash; for tests
 */
export function openTemplateFiles(folder: URL = FOLDER): TemplateFiles {
  const kept = new Map<string, TemplateFile | null>();
  const find = (name: string): TemplateFile | null => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const url = new URL(name, folder);
    const file = existsSync(url) ? { name, source: readFileSync(url, 'utf8') } : null;
    kept.set(name, file);
    return file;
  };
  const get = (name: string): TemplateFile => {
    const file = find(name);
    if (file === null) throw new Error(`there is no template file ${name}`);
    return file;
  };
  return {
    layout: get(LAYOUT),
    locales: readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== SHARED)
      .map(({ name }) => name)
      .toSorted(),
    source: (locale, kind) => {
      const { template } = MAIL_KINDS[kind];
      const name = (part: TemplatePart): string => `${locale}/${template}/${part}.hbs`;
      if (TEMPLATE_PARTS.every((part) => find(name(part)) === null)) return null;
      return { subject: get(name('subject')), text: get(name('text')), html: get(name('html')) };
    },
    messages: (locale) => find(`${locale}/messages.json`),
    partial: (locale, name, role) => {
      const file = `${name}.${role === 'html' ? 'html' : 'text'}.hbs`;
      return find(`${locale}/partials/${file}`) ?? find(`${SHARED}/partials/${file}`);
    },
  };
}
