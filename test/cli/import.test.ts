import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliHost } from '../../src/cli/host.ts';
import { runCli } from '../../src/cli/main.ts';
import { err, ok } from '../../src/lib/result.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { temporaryFolder } from '../support/postgres.ts';

let desk: TestDesk;
let folder: string;
beforeAll(async () => {
  [desk, folder] = await Promise.all([openTestDesk(), temporaryFolder()]);
});
afterAll(async () => {
  await desk.drop();
  await rm(folder, { recursive: true, force: true });
});

const host = (isThere: boolean): CliHost => ({
  openDesk: () =>
    Promise.resolve(
      isThere
        ? ok({ db: desk.db, deps: desk.deps, trial: null, close: () => Promise.resolve() })
        : err({ kind: 'unreachable', message: 'No trial is running here.', mend: 'Start it.' }),
    ),
  start: () => Promise.resolve(0),
  worker: () => Promise.resolve(0),
  migrate: () => Promise.resolve(0),
  why: () => Promise.resolve(null),
  ledger: () => Promise.resolve({ lines: [], json: null, exitCode: 0 }),
});

async function cli(argv: readonly string[], { isThere = true, columns }: { isThere?: boolean; columns?: number } = {}) {
  let out = '';
  let complaint = '';
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (complaint += text), ...(columns === undefined ? {} : { columns }) };
  const code = await runCli(argv, { stdout, stderr, stdin: Readable.from([]), env: {} }, host(isThere));
  return { code, out, complaint };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('P-10 on the command line', () => {
  test('the sample is a file that can be imported, with the desk’s own fields', async () => {
    await desk.db
      .sql`insert into custom_fields (owner, key, label, kind) values ('contact', 'badge', 'Badge', 'number')`;
    const customers = await cli(['import', 'customers', '--sample']);
    const contacts = await cli(['import', 'contacts', '--sample']);
    expect(contacts.out).toMatch(/^\ufeffcustomer,addresses,.*,custom\.badge\r\n/);
    expect((await cli(['import', 'customers', await file('u.csv', customers.out)])).code).toBe(0);
    expect(await cli(['import', 'contacts', await file('c.csv', contacts.out)])).toEqual({
      code: 0,
      out: '1 line: 1 created, 0 updated, 0 unchanged, 0 rejected.\nDone.\n',
      complaint: '',
    });
  });

  test('the sample needs no desk', async () => {
    const { code, out, complaint } = await cli(['import', 'contacts', '--sample'], { isThere: false });
    expect([code, complaint]).toEqual([
      0,
      'No desk can be reached, so the sample has no columns for its own fields.\n',
    ]);
    expect(out).not.toContain('custom.');
  });

  test('rejected lines end with 1, and nothing is done', async () => {
    const path = await file(
      'bad.csv',
      'customer;addresses\nLantern Works;x@lantern.example\nNobody;y@lantern.example\n',
    );
    const { code, out } = await cli(['import', 'contacts', path]);
    expect(code).toBe(1);
    expect(out).toBe(
      'line 3 rejected y@lantern.example: there is no customer "Nobody": it must be there first\n' +
        'Its columns are separated by semicolons.\n2 lines: 1 created, 0 updated, 0 unchanged, 1 rejected.\n' +
        'Nothing was changed: correct these lines, or leave them out with --skip-bad.\n',
    );
    const skipped = await cli(['import', 'contacts', path, '--skip-bad']);
    expect(skipped.code).toBe(1);
    expect(skipped.out).toContain('Done, without the rejected lines.');
  });

  test('a dry run says each line, for people and for programs', async () => {
    const path = await file('dry.csv', 'customer,addresses\nLantern Works,new@lantern.example\n');
    expect((await cli(['import', 'contacts', path, '--dry-run'])).out).toBe(
      'line 2 created new@lantern.example\n1 line: 1 created, 0 updated, 0 unchanged, 0 rejected.\n' +
        'Nothing was changed: this was a dry run.\n',
    );
    expect(JSON.parse((await cli(['import', 'contacts', path, '--dry-run', '--json'])).out)).toMatchObject({
      lines: [{ line: 2, label: 'new@lantern.example', outcome: 'created', says: [] }],
      counts: { lines: 1, created: 1 },
      isApplied: false,
    });
  });

  test('a terminal sees a bar, which is gone at the end; a program sees none', async () => {
    const path = await file('bar.csv', 'customer,addresses\nLantern Works,bar@lantern.example\n');
    const { complaint } = await cli(['import', 'contacts', path], { columns: 80 });
    expect(complaint).toContain('[##############################] Reading: 1 line, 100 %');
    expect(complaint.endsWith('\r\u001b[K')).toBe(true);
    expect((await cli(['import', 'contacts', path, '--json'], { columns: 80 })).complaint).toBe('');
  });

  test.each([
    ['no file', ['import', 'contacts'], /^The file is missing\.\nName it, or print one with/],
    ['a file that is not there', ['import', 'contacts', 'no.csv'], /^There is no file no\.csv\./],
    ['a folder', ['import', 'contacts', '/'], /^\/ is a folder, not a file\./],
    ['CSV as JSON', ['export', 'contacts', '--json'], /^--json needs --file/],
  ])('%s is wrong usage', async (_, argv, words) => {
    const { code, complaint } = await cli(argv);
    expect(code).toBe(2);
    expect(complaint).toMatch(words);
  });

  test('a file that is refused says what to do', async () => {
    const path = await file('head.csv', 'kunde,addresses\n');
    const { code, complaint } = await cli(['import', 'contacts', path]);
    expect(code).toBe(1);
    expect(complaint).toBe(
      'There is no column "kunde".\nThe column customer is missing.\nA file with all columns: deskbell import contacts --sample\n',
    );
  });

  test('an export is printed, or saved in a file that is not there yet', async () => {
    const printed = await cli(['export', 'customers']);
    expect(printed.out).toContain('\r\nLantern Works,');
    const path = join(folder, 'saved.csv');
    expect((await cli(['export', 'customers', '--file', path])).out).toBe(`Saved 2 lines as ${path}.\n`);
    expect(await readFile(path, 'utf8')).toBe(printed.out);
    expect(await cli(['export', 'customers', '--file', path])).toMatchObject({ code: 1 });
    expect(await readFile(path, 'utf8')).toBe(printed.out);
  });

  test('an export that is refused leaves no file', async () => {
    const path = join(folder, 'none.csv');
    const { code, complaint } = await cli(['export', 'contacts', '--customer', 'Nobody', '--file', path]);
    expect([code, complaint]).toEqual([1, expect.stringMatching(/^There is no customer "Nobody"\./)]);
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });
});
