import { parseMessage } from '../../src/mail/parse.ts';
import { foldOf } from '../../src/notifications/folds.ts';
import type { NotificationKind } from '../../src/notifications/views.ts';
import { getMailView } from '../../src/notifications/views.ts';
import type { Bursts } from './bursts.ts';
import type { Rig } from './rig.ts';
import { OPERATOR } from './rig.ts';

/** What somebody was owed of an event, or a digest. */
interface Told {
  readonly id: number;
  readonly kind: NotificationKind;
  readonly state: string;
  readonly reason: string | null;
  readonly messageId: string;
  readonly eventId: number;
  readonly at: Date;
  readonly event: string;
  readonly recipient: string;
  readonly mailboxId: number;
  readonly number: number | null;
  readonly foldedInto: number | null;
  readonly text: string | null;
  readonly view: unknown;
}

type Figures = readonly (readonly [string, number])[];

/** What became of a notice: each has exactly one of these fates (FEATURES B-06). */
type Fate = 'by itself' | 'in a digest' | 'unsure' | 'refused' | 'not told';

/**
 * FEATURES B-06: whoever was to be told of an event was told of it once, by a mail of their own or in one digest that
 * lists it; or nobody knows whether the server took that mail; or a row says why not.
 */
export async function countTold(rig: Rig, bursts: Bursts, breaches: string[]): Promise<Figures> {
  const rows = await rig.db.sql<Told[]>`
    select n.id, n.kind, n.state, n.reason, n.message_id as "messageId", n.event_id as "eventId", v.at, v.kind as event,
      n.recipient, n.mailbox_id as "mailboxId", t.number, n.folded_into as "foldedInto", e.text, n.view
    from notifications n join events v on v.id = n.event_id left join tickets t on t.id = v.ticket_id
    left join ticket_entries e on e.id = v.entry_id order by n.id`;
  const digests = new Map(rows.filter(isDigest).map((digest) => [digest.id, digest]));
  const notices = rows.filter((row) => foldOf(row.kind) !== null);
  const copies = rig.smtp.copies();
  const fates = new Map<Fate, number>();
  for (const notice of notices) {
    const digest = notice.foldedInto === null ? null : (digests.get(notice.foldedInto) ?? null);
    const wrong = whatIsWrong(notice, digest, copies);
    if (wrong !== null) breaches.push(`${nameOf(notice)}: ${wrong}`);
    const fate = fateOf(notice.state === 'folded' && digest !== null ? digest : notice, digest !== null);
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
  }
  const twice = Map.groupBy(notices, ({ eventId, kind, recipient }) => `${kind} of event ${eventId} to ${recipient}`);
  for (const [name, same] of twice) if (same.length > 1) breaches.push(`owed ${same.length} times: ${name}`);
  const listed = Map.groupBy(notices, ({ foldedInto }) => foldedInto);
  let told = 0;
  for (const digest of digests.values()) {
    const items = listed.get(digest.id) ?? [];
    if (digest.state === 'sent') told += items.length;
    breaches.push(...(await wrongsOf(digest, items, rig)).map((wrong) => `${nameOf(digest)}: ${wrong}`));
  }
  if ((fates.get('in a digest') ?? 0) !== told)
    breaches.push(`${fates.get('in a digest') ?? 0} notices are told in digests, which list ${told}`);
  breaches.push(...(await untold(rig, bursts, rows)));
  const sent = [...digests.values()].filter(({ state }) => state === 'sent');
  return [
    ['notices owed, for each event and reader', notices.length],
    ['  told in a mail of their own', fates.get('by itself') ?? 0],
    ['  listed in one digest that was sent', fates.get('in a digest') ?? 0],
    ['  in a mail of unknown fate', fates.get('unsure') ?? 0],
    ['  in a mail that was refused', fates.get('refused') ?? 0],
    ['  not told, and a row says why', fates.get('not told') ?? 0],
    ['digests sent', sent.length],
    ['  the longest lists', Math.max(0, ...sent.map(({ id }) => listed.get(id)?.length ?? 0))],
    ['changes of tickets confirmed', bursts.updates.length],
    ['people let in, as confirmed', bursts.letIns.length],
  ];
}

const isDigest = ({ kind }: Told): boolean => kind === 'digest' || kind === 'staff_digest';

const nameOf = ({ id, kind, eventId, recipient, state }: Told): string =>
  `${kind} ${id} of event ${eventId} to ${recipient} (${state})`;

/** Of the mail that carries it. */
function fateOf({ state }: Told, isListed: boolean): Fate {
  if (state === 'sent') return isListed ? 'in a digest' : 'by itself';
  if (state === 'uncertain') return 'unsure';
  return state === 'failed' ? 'refused' : 'not told';
}

function whatIsWrong(notice: Told, digest: Told | null, copies: ReadonlyMap<string, number>): string | null {
  const { kind, state, foldedInto, messageId, recipient, mailboxId, reason } = notice;
  if (state !== 'folded') {
    if (foldedInto !== null) return `it is told in digest ${foldedInto} too`;
    return state === 'sent' || reason !== null ? null : 'no row says why it was not told';
  }
  if (copies.has(messageId)) return 'it went out by itself too';
  if (digest === null) return foldedInto === null ? 'no digest tells of it' : `${foldedInto} is no digest`;
  if (digest.kind !== foldOf(kind)?.digest) return `it is told in a ${digest.kind}`;
  return digest.recipient === recipient && digest.mailboxId === mailboxId ? null : `told to ${digest.recipient}`;
}

/** What a digest says of each kind, as the English mail has it. */
const SAYS: Partial<Readonly<Record<NotificationKind, RegExp>>> = {
  contact_replied: /^(?!>)\S.* wrote:$/gm,
  staff_contact_replied: /^(?!>)\S.* wrote:$/gm,
  participant_added: /^You take part in it from now on[.:]/gm,
  ticket_pending: /^The request waits[.:]/gm,
  ticket_resolved: /^The request is resolved[.:]/gm,
  ticket_reopened: /^The request was taken up again[.:]/gm,
  staff_note_added: /^(?!>)\S.* left a note:$/gm,
  staff_assigned: /^(?:(?!>)\S.* gave the ticket to you|The ticket was given to you)[.:]/gm,
  delivery_failed: /^A mail of ours was not delivered[.:]/gm,
};

/** Its items, those that the mail lists as it arrived, and the notices that say it told of them are the same. */
async function wrongsOf(digest: Told, notices: readonly Told[], { smtp }: Rig): Promise<readonly string[]> {
  const view = getMailView(digest.view);
  const items = 'items' in view ? view.items : [];
  const named = (some: readonly { readonly kind: string; readonly at: string }[]) =>
    some
      .map(({ kind, at }) => `${kind} ${at}`)
      .toSorted()
      .join(', ');
  const wrongs: string[] = [];
  const listed = notices.map(({ kind, at }) => ({ kind, at: at.toISOString() }));
  if (named(items) !== named(listed)) wrongs.push(`it lists ${named(items)}; ${named(listed)} are told in it`);
  const arrived = smtp.accepted.find(({ messageId }) => messageId === digest.messageId)?.bytes ?? null;
  if (arrived === null) return digest.state === 'sent' ? [...wrongs, 'it never arrived'] : wrongs;
  const { text } = await parseMessage(arrived);
  for (const [kind, same] of Map.groupBy(notices, (notice) => notice.kind)) {
    const said = SAYS[kind];
    if (said === undefined) continue;
    const found = text.match(said)?.length ?? 0;
    if (found !== same.length) wrongs.push(`it says ${kind} ${found} times, not ${same.length}`);
  }
  for (const { text: words } of notices) {
    const mark = /[Tt]his is (?:message|token reply) \d+[.]/.exec(words ?? '')?.[0];
    if (mark !== undefined && !text.includes(mark)) wrongs.push(`it does not say "${mark}"`);
  }
  return wrongs;
}

/** What was confirmed to operators, and of which nobody was told, nor has a row that says why not. */
async function untold({ db }: Rig, { letIns, updates }: Bursts, rows: readonly Told[]): Promise<readonly string[]> {
  const happened = await db.sql<{ id: number; kind: string; number: number; sender: string | null }[]>`
    select v.id, v.kind, t.number, d.facts #>> '{sender,address}' as sender
    from events v join tickets t on t.id = v.ticket_id left join decisions d on d.inbound_id = v.inbound_id
    where v.kind in ('contact_replied', 'note_added') or v.actor = 'system:faults'`;
  const owed = new Set(rows.map(({ eventId, recipient }) => `${eventId} ${recipient}`));
  const owedAny = new Set(rows.map(({ eventId }) => eventId));
  const breaches: string[] = [];
  for (const { number, address, afterEventId } of letIns) {
    for (const one of happened) {
      const isTheirs = one.kind === 'contact_replied' && one.number === number && one.id > afterEventId;
      if (isTheirs && one.sender !== address && !owed.has(`${one.id} ${address}`))
        breaches.push(`event ${one.id} of ticket ${number} is not owed to ${address}, who was let in before`);
    }
  }
  const confirmed = Map.groupBy(updates, ({ event, number }) => `${event} of ticket ${number}`);
  const events = Map.groupBy(happened, ({ kind, number }) => `${kind} of ticket ${number}`);
  for (const [name, some] of confirmed) {
    const found = events.get(name) ?? [];
    if (found.length < some.length) breaches.push(`${name} was confirmed ${some.length} times: ${found.length} events`);
    for (const { id, kind } of found) {
      const isOwed = kind === 'note_added' ? owed.has(`${id} ${OPERATOR}`) : owedAny.has(id);
      if (!isOwed) breaches.push(`event ${id}, ${name}, is owed to nobody`);
    }
  }
  return breaches;
}
