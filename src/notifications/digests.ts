import type { Db, Tx } from '../db/client.ts';
import { inTransaction, isConnectionTrouble } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import { sha256 } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import type { Settings } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { mintMessageId } from '../tickets/thread-token.ts';
import { digestView, readable, whyNotTold } from './digest.ts';
import type { DueFold, FoldWait } from './fold-store.ts';
import {
  findDueFolds,
  findFoldedContacts,
  insertDigest,
  isAnythingFolded,
  lockFolded,
  markFoldedSuppressed,
  markUnfolded,
  setAside,
  wakeSenders,
} from './fold-store.ts';
import type { Fold } from './folds.ts';
import { FOLDS } from './folds.ts';
import { findMutes } from './mute-store.ts';
import { holdRecipients, OUTBOX_CHANNEL } from './store.ts';
import { MAX_DIGEST_ITEMS } from './views.ts';

const AT_ONCE = 100;
/** At most so many readers in one sweep, with all that waits for each; the next sweep goes on. */
const MAX_ROUNDS = 20;

/** What a sweep came to. */
export interface Told {
  readonly digests: number;
  readonly unfolded: number;
  readonly refused: number;
}

/**
 * Tells those together what they were to be told (FEATURES N-06, B-06) whose time is up: one digest for a reader and
 * mailbox, more where one is full; what waited alone goes by itself. Nothing is dropped: whoever is not told after all has
 * the reason in the row. Any number of workers may do this at once.
 */
export async function tellFolded(db: Db, keys: Keys, log: Log, signal: AbortSignal): Promise<Told> {
  let told: Told = { digests: 0, unfolded: 0, refused: 0 };
  if (!(await isAnythingFolded(db))) return told;
  const waits = await foldWaits(db);
  for (let round = 0; round < MAX_ROUNDS && waits.length > 0; round += 1) {
    const due = await findDueFolds(db, waits, AT_ONCE);
    let stuck = 0;
    for (const one of due) {
      if (signal.aborted) return told;
      try {
        told = sum(told, await inTransaction(db, (tx) => tellOne(tx, keys, one)));
      } catch (error) {
        if (isConnectionTrouble(error)) throw error;
        // One reader's trouble is not that of those behind: however many fail, they stand in nobody's way meanwhile.
        log.error('digest.failed', { mailboxId: one.mailboxId, fold: one.foldId, err: error });
        if (!(await setAside(db, one, foldNamed(one.foldId).kinds))) stuck += 1;
      }
    }
    if (due.length === stuck) return told;
  }
  return told;
}

const sum = (a: Told, b: Told): Told => ({
  digests: a.digests + b.digests,
  unfolded: a.unfolded + b.unfolded,
  refused: a.refused + b.refused,
});

/** For how long each kind of mail waits in each mailbox. */
async function foldWaits(db: Db): Promise<readonly FoldWait[]> {
  const [mailboxes, rows] = await Promise.all([listMailboxes(db), loadSettings(db, [], [])]);
  const settings = settingsOf(rows);
  return mailboxes.flatMap(({ id: mailboxId }) =>
    FOLDS.flatMap((fold) =>
      fold.kinds.map((kind) => ({
        foldId: fold.id,
        kind,
        mailboxId,
        minutes: minutesOf(fold, settings, mailboxId),
        enough: fold.goesWhenFull ? MAX_DIGEST_ITEMS : null,
      })),
    ),
  );
}

function minutesOf({ waitMinutes }: Fold, settings: Settings, mailboxId: FoldWait['mailboxId']): number {
  if (typeof waitMinutes === 'number') return waitMinutes;
  return Number(resolveToggle(settings, waitMinutes, { mailboxId, customerId: null, contactId: null }).value);
}

function foldNamed(foldId: string): Fold {
  const fold = FOLDS.find(({ id }) => id === foldId);
  if (fold === undefined) throw new Error(`nothing is told together as ${foldId}`);
  return fold;
}

async function tellOne(tx: Tx, keys: Keys, due: DueFold): Promise<Told> {
  const { recipient, mailboxId, foldId } = due;
  const fold = foldNamed(foldId);
  // Before their mail is locked, as whoever erases somebody does it.
  await holdRecipients(tx, await findFoldedContacts(tx, due));
  const waiting = await lockFolded(tx, due, fold.kinds, MAX_DIGEST_ITEMS);
  const mutes = await findMutes(
    tx,
    [...new Set(waiting.flatMap(({ ticketId }) => ticketId ?? []))],
    [...new Set(waiting.flatMap(({ personId }) => personId ?? []))],
    [recipient],
  );
  const refused = waiting.flatMap((mail) => {
    const why = whyNotTold(mail, mutes);
    return why === null ? [] : [{ id: mail.id, why }];
  });
  await markFoldedSuppressed(tx, refused);
  const left = waiting.filter(({ id }) => !refused.some((one) => one.id === id));
  const told = left.flatMap(readable);
  const together = told.length > 1 ? told : [];
  // What cannot be read says so in its own row when it is its turn to be sent.
  const alone = left.filter(({ id }) => !together.some(({ mail }) => mail.id === id)).map(({ id }) => id);
  await markUnfolded(tx, alone);
  if (together.length > 0) {
    const mails = together.map(({ mail }) => mail);
    const ids = mails.map(({ id }) => id);
    const { eventId, contactId, recipientName, locale, replyDomain } = mails.at(-1) as (typeof mails)[number];
    const tickets = new Set(mails.map(({ ticketId }) => ticketId));
    // Of the mails it tells of: the same ones told twice would be one mail.
    const eventKey = sha256(Buffer.from(JSON.stringify(['digest', ids])));
    const { messageId, publicId } = mintMessageId(keys, { kind: fold.digest, eventKey, recipient, replyDomain });
    // An answer to a digest of one ticket belongs there; one of several names none, and opens a ticket of its own.
    const [onlyTicket = null] = tickets.size === 1 ? tickets : [];
    await insertDigest(
      tx,
      {
        publicId,
        messageId,
        kind: fold.digest,
        mailboxId,
        ticketId: onlyTicket,
        eventId,
        contactId,
        recipient,
        recipientName,
        because: `${ids.length} notices in a short time are told together`,
        locale,
        view: digestView(together),
      },
      ids,
    );
  }
  if (left.length > 0) await wakeSenders(tx, OUTBOX_CHANNEL);
  return { digests: together.length > 0 ? 1 : 0, unfolded: alone.length, refused: refused.length };
}
