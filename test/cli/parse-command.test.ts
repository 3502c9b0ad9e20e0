import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CliHost } from '../../src/cli/host.ts';
import { runCli } from '../../src/cli/main.ts';
import { mailFixture } from '../mail/fixture.ts';
import { temporaryFolder } from '../support/postgres.ts';

let folder: string;
const names = ['personal-plain', 'bounce-two-recipients-postfix', 'vacation-sieve', 'inline-image-and-attachment'];

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of names) await writeFile(join(folder, `${name}.eml`), mailFixture(name));
  await writeFile(join(folder, 'notes.json'), '{}');
  await mkdir(join(folder, 'inner'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const noDesk = (): never => {
  throw new Error('parse needs no desk');
};
const host: CliHost = { openDesk: noDesk, start: noDesk, worker: noDesk, migrate: noDesk, why: noDesk, ledger: noDesk };

async function parse(...argv: readonly string[]) {
  let out = '';
  let complaint = '';
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (complaint += text) };
  const code = await runCli(['parse', ...argv], { stdout, stderr, stdin: Readable.from([]), env: {} }, host);
  return { code, out, complaint };
}

const linesOf = (out: string): readonly unknown[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

test('a folder is read in the order of its names, mail files alone, one line each', async () => {
  const { code, out } = await parse('--jsonl', folder);
  expect(code).toBe(0);
  expect(linesOf(out)).toMatchObject(names.toSorted().map((id) => ({ id })));
  expect((await parse('--jsonl', folder)).out).toBe(out);
});

test.each([
  [
    'a person',
    'personal-plain',
    { from: 'ana.lima@harbour.example', autoReply: false, bounce: false, attachments: [] },
  ],
  ['a bounce', 'bounce-two-recipients-postfix', { bounce: true, autoReply: false }],
  ['an automatic reply', 'vacation-sieve', { autoReply: true, bounce: false }],
  [
    'a mail with files',
    'inline-image-and-attachment',
    {
      attachments: [
        { name: 'photo.png', size: 8 },
        { name: 'Résumé.pdf', size: 9, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    },
  ],
])('the line of %s says so', async (_, name, says) => {
  const [line] = linesOf((await parse('--jsonl', join(folder, `${name}.eml`))).out);
  expect(line).toMatchObject({ id: name, replyText: expect.any(String), text: expect.any(String), ...says });
});

test('a file that cannot be read has a line too, and those behind it are read', async () => {
  const { code, out } = await parse('--jsonl', join(folder, 'missing.eml'), join(folder, 'vacation-sieve.eml'));
  expect(code).toBe(1);
  expect(linesOf(out)).toMatchObject([
    { id: 'missing', error: expect.stringContaining('There is no file'), text: '', attachments: [] },
    { id: 'vacation-sieve' },
  ]);
});

test('a person is shown the kind, the sender, the text, the files and what was amiss', async () => {
  await writeFile(
    join(folder, 'inner', 'two.eml'),
    await readFile(new URL('../fixtures/mail/header-two-from-fields.eml', import.meta.url)),
  );
  const { out } = await parse(join(folder, 'inner'), join(folder, 'inline-image-and-attachment.eml'));
  expect(out).toContain('personal (person)');
  expect(out).toContain('amiss: duplicate_header: from: 2 times, the first counts');
  expect(out).toMatch(/photo\.png +image\/png +8 +[0-9a-f]{12}/);
});

test('an empty folder is wrong usage', async () => {
  await mkdir(join(folder, 'empty'));
  expect(await parse(join(folder, 'empty'))).toMatchObject({
    code: 2,
    out: '',
    complaint: expect.stringContaining('holds no files'),
  });
});
