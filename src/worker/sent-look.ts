import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import type { OpenSentFolder } from '../mailboxes/imap-sent.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { imapAccount } from '../mailboxes/model.ts';
import { markFound } from '../notifications/report-store.ts';
import type { Unsure } from '../notifications/sent-look-store.ts';
import { listUnsure, noteLookedFor } from '../notifications/sent-look-store.ts';

export interface SentLookDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly log: Log;
  readonly openSentFolder: OpenSentFolder;
}

/** A look is over after this, whatever the server does. */
const LOOK_MS = 60_000;

/**
 * Looks for uncertain mail where its server files what it took: what is there was sent. What is not there may have been
 * sent all the same, and its record says that somebody looked.
 *
 * @param leftMs of the rest of uncertain mail: the answer is to be there before it may go out again
 * @returns the mailboxes that could not be looked at
 */
export async function lookForSent(
  deps: SentLookDeps,
  mailboxes: readonly Mailbox[],
  leftMs: number,
  signal: AbortSignal,
): Promise<readonly Mailbox[]> {
  const unsure = Map.groupBy(await listUnsure(deps.db, leftMs), ({ mailboxId }) => mailboxId);
  const failed: Mailbox[] = [];
  for (const mailbox of mailboxes) {
    const mails = unsure.get(mailbox.id) ?? [];
    if (mails.length === 0 || mailbox.status !== 'active' || signal.aborted) continue;
    const trouble = await lookIn(deps, mailbox, mails, AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]));
    if (trouble === null) continue;
    failed.push(mailbox);
    deps.log.warn('outbox.sent_folder_not_seen', { mailboxId: mailbox.id, said: trouble });
  }
  return failed;
}

/** @returns why not; null: it was looked at */
async function lookIn(
  { db, keys, openSentFolder }: SentLookDeps,
  mailbox: Mailbox,
  mails: readonly Unsure[],
  signal: AbortSignal,
): Promise<string | null> {
  let found: ReadonlySet<string> = new Set();
  let path: string | null = null;
  try {
    const opened = await openSentFolder(imapAccount(keys, mailbox), signal);
    if (!opened.ok) return opened.error;
    if (opened.value !== null) {
      const folder = opened.value;
      path = folder.path;
      try {
        found = await folder.holds(mails.map(({ messageId }) => messageId));
      } finally {
        await folder.close();
      }
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const isFound = ({ messageId }: Unsure) => found.has(messageId);
  const there = mails.filter(isFound).map(({ id }) => id);
  if (there.length > 0) await inTransaction(db, (tx) => markFound(tx, there, `found in the folder ${path ?? ''}`));
  const missing =
    path === null
      ? 'the server has no folder of sent mail to look in'
      : `not found in the folder ${path}; that proves nothing, for not every server files what it sends`;
  await noteLookedFor(
    db,
    mails.filter((mail) => !isFound(mail)).map(({ id }) => id),
    missing,
  );
  return null;
}
