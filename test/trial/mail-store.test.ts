import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { Folder } from '../../src/trial/imap/folder.ts';
import { isTrialAddress, normalizeTrialAddress, openMailStore } from '../../src/trial/mail-store.ts';
import { TrialError } from '../../src/trial/trial-error.ts';

const ADDRESS = 'support@deskbell.test';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trial-store-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

async function* pieces(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

/** The INBOX as a process sees it that has just started. */
async function openInbox(): Promise<{ inbox: Folder; path: string; add: (text: string) => Promise<number> }> {
  const store = await openMailStore(dataDir, silentLog);
  const inbox = store.account(ADDRESS).inbox();
  await inbox.load();
  return {
    inbox,
    path: join(inbox.pathOf(1), '..'),
    async add(text) {
      const message = await store.spool(pieces(text));
      if (message === null) throw new Error('too large');
      return await inbox.add(message, [], new Date(0));
    },
  };
}

const uidsOf = (inbox: Folder) => [...inbox.messages().keys()];

test('Nothing is written for an address that only looks', async () => {
  await openInbox();
  expect((await readdir(dataDir)).sort()).toEqual(['created-at', 'spool']);
});

test('A mail whose record did not reach the disk is kept under its UID', async () => {
  const before = await openInbox();
  await before.add('one');
  await writeFile(join(before.path, '2.eml'), 'two');
  await writeFile(join(before.path, '3.eml.part'), 'thr');
  const after = await openInbox();
  expect(uidsOf(after.inbox)).toEqual([1, 2]);
  expect(await after.add('three')).toBe(3);
  expect(await readFile(after.inbox.pathOf(3), 'utf8')).toBe('three');
});

test('A torn last line of the log costs nothing but itself', async () => {
  const before = await openInbox();
  await before.add('one');
  await appendFile(join(before.path, 'log.jsonl'), '["added",2,3,0,[');
  const after = await openInbox();
  expect(await after.add('two')).toBe(2);
  expect(uidsOf((await openInbox()).inbox)).toEqual([1, 2]);
});

test('A damaged line in the log loses no mail', async () => {
  const before = await openInbox();
  for (const text of ['one', 'two', 'three']) await before.add(text);
  const log = join(before.path, 'log.jsonl');
  await writeFile(log, (await readFile(log, 'utf8')).replace('["added",2,', '["adXed",2,'));
  expect(uidsOf((await openInbox()).inbox)).toEqual([1, 2, 3]);
});

test('An expunged mail whose file was still there at the crash is gone, and its UID is not used again', async () => {
  const before = await openInbox();
  for (const text of ['one', 'two']) await before.add(text);
  await before.inbox.expunge([2]);
  await writeFile(before.inbox.pathOf(2), 'two');
  const after = await openInbox();
  expect(uidsOf(after.inbox)).toEqual([1]);
  expect(await readdir(after.path)).not.toContain('2.eml');
  expect(await after.add('three')).toBe(3);
});

test('A log much longer than its folder is written anew, and says the same', async () => {
  const before = await openInbox();
  for (const text of ['one', 'two']) await before.add(text);
  await before.inbox.expunge([2]);
  await appendFile(join(before.path, 'log.jsonl'), '["flags",1,["$Deskbell"]]\n'.repeat(3_000));
  await openInbox();
  expect((await readFile(join(before.path, 'log.jsonl'), 'utf8')).split('\n')).toHaveLength(3);
  const after = await openInbox();
  expect(after.inbox.messages().get(1)?.flags).toEqual(['$Deskbell']);
  expect(after.inbox.uidNext()).toBe(3);
});

test('Mails that come at once get a UID each', async () => {
  const { add, inbox } = await openInbox();
  const uids = await Promise.all(Array.from({ length: 20 }, (_, index) => add(`mail ${index}`)));
  expect(new Set(uids).size).toBe(20);
  expect(uidsOf(inbox)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test('A data folder that is a file is said with its mend', async () => {
  const path = join(dataDir, 'file');
  await writeFile(path, '');
  const opened = openMailStore(path, silentLog);
  await expect(opened).rejects.toThrow(TrialError);
  await expect(opened).rejects.toMatchObject({ mend: expect.stringContaining('DATA_DIR') });
});

test.each([
  ['Support@Deskbell.TEST', 'support@deskbell.test'],
  ['Jörg@Müller.Example', 'jörg@xn--mller-kva.example'],
  ['postmaster', 'postmaster'],
])('%s is the same mailbox as %s', (address, same) => {
  expect(normalizeTrialAddress(address)).toBe(same);
});

test.each([
  ['', false],
  ['a b@c.example', false],
  [`${'x'.repeat(320)}@c.example`, false],
  ['ana@customer.example', true],
])('Can "%s" have mail: %s', (address, can) => {
  expect(isTrialAddress(address)).toBe(can);
});
