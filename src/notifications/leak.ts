import type { Queryable } from '../db/client.ts';
import type { TicketId } from '../db/ids.ts';
import type { Log } from '../lib/log.ts';
import { createPace } from '../lib/pace.ts';
import { rareTerms } from '../mail/rare-terms.ts';
import { rowsOfWords, wordsOf } from '../mail/shingles.ts';
import { HELD_BACK } from './intervene.ts';
import type { InternalTrove, InternalWords } from './leak-store.ts';
import { listInternalWords, listPublicWords, listTroves, noteUncompared } from './leak-store.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import type { ClaimedNotification } from './outbox-store.ts';
import type { Knowledge, NoteText, Said } from './quoted.ts';
import { isQuoted, LONG_ROW, mayBeQuoted, saidIn } from './quoted.ts';
import { renderMail } from './render.ts';
import type { Templates } from './templates.ts';
import type { MailView } from './views.ts';

/** A mail that was written just now, or why it was not. */
export interface Written {
  readonly claimed: ClaimedNotification;
  readonly bytes: Buffer | string;
  /** What it says; null: it was written at an earlier attempt, or not at all. */
  readonly words: { readonly view: MailView; readonly text: string } | null;
}

/** Of the notes of one ticket, the newest; and of what everybody may read of it. */
const MAX_COMPARED_BYTES = 4 * 1024 * 1024;
/** Of the notes of several tickets at once. */
const MAX_LOADED_BYTES = 2 * MAX_COMPARED_BYTES;

/**
 * The leak stop (FEATURES B-15): mail to customers that has words of an internal note is not sent, and says so. Which
 * words count, `isQuoted` says; what was known outside before counts not, for a note may quote a customer. A ticket's
 * notes are those of all tickets that are one with it by now. Where there are more than are compared, the mail's record
 * says so.
 *
 * One question for all mails; the texts are read only where there are notes. Linear in mails and notes.
 */
export async function holdQuotedNotes<Mail extends Written>(
  db: Queryable,
  templates: Templates,
  log: Log,
  mails: readonly Mail[],
): Promise<readonly Mail[]> {
  const suspects = mails.flatMap(suspectOf);
  if (suspects.length === 0) return mails;
  const troves = await listTroves(
    db,
    [...new Set(suspects.flatMap(({ claimed }) => claimed.ticketId ?? []))],
    [...new Set(suspects.flatMap(({ numbers }) => [...numbers]))],
  );
  const reasons = new Map<ClaimedNotification, string>();
  const uncompared = new Map<ClaimedNotification, string>();
  for (const some of chunksOf(troves)) {
    const notes = Map.groupBy(
      await listInternalWords(
        db,
        some.map(({ rootId }) => rootId),
        MAX_COMPARED_BYTES,
      ),
      byRoot,
    );
    for (const trove of some) {
      const concerned = suspects.filter((one) => isConcerned(one, trove));
      const found = notes.get(trove.rootId) ?? [];
      for (const { claimed, note } of await findLeaks(db, templates, trove.rootId, concerned, found)) {
        if (!reasons.has(claimed)) reasons.set(claimed, reasonOf(claimed, note));
      }
      const left = trove.sizeBytes <= MAX_COMPARED_BYTES ? 0 : trove.count - found.filter(isWhole).length;
      for (const { claimed } of concerned) if (left > 0) uncompared.set(claimed, uncomparedWords(left));
    }
  }
  const untold = [...uncompared].filter(([claimed]) => !reasons.has(claimed));
  for (const [{ id, ticketId }, said] of untold)
    log.warn('notification.not_compared', { notificationId: id, ticketId, said });
  await noteUncompared(
    db,
    untold.map(([{ id }, said]) => ({ id, said })),
  );
  return mails.map((mail) => ({ ...mail, bytes: reasons.get(mail.claimed) ?? mail.bytes }));
}

/** A mail that may carry a note's words. */
interface Suspect {
  readonly claimed: ClaimedNotification;
  readonly view: MailView;
  readonly text: string;
  /** The tickets it names. */
  readonly numbers: ReadonlySet<number>;
}

/** Only what carries people's own words can carry a note's. */
function suspectOf({ claimed, bytes, words }: Written): readonly Suspect[] {
  if (words === null || typeof bytes === 'string' || claimed.mayQuoteNotes) return [];
  const { view } = words;
  if (MAIL_KINDS[view.kind].audience !== 'customers' || !('entry' in view || 'items' in view)) return [];
  const numbers = 'items' in view ? view.items.flatMap(({ number }) => number ?? []) : [];
  return [{ claimed, view, text: saidBy(words.text, view), numbers: new Set(numbers) }];
}

/** The text part, and what the view holds: a template may say in its HTML part what its text part leaves out. */
const saidBy = (text: string, view: MailView): string =>
  [text, ...('entry' in view ? [view.entry.text] : []), ...('items' in view ? view.items.map((one) => one.text) : [])]
    .filter((words) => words !== null)
    .join('\n\n');

const isConcerned = ({ claimed, numbers }: Suspect, trove: InternalTrove): boolean =>
  (claimed.ticketId !== null && trove.ticketIds.includes(claimed.ticketId)) ||
  trove.numbers.some((number) => numbers.has(number));

/** As many troves as may be loaded at once. */
function* chunksOf(troves: readonly InternalTrove[]): Generator<readonly InternalTrove[]> {
  let chunk: InternalTrove[] = [];
  let loaded = 0;
  for (const trove of troves) {
    const size = Math.min(trove.sizeBytes, MAX_COMPARED_BYTES);
    if (chunk.length > 0 && loaded + size > MAX_LOADED_BYTES) {
      yield chunk;
      [chunk, loaded] = [[], 0];
    }
    chunk.push(trove);
    loaded += size;
  }
  if (chunk.length > 0) yield chunk;
}

const byRoot = ({ rootId }: InternalWords): TicketId => rootId;
const isWhole = (note: InternalWords): boolean => note.isWhole;

interface Leak {
  readonly claimed: ClaimedNotification;
  readonly note: InternalWords;
}

/** Which of these mails have words of which note; what was known outside is looked at only where one seems to. */
async function findLeaks(
  db: Queryable,
  templates: Templates,
  rootId: TicketId,
  suspects: readonly Suspect[],
  notes: readonly InternalWords[],
): Promise<readonly Leak[]> {
  const all = saidIn(suspects.map(({ text }) => text));
  const pace = createPace();
  const quotable: (InternalWords & NoteText)[] = [];
  for (const note of notes) {
    const read = { ...note, words: wordsOf(note.text) };
    if (mayBeQuoted(read, all) && isQuoted(read, all, NOTHING_KNOWN)) quotable.push(read);
    await pace();
  }
  if (quotable.length === 0) return [];
  const known = await whenKnown(db, rootId, all);
  const leaks: Leak[] = [];
  for (const { claimed, view, text } of suspects) {
    const said = saidIn([text]);
    const frame = knownIn(frameOf(templates, view, claimed.locale));
    for (const note of quotable) {
      await pace();
      const { entryId } = note;
      const isKnown = (since: number | undefined) => since !== undefined && since < entryId;
      const knowledge: Knowledge = {
        hasRow: (row) => frame.rows.has(row) || isKnown(known.rows.get(row)),
        hasTerm: (key) => frame.terms.has(key) || isKnown(known.terms.get(key)),
      };
      if (!isQuoted(note, said, knowledge)) continue;
      leaks.push({ claimed, note });
      break;
    }
  }
  return leaks;
}

const NOTHING_KNOWN: Knowledge = { hasRow: () => false, hasTerm: () => false };

/** Since which entry something is known outside; 0: whenever the note was written. Of rows those that are said alone. */
async function whenKnown(
  db: Queryable,
  rootId: TicketId,
  { long }: Said,
): Promise<{ readonly rows: ReadonlyMap<string, number>; readonly terms: ReadonlyMap<string, number> }> {
  const [rows, terms] = [new Map<string, number>(), new Map<string, number>()];
  const note = (known: Map<string, number>, key: string, since: number) =>
    known.set(key, Math.min(since, known.get(key) ?? since));
  const pace = createPace();
  for (const { entryId, isKnown, text } of await listPublicWords(db, rootId, MAX_COMPARED_BYTES)) {
    const since = isKnown ? 0 : entryId;
    for (const row of rowsOfWords(wordsOf(text), LONG_ROW)) if (long.has(row)) note(rows, row, since);
    for (const { key } of rareTerms(text)) note(terms, key, since);
    await pace();
  }
  return { rows, terms };
}

const knownIn = (text: string): { readonly rows: ReadonlySet<string>; readonly terms: ReadonlySet<string> } => ({
  rows: new Set(rowsOfWords(wordsOf(text), LONG_ROW)),
  terms: new Set(rareTerms(text).map(({ key }) => key)),
});

/** What the template itself says: a note may quote our own mail. One that cannot do without words is asked for none. */
function frameOf(templates: Templates, view: MailView, locale: string): string {
  const empty: MailView =
    'entry' in view
      ? { ...view, entry: { ...view.entry, text: '' } }
      : 'items' in view
        ? { ...view, items: view.items.map((item) => ({ ...item, text: null })) }
        : view;
  try {
    const { subject, text } = renderMail(templates, empty, locale);
    return `${subject}\n\n${text}`;
  } catch {
    return '';
  }
}

/** By its time, for so the ticket's record shows it. */
const reasonOf = ({ id }: ClaimedNotification, { number, at }: InternalWords): string =>
  `${HELD_BACK}: it has words of the internal note of ${at.toISOString().slice(0, 16).replace('T', ' ')}Z in ticket ${number}; ` +
  `read both with: deskbell ticket show ${number}; send it all the same with: deskbell outbox retry ${id} --anyway`;

const uncomparedWords = (count: number): string =>
  `not compared with ${count === 1 ? 'the oldest internal note' : `the oldest ${count} internal notes`} of its ticket: ` +
  `the newest ${MAX_COMPARED_BYTES / 1024 / 1024} MB were, and held nothing back`;
