import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { automaticHeaders, composeMail } from '../../src/mail/compose.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import { renderMail } from '../../src/notifications/render.ts';
import { loadTemplates, MAIL_KIND_NAMES } from '../../src/notifications/templates.ts';
import { worstCase } from '../../src/notifications/templates/worst-case.ts';
import { address } from '../support/seed.ts';
import type { Camera } from './screenshots.ts';
import { openCamera, SHOTS } from './screenshots.ts';

/**
 * Writes every mail of every language into a folder, with its example and at its worst, as HTML, as text, and as a file
 * that mail programs open; where Chromium is, also what they look like, light and dark, on a telephone and on a desk.
 *
 *     npm run preview [folder]      without a folder: ./preview
 */
const folder = resolve(process.argv[2] ?? 'preview');
const CASES = ['example', 'bare', 'long'] as const;
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
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

const pictures = await takeScreenshots();
await writeFile(join(folder, 'index.html'), indexOf(pictures ?? []));
process.stdout.write(
  [
    `${names.length} mails in ${templates.locales.join(', ')} as .html, .txt and .eml in ${folder}`,
    pictures === null
      ? `no screenshots: none of ${PROGRAMS.join(', ')} is here`
      : `${pictures.length} screenshots, light and dark at 375 and 800 pixels`,
    ...templates.problems.map(({ locale, says }) => `not used, ${locale}: ${says}`),
    `look at ${pathToFileURL(join(folder, 'index.html')).href}`,
    '',
  ].join('\n'),
);

/** Of every example; of the worst cases what a telephone shows. @returns the files; null: there is no Chromium */
async function takeScreenshots(): Promise<readonly string[] | null> {
  let camera: Camera | null = null;
  for (const program of PROGRAMS) camera ??= await openCamera(program);
  if (camera === null) return null;
  const taken: string[] = [];
  for (const name of names) {
    for (const shot of /\.(bare|long)$/.test(name) ? SHOTS.slice(0, 1) : SHOTS) {
      const file = `${name}.${shot.scheme}.${shot.width}.png`;
      await camera.take(join(folder, `${name}.html`), shot, join(folder, file));
      taken.push(file);
    }
  }
  await camera.close();
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
