import { perform } from '../../src/access/operation.ts';
import type { OperationDeps } from '../../src/access/operation.ts';
import { openDb } from '../../src/db/client.ts';
import { showContacts } from '../../src/contacts/operations.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { createOwe } from '../../src/notifications/owe.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import { showTickets } from '../../src/tickets/list-operations.ts';
import { fillMailbox, measureBacklog } from './backlog.ts';
import { growTo, LAST } from './growth-seed.ts';
import type { DeskSize } from './growth-seed.ts';
import type { BenchMailbox, Rig } from './rig.ts';

/** What a desk of one size costs. */
export interface GrowthFigures {
  readonly size: DeskSize;
  readonly cpuMsPerMessage: number;
  readonly messagesPerSecond: number;
  readonly cpuMsPerSearch: number;
  readonly cpuMsPerList: number;
}

export const SMALL: DeskSize = { contacts: 10_000, addresses: 25_000, messages: 10_000 };
export const TENTH: DeskSize = { contacts: 100_000, addresses: 250_000, messages: 100_000 };
export const FULL: DeskSize = { contacts: 100_000, addresses: 250_000, messages: 1_000_000 };

/** Of one statement that writes the past, or cleans up behind it. */
const GROWING_LIMIT_MS = 600_000;
/** Enough that a step of the kernel's clock is no percent of it. */
const SEARCHES = 600;
const LISTS = 60;
/**
 * Parts of names, addresses and phones; two words; of nobody. Each finds one person or none however large the desk is:
 * what a search costs, not what its answer costs.
 */
const searchOf = (n: number): string => {
  const person = (n * 7) % SMALL.contacts;
  const padded = String(person).padStart(6, '0');
  const name = LAST[Math.floor(person / 7) % LAST.length] ?? '';
  return [`${name}${padded}`, `${padded}.2@company`, `weil ${padded}`, `30 0${padded}`, `nobody${n}`][n % 5] ?? '';
};

/**
 * Grows the desk to a size, and measures mail, searches and lists there.
 *
 * @param past the mailbox to which all that mail once came
 */
export async function measureGrowth(
  rig: Rig,
  past: BenchMailbox,
  size: DeskSize,
  options: { readonly messages: number; readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<GrowthFigures> {
  const { messages, signal, say } = options;
  say(`growing to ${size.contacts} contacts, ${size.addresses} addresses and ${size.messages} messages`);
  const grower = openDb({
    url: rig.url,
    maxConnections: 1,
    applicationName: 'bench growth',
    statementTimeoutMs: GROWING_LIMIT_MS,
  });
  await growTo(grower, past.id, size).finally(() => grower.close());
  say('reading mail');
  const mailbox = await fillMailbox(rig, `growth${size.messages}`, { count: messages, seed: size.messages % 9973 });
  const { cpuMsPerMessage, messagesPerSecond } = await measureBacklog(rig, mailbox, messages, signal, say);
  say('searching');
  const deps = searchDeps(rig);
  const costOf = async (count: number, run: (n: number) => Promise<unknown>): Promise<number> => {
    const before = process.cpuUsage();
    const postgresBefore = await rig.postgresCpuMs();
    for (let n = 0; n < count; n += 1) {
      signal.throwIfAborted();
      await run(n);
    }
    const { user, system } = process.cpuUsage(before);
    return ((user + system) / 1_000 + (await rig.postgresCpuMs()) - postgresBefore) / count;
  };
  const actor = { is: 'system', name: 'bench' } as const;
  const search = (n: number) => perform(deps, actor, showContacts, { search: searchOf(n) });
  const list = async (n: number) => {
    await perform(deps, actor, showContacts, { customer: `Growth ${n}` });
    await perform(deps, actor, showTickets, { status: 'open', limit: 100 });
  };
  // The first of each prepare their statements.
  for (let n = 0; n < 20; n += 1) await search(n);
  await list(0);
  const cpuMsPerSearch = await costOf(SEARCHES, search);
  const cpuMsPerList = await costOf(LISTS, list);
  return { size, cpuMsPerMessage, messagesPerSecond, cpuMsPerSearch, cpuMsPerList };
}

function searchDeps({ db }: Rig): OperationDeps {
  const keys = deriveKeys(Buffer.alloc(32));
  return { db, keys, owe: createOwe(keys), openSource: openImap, openSmtpRoute, clock: systemClock, publicUrl: null };
}
