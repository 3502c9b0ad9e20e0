import { afterEach, expect, test } from 'vitest';
import { createParsePool } from '../../src/mail/parse-pool.ts';
import type { ParsePoolOptions } from '../../src/mail/parse-pool.ts';
import { mailFixture, mailOf } from './fixture.ts';

const { signal } = new AbortController();
const pools: { close: () => Promise<void> }[] = [];
const open = (options?: ParsePoolOptions) => {
  const pool = createParsePool(options);
  pools.push(pool);
  return pool;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

const numbered = (number: number) => mailOf([`Subject: mail ${number}`]);
const outcome = (row: { readonly subject: string } | { readonly failed: string }) =>
  'failed' in row ? row.failed : row.subject;

test('the rows of a batch keep their order, over many chunks and threads', async () => {
  const rows = await open().parse(
    Array.from({ length: 230 }, (_, index) => numbered(index)),
    signal,
  );
  expect(rows.map(outcome)).toEqual(Array.from({ length: 230 }, (_, index) => `mail ${index}`));
});

test.each([
  ["is its owner's still", false, 9_000_000],
  ['goes to its reader where its owner says so', true, 0],
])('a large mail %s', async (_, mayTakeLarge, left) => {
  const bytes = Buffer.alloc(9_000_000, 'a line\r\n');
  bytes.write('Subject: large\r\n\r\n');
  const rows = await open().parse([bytes], signal, mayTakeLarge);
  expect(rows.map(outcome)).toEqual(['large']);
  expect(bytes.byteLength).toBe(left);
});

test('a batch of none has no rows', async () => expect(await open().parse([], signal)).toEqual([]));

test('attachments, dates and defects come back whole, and the bytes given stay with their owner', async () => {
  const bytes = mailFixture('inline-image-and-attachment');
  const copy = Buffer.from(bytes);
  const [row] = await open().parse([bytes], signal);
  expect(bytes).toEqual(copy);
  expect(row).toMatchObject({ subject: 'Photo', date: new Date('2026-05-12T07:14:01Z') });
  const contents = row !== undefined && 'attachments' in row ? row.attachments.map((part) => part.content) : [];
  expect(contents.map((content) => Buffer.from(content).toString('latin1'))).toEqual([
    '\x89PNG\r\n\x1a\n',
    '%PDF-1.4\n',
  ]);
});

test('mail that is slow to read does not hold up what comes behind it', async () => {
  const pool = open({ deadlineMs: 60_000, helpAfterMs: 0 });
  // Thirteen million soft line breaks are more than a second of work for any machine.
  const slow = mailOf(
    ['Subject: slow', 'Content-Type: text/plain', 'Content-Transfer-Encoding: quoted-printable'],
    '=\r\n'.repeat(26_000_000),
  );
  const ends: string[] = [];
  const ask = async (bytes: Buffer) => ends.push(...(await pool.parse([bytes], signal)).map(outcome));
  await Promise.all([ask(slow), ask(numbered(1)), ask(numbered(2))]);
  expect(ends).toEqual(['mail 1', 'mail 2', 'slow']);
});

test('a message over its time is marked, and its neighbours are parsed', async () => {
  // Thirteen million soft line breaks: more than a second of work for any machine, against a limit of a quarter.
  const slow = mailOf(
    ['Content-Type: text/plain', 'Content-Transfer-Encoding: quoted-printable'],
    '=\r\n'.repeat(13_000_000),
  );
  const rows = await open({ threads: 1, deadlineMs: 250 }).parse([numbered(0), slow, numbered(2)], signal);
  expect(rows.map(outcome)).toEqual(['mail 0', 'timeout', 'mail 2']);
}, 30_000);

test('a message over its memory is marked, and its neighbours are parsed', async () => {
  const large = mailOf(['Content-Type: text/plain; charset=iso-8859-1'], 'word\r\n'.repeat(10_000_000));
  const rows = await open({ threads: 1, deadlineMs: 20_000, heapMb: 48 }).parse(
    [numbered(0), large, numbered(2)],
    signal,
  );
  expect(rows.map(outcome)).toEqual(['mail 0', 'memory', 'mail 2']);
}, 30_000);

test('an abort ends the wait, and a closed pool takes no work', async () => {
  const pool = open();
  const controller = new AbortController();
  const waiting = pool.parse([numbered(0)], controller.signal);
  controller.abort(new Error('shutting down'));
  await expect(waiting).rejects.toThrow('shutting down');
  expect((await pool.parse([numbered(1)], signal)).map(outcome)).toEqual(['mail 1']);
  await pool.close();
  await expect(pool.parse([numbered(2)], signal)).rejects.toThrow('closed');
});
