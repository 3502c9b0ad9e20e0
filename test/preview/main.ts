import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { automaticHeaders, composeMail } from '../../src/mail/compose.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import { renderMail } from '../../src/notifications/render.ts';
import { loadTemplates, MAIL_KIND_NAMES } from '../../src/notifications/templates.ts';
import { worstCase } from '../../src/notifications/templates/worst-case.ts';
import { address } from '../support/seed.ts';
import { SHOTS, screenshotTask } from './screenshots.ts';

/**
 * Writes every mail of every language into a folder, with its example and at its worst, as HTML, as text, and as a file
 * that mail programs open; where Chromium is, also what they look like, light and dark, on a telephone and on a desk.
 *
 *     npm run preview [folder]      without a folder: ./preview
 */
const folder = resolve(process.argv[2] ?? 'preview');
const CASES = ['example', 'bare', 'long'] as const;
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const run = promisify(execFile);
const templates = loadTemplates();

await mkdir(folder, { recursive: true });
const names: string[] = [];
for (const locale of templates.locales) {
  for (const kind of MAIL_KIND_NAMES) {
    for (const which of CASES) {
      const view = which === 'example' ? MAIL_KINDS[kind].example : worstCase(kind, which);
      const mail = renderMail(templates, view, locale);
      const name = `${locale}.${kind}${which === 'example' ? '' : `.${which}`}`;
      const bytes = composeMail({
        from: { name: 'Lantern Works Support', address: address('support@lantern.example') },
        to: { name: 'Ana Peralta', address: address('ana@peralta.example') },
        subject: mail.subject,
        messageId: `<preview.${name}@lantern.example>`,
        inReplyTo: null,
        references: [],
        date: new Date('2026-03-02T10:00:00Z'),
        text: mail.text,
        html: mail.html,
        extraHeaders: [['Content-Language', mail.locale], ...automaticHeaders(MAIL_KINDS[kind].origin, 'preview')],
      });
      await writeFile(join(folder, `${name}.html`), mail.html);
      await writeFile(join(folder, `${name}.txt`), `Subject: ${mail.subject}\n\n${mail.text}`);
      await writeFile(join(folder, `${name}.eml`), bytes);
      names.push(name);
    }
  }
}

const program = await findProgram();
const pictures = program === null ? [] : await takeScreenshots(program);
await writeFile(join(folder, 'index.html'), indexOf(pictures));
process.stdout.write(
  [
    `${names.length} mails in ${templates.locales.join(', ')} as .html, .txt and .eml in ${folder}`,
    program === null
      ? `no screenshots: none of ${PROGRAMS.join(', ')} is here`
      : `${pictures.length} screenshots, light and dark at 375 and 800 pixels`,
    ...templates.problems.map(({ locale, says }) => `not used, ${locale}: ${says}`),
    `look at ${pathToFileURL(join(folder, 'index.html')).href}`,
    '',
  ].join('\n'),
);

async function findProgram(): Promise<string | null> {
  for (const name of PROGRAMS) {
    const found = await run(name, ['--version']).catch(() => null);
    if (found !== null) return name;
  }
  return null;
}

/** Of every example; of the worst cases what a telephone shows. */
async function takeScreenshots(chromium: string): Promise<readonly string[]> {
  const wanted = names.flatMap((name) => {
    const shots = /\.(bare|long)$/.test(name) ? SHOTS.slice(0, 1) : SHOTS;
    return shots.map((shot) => ({ name, shot }));
  });
  const taken: string[] = [];
  for (const { name, shot } of wanted) {
    const task = screenshotTask(folder, name, shot);
    await run(chromium, task.args, { timeout: 60_000 });
    taken.push(task.file);
  }
  return taken;
}

function indexOf(taken: readonly string[]): string {
  const rows = names.map((name) => {
    const links = ['html', 'txt', 'eml'].map((ending) => `<a href="${name}.${ending}">${ending}</a>`);
    const shots = taken
      .filter((file) => file.startsWith(`${name}.light`) || file.startsWith(`${name}.dark`))
      .map((file) => `<a href="${file}"><img src="${file}" height="160" loading="lazy" alt="${file}"></a>`);
    return `<tr><th>${name}</th><td>${links.join(' ')}</td><td>${shots.join(' ')}</td></tr>`;
  });
  const style = 'body { font: 14px sans-serif } th { text-align: left; font-weight: 600 } td { padding: 4px 12px }';
  return `<!DOCTYPE html>\n<meta charset="utf-8">\n<title>Every mail</title>\n<style>${style}</style>\n<table>\n${rows.join('\n')}\n</table>\n`;
}
