import { getUnassignedCustomer } from '../contacts/store.ts';
import type { Queryable } from '../db/client.ts';
import type { ContactId, InboundMessageId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { SettingChange } from '../settings/resolve.ts';
import { withChanges } from '../settings/resolve.ts';
import type { DecidedMail, StoredMail } from './backtest-store.ts';
import { findOutcomes, listDecided, loadStored } from './backtest-store.ts';
import { PLAIN_MAIL } from './facts.ts';
import { PLACEHOLDER_RULE } from './placeholder.ts';
import { madeContact, replayBatch } from './replay-batch.ts';
import { sendersOf } from './replay-mail.ts';
import type { BeforeFrom } from './replay-before.ts';
import { loadBefore, loadSettingsOf } from './replay-before.ts';
import type { ReplayedMail, ReplayQuality } from './replay-difference.ts';
import type { World } from './replay-world.ts';
import { emptyWorld, forget } from './replay-world.ts';

/** More mail than this is not replayed: of a longer time, the newest. */
const MAX_MAILS = 200_000;
const CHUNK = 500;
/** What budgets and repeats remember, before the time looked at. */
const WARM_UP_MS = 25 * 3_600_000;

export const NOTHING_REPLAYED: ReplayQuality = {
  mails: 0,
  inexact: 0,
  leftOut: 0,
  released: 0,
  changedTickets: 0,
  isCut: false,
};

/**
 * Decides again about the mail that came since, in the order in which it was decided about: once under the settings as
 * they are, once with these changes (FEATURES B-03). Each has a world of its own, in which a mail finds what earlier mail
 * has made there: a contact, a ticket, an acknowledgement it answers, a budget. The same functions decide that decided then.
 *
 * Memory holds what both worlds are made of, less than two kilobytes a mail, and the facts of at most a CHUNK.
 *
 * @param db as it is at one moment: mail that comes meanwhile would be in one world and not in the other
 * @param watch told of each mail, in order, and after each part of how many have been looked at
 */
export async function replay(
  db: Queryable,
  keys: Keys,
  since: Date,
  changes: readonly SettingChange[],
  watch: ReplayWatch,
): Promise<ReplayQuality> {
  const all = await listDecided(db, new Date(since.getTime() - WARM_UP_MS), MAX_MAILS);
  const lastOld = all.findLastIndex(({ isOld }) => isOld);
  const decided = all.slice(lastOld + 1);
  const replaying: Replaying = {
    db,
    keys,
    since,
    changes,
    from: {
      first: decided.reduce((lowest, { id }) => Math.min(lowest, id), Number.MAX_SAFE_INTEGER) as InboundMessageId,
      began: new Date((decided[0]?.decidedAtUs ?? 0) / 1000),
      unassigned: await getUnassignedCustomer(db),
      made: new Set(),
      erased: new Set(),
    },
    worlds: [emptyWorld(), emptyWorld()],
  };
  for (const world of replaying.worlds) rememberLifted(world, decided, replaying.from.began);
  const quality = { ...NOTHING_REPLAYED, leftOut: lastOld + 1, isCut: all.length === MAX_MAILS };
  let done = 0;
  for (const chunk of chunksOf(decided)) {
    const { replayed, changedTickets } = await replayChunk(replaying, await loadMails(db, chunk));
    const inexact = await whichAreInexact(db, replayed);
    quality.changedTickets += changedTickets;
    for (const one of replayed) {
      if (one.mail.receivedAt < since) continue;
      quality.mails += 1;
      if (one.mail.facts.override !== null) quality.released += 1;
      if (inexact.has(one.mail.id)) quality.inexact += 1;
      watch.onMail(one);
    }
    done += chunk.length;
    watch.onProgress({ done, of: decided.length });
  }
  return quality;
}

/** Addresses that are mailed again by now were not at the beginning. */
function rememberLifted({ suppressed }: World, decided: readonly DecidedMail[], began: Date): void {
  for (const { lifted, liftedSince } of decided) {
    if (lifted === null || liftedSince === null || suppressed.has(lifted)) continue;
    const since = new Date(liftedSince);
    if (since < began) suppressed.set(lifted, { since, reason: 'bounced' });
  }
}

/** How many mails of all have been looked at; those before the time asked about, which lead up to it, too. */
export interface ReplayProgress {
  readonly done: number;
  readonly of: number;
}

interface ReplayWatch {
  readonly onMail: (replayed: ReplayedMail) => void;
  readonly onProgress: (progress: ReplayProgress) => void;
}

interface Replaying {
  readonly db: Queryable;
  readonly keys: Keys;
  readonly since: Date;
  readonly changes: readonly SettingChange[];
  readonly from: BeforeFrom & { readonly made: Set<ContactId>; readonly erased: Set<EmailAddress> };
  readonly worlds: readonly [old: World, fresh: World];
}

/** Whole transactions, together about a CHUNK of mail. */
function* chunksOf(decided: readonly DecidedMail[]): Generator<readonly DecidedMail[]> {
  let chunk: DecidedMail[] = [];
  for (const mail of decided) {
    if (chunk.length >= CHUNK && chunk.at(-1)?.decidedAtUs !== mail.decidedAtUs) {
      yield chunk;
      chunk = [];
    }
    chunk.push(mail);
  }
  if (chunk.length > 0) yield chunk;
}

/** What could not be read has no facts to decide about: its ticket is there in every world. */
async function loadMails(db: Queryable, chunk: readonly DecidedMail[]): Promise<readonly StoredMail[]> {
  const stored = await loadStored(
    db,
    chunk.map(({ id }) => id),
  );
  return stored
    .filter(({ rule }) => rule !== PLACEHOLDER_RULE)
    .map((mail) => ({ ...mail, facts: { ...PLAIN_MAIL, ...mail.facts } }))
    .toSorted((a, b) => a.decidedAtUs - b.decidedAtUs || a.mailboxId - b.mailboxId || a.id - b.id);
}

async function replayChunk(
  { db, keys, since, changes, from, worlds: [old, fresh] }: Replaying,
  mails: readonly StoredMail[],
): Promise<{ readonly replayed: readonly ReplayedMail[]; readonly changedTickets: number }> {
  const before = await loadBefore(db, mails, from);
  const settings = await loadSettingsOf(db, mails);
  const changed = withChanges(settings, changes, 'backtest');
  const replayed: ReplayedMail[] = [];
  let changedTickets = 0;
  for (const batch of batchesOf(mails)) {
    for (const mail of batch) {
      const contactId = madeContact(mail);
      if (contactId !== null) from.made.add(contactId);
      for (const sender of sendersOf(mail.facts)) if (sender.is === 'erased') from.erased.add(sender.address);
    }
    // The change would have been made when the time looked at began.
    const isWarmUp = batch.some(({ receivedAt }) => receivedAt < since);
    const done = await replayBatch(
      batch,
      [
        { world: old, settings },
        { world: fresh, settings: isWarmUp ? settings : changed },
      ],
      before,
      keys,
    );
    replayed.push(...done.replayed);
    changedTickets += done.changedTickets;
  }
  const last = mails.at(-1);
  if (last !== undefined) for (const world of [old, fresh]) forget(world, new Date(last.decidedAtUs / 1000));
  return { replayed, changedTickets };
}

/** Mails that were decided about in one transaction. */
function* batchesOf(mails: readonly StoredMail[]): Generator<readonly StoredMail[]> {
  let batch: StoredMail[] = [];
  for (const mail of mails) {
    const [first] = batch;
    if (first !== undefined && (first.decidedAtUs !== mail.decidedAtUs || first.mailboxId !== mail.mailboxId)) {
      yield batch;
      batch = [];
    }
    batch.push(mail);
  }
  if (batch.length > 0) yield batch;
}

/** Those about which the settings of today decide otherwise than was decided, or owe other mail. */
async function whichAreInexact(
  db: Queryable,
  replayed: readonly ReplayedMail[],
): Promise<ReadonlySet<InboundMessageId>> {
  const stored = await findOutcomes(
    db,
    replayed.flatMap(({ old }) => old.owed.map(({ publicId }) => publicId)),
  );
  const wrong = replayed.filter(
    ({ mail, old }) =>
      old.rule !== mail.rule ||
      old.owed.some(({ publicId, refusal }) => stored.get(publicId)?.wasSuppressed !== (refusal !== null)),
  );
  return new Set(wrong.map(({ mail }) => mail.id));
}
