import type { ContactId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Settings } from '../settings/resolve.ts';
import type { StoredMail } from './backtest-store.ts';
import type { BatchPlan } from './batch-plan.ts';
import { planBatch } from './batch-plan.ts';
import type { Clues, SenderMatch } from './facts.ts';
import { askerOf, attachedTo } from './facts.ts';
import type { Foreseen, ReplayedMail } from './replay-difference.ts';
import { deskOf, understoodAgain } from './replay-mail.ts';
import { oweIn } from './replay-owed.ts';
import type { Lane } from './replay-sync.ts';
import { syncTicket } from './replay-sync.ts';
import type { Before, World } from './replay-world.ts';
import { enter, lookupsIn } from './replay-world.ts';

/** A world and the settings that hold in it. */
export interface SettledWorld {
  readonly world: World;
  readonly settings: Settings;
}

/**
 * Decides again about what was decided in one transaction, in both worlds, and enters what each makes of it.
 *
 * @param mails in order, with clues
 * @returns those mails, and how often an operator had changed a ticket before one of them came to it
 */
export async function replayBatch(
  mails: readonly StoredMail[],
  worlds: readonly [old: SettledWorld, fresh: SettledWorld],
  before: Before,
  keys: Keys,
): Promise<{ readonly replayed: readonly ReplayedMail[]; readonly changedTickets: number }> {
  const nowUs = mails[0]?.decidedAtUs ?? 0;
  const [old, fresh] = worlds.map(({ world, settings }): Planned => ({
    world,
    lookups: lookupsIn(world, before, mails, settings, new Date(nowUs / 1000)),
    plans: [],
  })) as [Planned, Planned];
  let changedTickets = 0;
  for (const mail of mails) {
    if (syncTicket(mail, old, [old, fresh])) changedTickets += 1;
    for (const lane of [old, fresh]) lane.plans.push(planAgain(mail, mails, lane));
  }
  const [was, would] = [await finish(old, mails, before, keys, nowUs), await finish(fresh, mails, before, keys, nowUs)];
  const replayed = mails.map((mail, index) => ({ mail, old: was[index] as Foreseen, fresh: would[index] as Foreseen }));
  return { replayed, changedTickets };
}

interface Planned extends Lane {
  readonly plans: BatchPlan[];
}

/** Events are numbered by the mail that causes them, so that what they owe is known as its. */
const EVENTS_EACH = 4;

function planAgain(mail: StoredMail, mails: readonly StoredMail[], { lookups }: Lane): BatchPlan {
  const { duplicateOf, clues } = mail.facts;
  const key = mail.contentKey.toString('hex');
  // Whichever settings there were, it had come before.
  if (duplicateOf !== null) lookups.identities.set(key, { inboundId: duplicateOf, ticketId: null });
  const number: number = mail.id;
  const event = number * EVENTS_EACH;
  const ids = {
    // What it really made has its number in every world, so that what operators set for it holds there too.
    contacts: [madeContact(mail) ?? -number],
    tickets: [mail.verdict === 'opened' && mail.ticketId !== null ? mail.ticketId : -number],
    ticket_entries: [0, 0, 0, 0],
    events: [event, event + 1, event + 2, event + 3],
  };
  const now = new Date(mail.decidedAtUs / 1000);
  const understood = understoodAgain(mail, clues as Clues);
  // Nobody could have put it into a ticket that there is not.
  const into = attachedTo(mail.facts);
  const isNowhere = into !== null && !lookups.tickets.has(into.ticketId);
  const message = isNowhere ? { ...understood, claimed: { ...understood.claimed, released: null } } : understood;
  return planBatch([message], lookups, deskOf(mails, mail.mailboxId), ids, now);
}

/** The contact that a mail has really made; null when it made none. */
export function madeContact({ verdict, facts, author }: StoredMail): ContactId | null {
  if ((verdict !== 'opened' && verdict !== 'appended') || !NEW.has(askerOf(facts).is)) return null;
  const id = /^contact:(\d+)$/.exec(author ?? '')?.[1];
  return id === undefined ? null : (Number(id) as ContactId);
}

/** Whoever asks as one of these and has a contact by that is a new one. */
const NEW: ReadonlySet<SenderMatch['is']> = new Set(['unknown', 'erased']);

async function finish(
  { world, lookups, plans }: Planned,
  mails: readonly StoredMail[],
  before: Before,
  keys: Keys,
  nowUs: number,
): Promise<readonly Foreseen[]> {
  enter(world, lookups, plans, mails);
  const owed = await oweIn(world, before, lookups, plans, keys, nowUs);
  return mails.map((mail, index) => {
    const { finished, contacts } = plans[index] as BatchPlan;
    const [done] = finished;
    if (done === undefined) throw new Error(`mail ${mail.id} was decided about, and would wait when it is replayed`);
    const { status, verdict, reason, rule, ticketId } = done;
    const mine = owed.filter(({ eventId }) => Math.floor(eventId / EVENTS_EACH) === mail.id);
    return { status, verdict, reason, rule, ticketId, contacts: contacts.map(({ address }) => address), owed: mine };
  });
}
