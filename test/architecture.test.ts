import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../src', import.meta.url));

/** DESIGN 3: a file imports from its own room or a lower rank, never sideways or up. Rooms in one line share a rank. */
const RANKS: readonly (readonly string[])[] = [
  ['lib'],
  ['mail'],
  ['db', 'config.ts', 'cannot-start.ts'],
  ['blobs'],
  ['events'],
  ['settings'],
  ['mailboxes', 'contacts'],
  ['tickets', 'accounts'],
  ['notifications'],
  ['inbound', 'portal'],
  // The gate knows what an operation returns and needs; nothing below an operation knows the gate.
  ['access'],
  // Deletes out of all rooms, and says so in the audit.
  ['retention'],
  // It takes a person out of what all rooms below have written, the audit among them.
  ['erasure'],
  ['operations.ts'],
  ['worker', 'trial'],
  ['app.ts'],
  ['http', 'cli'],
  ['run-desk.ts', 'check-schema.ts', 'open-desk.ts', 'desk-answers.ts'],
  ['serve.ts'],
  ['desk.ts'],
  ['main.ts', 'launch.mjs'],
];
const rankOf = new Map(RANKS.flatMap((rooms, rank) => rooms.map((room) => [room, rank] as const)));

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .toSorted();
const sources = files.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

const roomOf = (path: string): string => {
  if (/\/(\w+-)?operations\.ts$/.test(path)) return 'operations.ts';
  return path.includes('/') ? (path.split('/')[0] ?? '') : path;
};

const importsOf = ({ path, text }: { path: string; text: string }): readonly string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)].map(([, target]) =>
    relative(ROOT, resolve(ROOT, dirname(path), target ?? '')),
  );

describe('the house', () => {
  test('every room has a rank', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !rankOf.has(room))).toEqual([]);
  });

  test('imports go to the own room or a lower rank', () => {
    const wrong = sources.flatMap((source) =>
      importsOf(source)
        .filter((target) => {
          const [from, to] = [roomOf(source.path), roomOf(target)];
          return from === to ? from === 'operations.ts' : (rankOf.get(to) ?? 99) >= (rankOf.get(from) ?? 0);
        })
        .map((target) => `${source.path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('imports name files that are there', () => {
    const missing = sources.flatMap((source) => importsOf(source).filter((target) => !files.includes(target)));
    expect(missing).toEqual([]);
  });

  test('a start needs little before PostgreSQL is at work, and a verb little before it is known', () => {
    const reached = new Set(['main.ts', 'serve.ts', 'cli/program-commands.ts']);
    const packages = new Set<string>();
    for (const path of reached) {
      const { text } = sources.find((source) => source.path === path) ?? { text: '' };
      for (const [, target = ''] of text.matchAll(/^import (?!type)[^;]*?'([^']+)'/gm)) {
        if (target.endsWith('.ts')) reached.add(relative(ROOT, resolve(ROOT, dirname(path), target)));
        else if (!/^(node:|\.)/.test(target)) packages.add(target);
      }
    }
    expect([...packages].toSorted()).toEqual(['commander', 'pino', 'postgres', 'zod']);
  });

  test.each([
    ['the environment is read in config.ts alone', /process\.env/, /^config\.ts$/],
    // Typed SQL, tagged templates and `unsafe`; drizzle's builders are SQL too.
    ['SQL is spoken in store files and db/ alone', /\b(sql(<[^`]*>)?`|\.unsafe\(|\.orm\b)/, /(^db\/|store\.ts$)/],
    [
      'sockets are opened in few places alone',
      /from 'node:(net|tls|http|https|dns)'|from '(imapflow|fastify|smtp-server|nodemailer[^']*)'/,
      /^(lib\/networks|mailboxes\/imap|notifications\/smtp|notifications\/transport|http\/|trial\/|mail\/(compose|parse|assemble))/,
    ],
  ])('%s', (_, found, allowed) => {
    const wrong = sources.filter(({ path, text }) => !allowed.test(path) && found.test(withoutComments(text)));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('files are short', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 280);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
