import type { Db } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import { sleep } from '../lib/abort.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { imapAccount } from '../mailboxes/model.ts';
import type { OpenSource } from '../mailboxes/source.ts';
import { findGeneration, listMailboxes, missingUids } from '../mailboxes/store.ts';
import type { BalanceParts } from './ledger-store.ts';
import { countParts, countVanished, INVARIANTS } from './ledger-store.ts';

/** What the ledger found: every invariant asked, and the balance of every mailbox. */
export interface LedgerReport {
  readonly isClean: boolean;
  readonly invariants: readonly { readonly id: string; readonly says: string; readonly breaches: readonly string[] }[];
  readonly mailboxes: readonly MailboxBalance[];
}

export interface MailboxBalance {
  readonly mailbox: string;
  readonly isPaused: boolean;
  /** Why the server could not be asked; null when it was. */
  readonly problem: string | null;
  readonly onServer: number;
  readonly parts: BalanceParts;
  /** UIDs that another program removed before they could be read. No breach, but worth knowing. */
  readonly vanished: number;
  /** UIDs on the server that we do not have: all of them, for they are a part of the sum. */
  readonly unaccounted: readonly number[];
}

/** Mail that came this very moment is on its way to us: look again this often before calling it lost. */
const LOOKS = 6;
const LOOK_AGAIN_MS = 2_000;
/** UIDs that a line names; the count says how many there are. */
const MAX_NAMED = 100;

/** Checks N1 to N8 in SQL and each mailbox against its server (FEATURES B-01). Reads only. */
export async function checkLedger(
  deps: { readonly db: Db; readonly keys: Keys; readonly openSource: OpenSource },
  signal: AbortSignal,
): Promise<LedgerReport> {
  const invariants: LedgerReport['invariants'][number][] = [];
  for (const { id, says, find } of INVARIANTS) {
    invariants.push({ id, says, breaches: (await find(deps.db)).map(({ name }) => name) });
  }
  const mailboxes: MailboxBalance[] = [];
  for (const mailbox of await listMailboxes(deps.db)) mailboxes.push(await balanceOf(deps, mailbox, signal));
  const isClean =
    invariants.every(({ breaches }) => breaches.length === 0) && mailboxes.every((balance) => !isBreach(balance));
  return { isClean, invariants, mailboxes };
}

/** Mail of a paused mailbox waits on its server because somebody wants it so. */
const isBreach = ({ isPaused, problem, unaccounted }: MailboxBalance): boolean =>
  !isPaused && (problem !== null || unaccounted.length > 0);

async function balanceOf(
  { db, keys, openSource }: { readonly db: Db; readonly keys: Keys; readonly openSource: OpenSource },
  mailbox: Mailbox,
  signal: AbortSignal,
): Promise<MailboxBalance> {
  const empty = {
    mailbox: mailbox.address,
    isPaused: mailbox.status === 'paused',
    onServer: 0,
    vanished: 0,
    unaccounted: [],
    parts: await countParts(db, 0, null),
  };
  const opened = await openSource(imapAccount(keys, mailbox), signal);
  if (!opened.ok) return { ...empty, problem: `${opened.error.reason} ${opened.error.advice}` };
  const source = opened.value;
  try {
    const { path, uidValidity } = source.folder;
    const generation = await findGeneration(db, mailbox.id, path, uidValidity);
    if (generation === null) return { ...empty, problem: 'it has not been read yet: is a worker running?' };
    const uids: number[] = [];
    for await (const page of source.uids(generation.baselineUid)) uids.push(...page);
    let unaccounted = await missingUids(db, generation.id, uids);
    for (let look = 1; look < LOOKS && unaccounted.length > 0 && !empty.isPaused; look += 1) {
      await sleep(LOOK_AGAIN_MS, signal);
      unaccounted = await missingUids(db, generation.id, uids);
    }
    const parts = await countParts(db, generation.id, uids);
    return {
      ...empty,
      problem: null,
      onServer: uids.length,
      parts,
      vanished: await countVanished(db, generation.id),
      unaccounted,
    };
  } finally {
    await source.close();
  }
}

const PART_WORDS: Readonly<Record<keyof BalanceParts, string>> = {
  ticketsAndReplies: 'tickets and replies',
  held: 'held',
  automatic: 'automatic or own',
  rejected: 'rejected',
  mutes: 'wishes to hear less',
  duplicates: 'delivered again',
  waiting: 'being read',
  beforeOurTime: 'from before the desk',
};

/** "server 12 = 9 tickets and replies + 2 held + 1 automatic or own + 0 unaccounted". */
function balanceLine({
  onServer,
  parts,
  unaccounted,
}: Pick<MailboxBalance, 'onServer' | 'parts' | 'unaccounted'>): string {
  const shown = balanceParts(parts).map(({ words, count }) => `${count} ${words}`);
  return `server ${onServer} = ${[...shown, `${unaccounted.length} unaccounted`].join(' + ')}`;
}

/** The parts that are not zero, in their order, in words. */
export const balanceParts = (parts: BalanceParts): readonly { readonly words: string; readonly count: number }[] =>
  (Object.keys(PART_WORDS) as (keyof BalanceParts)[])
    .filter((part) => parts[part] > 0 || part === 'ticketsAndReplies')
    .map((part) => ({ words: PART_WORDS[part], count: parts[part] }));

/** The report as an operator reads it. */
export function ledgerLines(report: LedgerReport): readonly string[] {
  return [
    ...report.invariants.flatMap(({ id, says, breaches }) =>
      breaches.length === 0
        ? [`ok      ${id.padEnd(12)} ${says}`]
        : [`BREACH  ${id.padEnd(12)} ${says}:`, ...breaches.map((name) => `          ${name}`)],
    ),
    ...report.mailboxes.flatMap(mailboxLines),
  ];
}

function mailboxLines(balance: MailboxBalance): readonly string[] {
  const { mailbox, isPaused, problem, vanished, unaccounted } = balance;
  const word = isBreach(balance) ? 'BREACH' : 'ok    ';
  const paused = isPaused ? ' (paused: what is unaccounted waits on the server)' : '';
  if (problem !== null) return [`${word}  ${mailbox}${paused}: the server could not be compared: ${problem}`];
  return [
    `${word}  ${mailbox}${paused}: ${balanceLine(balance)}`,
    ...(unaccounted.length > 0
      ? [`          UIDs ${unaccounted.slice(0, MAX_NAMED).join(', ')}${unaccounted.length > MAX_NAMED ? ', ...' : ''}`]
      : []),
    ...(vanished > 0 ? [`          ${vanished} vanished before they could be read`] : []),
  ];
}
