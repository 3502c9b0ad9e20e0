import type { Db, Tx } from '../db/client.ts';
import { inTransaction, isDatabaseTrouble } from '../db/client.ts';
import type { InboundMessageId } from '../db/ids.ts';
import { takeIds } from '../db/sequences.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import { LeaseLost, requireLease } from '../mailboxes/lease-store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { withAliased } from './aliased-reports.ts';
import { applyPlan } from './apply.ts';
import type { BatchPlan, Desk, TakenIds } from './batch-plan.ts';
import { planBatch } from './batch-plan.ts';
import { loadLookups } from './lookups.ts';
import { planPlaceholder, withoutTicket } from './placeholder.ts';
import type { ClaimedMessage } from './store.ts';
import { Raced } from './raced.ts';
import type { ReadDeps, Unreadable } from './read.ts';
import { readMessages } from './read.ts';
import { claimReceived, findIdentities, giveBack, stepAside } from './store.ts';
import type { DeskPeople, Understood } from './understand.ts';

export interface InboundDeps extends ReadDeps {
  /** RELIABILITY D4: waits after the first, second and third failed attempt. */
  readonly attemptWaitsMs: readonly number[];
  /** Who the staff are, and what they may do now. */
  readonly loadStaff: (db: Db) => Promise<DeskPeople['operators']>;
  readonly onDecided?: (plan: BatchPlan) => void;
}

/** Messages whose attempt was counted and came to nothing, because the database or the lease was gone. */
export type UnfinishedAttempts = Set<InboundMessageId>;

/** What one round did: how many messages it took on, and how many of them are finished. */
export interface ProcessedBatch {
  readonly claimed: number;
  readonly finished: number;
}

/**
 * Understands, decides and carries out the next messages of a mailbox: RELIABILITY D4 and D5, DESIGN 4 B and C.
 * A message that was tried before goes alone, so that whatever it did to the process it does to nobody else.
 *
 * @param unfinished what an earlier round could not finish, for no fault of the messages: their attempts are given back
 * @throws LeaseLost, or trouble with the database; `unfinished` then holds what was begun
 */
export async function processBatch(
  deps: InboundDeps,
  mailbox: Mailbox,
  lease: Lease,
  unfinished: UnfinishedAttempts,
  signal: AbortSignal,
): Promise<ProcessedBatch> {
  if (unfinished.size > 0) {
    await giveBack(deps.db, lease, [...unfinished]);
    unfinished.clear();
  }
  const claimed = await claimReceived(deps.db, lease, deps.attemptWaitsMs);
  deps.checkpoint('attempt.counted');
  if (claimed.length === 0) return { claimed: 0, finished: 0 };
  for (const { id } of claimed) unfinished.add(id);
  const desk = await loadDesk(deps, mailbox);
  signal.throwIfAborted();
  const finished = await processGroup(deps, mailbox, lease, desk, claimed, unfinished, signal);
  unfinished.clear();
  return { claimed: claimed.length, finished };
}

async function loadDesk({ db, loadStaff }: InboundDeps, mailbox: Mailbox): Promise<Desk> {
  const [all, operators] = await Promise.all([listMailboxes(db), loadStaff(db)]);
  return {
    mailboxId: mailbox.id,
    isOwnAddress: deskAddressTest(all),
    operators,
    defaultCustomerId: mailbox.defaultCustomerId,
  };
}

/** @returns how many are finished */
async function processGroup(
  deps: InboundDeps,
  mailbox: Mailbox,
  lease: Lease,
  desk: Desk,
  group: readonly ClaimedMessage[],
  unfinished: UnfinishedAttempts,
  signal: AbortSignal,
): Promise<number> {
  const worn = group.filter(({ attempts }) => attempts > deps.attemptWaitsMs.length);
  const { understood, unreadable, waiting } = await readMessages(
    deps,
    mailbox,
    desk,
    group.filter((one) => !worn.includes(one)),
    signal,
  );
  if (waiting.length > 0) await stepAside(deps.db, lease, waiting);
  for (const id of waiting) unfinished.delete(id);
  let finished = await carryOut(deps, mailbox, lease, desk, understood);
  const hopeless: readonly Unreadable[] = [
    ...worn.map((claimed) => ({ claimed, problem: WORN_PROBLEM })),
    ...unreadable.filter(({ claimed }) => claimed.attempts >= deps.attemptWaitsMs.length),
  ];
  for (const { claimed, problem } of hopeless) {
    finished += await carryOutPlaceholder(deps, mailbox, lease, desk, claimed, problem);
  }
  return finished;
}

const WORN_PROBLEM = 'it stopped the worker that read it, or took too long, every time';

/** One transaction for the batch; if that fails, one by one, so that one bad message spoils no other. */
async function carryOut(
  deps: InboundDeps,
  mailbox: Mailbox,
  lease: Lease,
  desk: Desk,
  batch: readonly Understood[],
): Promise<number> {
  if (batch.length === 0) return 0;
  try {
    return await commit(deps, mailbox, lease, batch, async (tx, ids) => {
      const known = await withAliased(tx, batch);
      const lookups = await loadLookups(tx, known, mailbox.id, deps.keys);
      return { plan: planBatch(known, lookups, desk, ids, deps.clock.now()), settings: lookups.settings };
    });
  } catch (error) {
    if (isNotTheMessages(error)) throw error;
    const [only] = batch;
    if (batch.length > 1) {
      deps.log.warn('batch.split', { mailboxId: mailbox.id, messages: batch.length, err: error });
      let finished = 0;
      for (const message of batch) finished += await carryOut(deps, mailbox, lease, desk, [message]);
      return finished;
    }
    if (only === undefined) return 0;
    const { claimed } = only;
    deps.log.error('message.failed', { inboundId: claimed.id, attempt: claimed.attempts, err: error });
    if (claimed.attempts < deps.attemptWaitsMs.length) return 0;
    return carryOutPlaceholder(deps, mailbox, lease, desk, claimed, 'an error stopped the desk from storing it');
  }
}

async function carryOutPlaceholder(
  deps: InboundDeps,
  mailbox: Mailbox,
  lease: Lease,
  desk: Desk,
  claimed: ClaimedMessage,
  problem: string,
): Promise<number> {
  deps.log.error('message.placeholder', { inboundId: claimed.id, problem });
  return commit(deps, mailbox, lease, [claimed], async (tx, ids) => {
    const settings = settingsOf(await loadSettings(tx, [], []));
    const [known] = await findIdentities(tx, [claimed.contentKey], []);
    const plan = planPlaceholder(claimed, desk, ids, problem);
    // Another delivery of the same message has its ticket, or its reason for none: a second entry would be a second message.
    return { plan: known === undefined ? plan : withoutTicket(plan, known), settings };
  });
}

const MAX_RACES = 5;

async function commit(
  deps: InboundDeps,
  mailbox: Mailbox,
  lease: Lease,
  messages: readonly unknown[],
  makePlan: (tx: Tx, ids: TakenIds) => Promise<{ plan: BatchPlan; settings: ReturnType<typeof settingsOf> }>,
): Promise<number> {
  const count = messages.length;
  for (let races = 0; ; races += 1) {
    try {
      const plan = await inTransaction(deps.db, async (tx) => {
        await requireLease(tx, lease);
        const ids = await takeIds(tx, {
          contacts: count,
          tickets: count,
          ticket_entries: 4 * count,
          events: 4 * count,
        });
        const made = await makePlan(tx, ids);
        await applyPlan(tx, made.plan, { mailbox, lease, keys: deps.keys, settings: made.settings });
        deps.checkpoint('tx2.before');
        return made.plan;
      });
      deps.checkpoint('tx2.after');
      deps.onDecided?.(plan);
      return plan.finished.length;
    } catch (error) {
      if (!(error instanceof Raced) || races >= MAX_RACES) throw error;
    }
  }
}

const isNotTheMessages = (error: unknown): boolean =>
  error instanceof LeaseLost || error instanceof Raced || isDatabaseTrouble(error);
