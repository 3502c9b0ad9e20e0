import type { Queryable } from '../db/client.ts';
import type { TicketId } from '../db/ids.ts';
import { sentRuns, shinglesOf } from '../mail/shingles.ts';
import type { SentText } from '../mail/shingles.ts';
import type { InternalWords, PublicWords } from './leak-store.ts';
import { listInternalWords, listPublicWords } from './leak-store.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import type { ClaimedNotification } from './outbox-store.ts';
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

/**
 * The leak stop (FEATURES B-15): mail to customers that has words of an internal note is not sent, and says so. Words
 * count that stand in a row in the note and that nobody outside knew before: a note may quote a customer.
 *
 * One statement for all of them, and another one for each ticket where something was found.
 */
export async function holdQuotedNotes<Mail extends Written>(
  db: Queryable,
  templates: Templates,
  mails: readonly Mail[],
): Promise<readonly Mail[]> {
  const suspects = mails.filter(isToBeCompared);
  if (suspects.length === 0) return mails;
  const ticketIds = new Set(suspects.flatMap(({ claimed }) => claimed.ticketId ?? []));
  const numbers = new Set(suspects.flatMap(({ words }) => itemNumbers(words?.view)));
  const internal = await listInternalWords(db, [...ticketIds], [...numbers]);
  if (internal.length === 0) return mails;
  const byTicket = Map.groupBy(internal, ({ ticketId }) => ticketId);
  const compared = new Map([...byTicket].map(([id, notes]) => [id, { notes, all: shinglesOf(notes.map(textOf)) }]));
  const reasons = new Map<Mail, string>();
  for (const mail of suspects) {
    const named = new Set(itemNumbers(mail.words?.view));
    for (const [ticketId, { notes, all }] of compared) {
      if (ticketId !== mail.claimed.ticketId && !named.has(notes[0]?.number ?? 0)) continue;
      if (mail.words === null || sentRuns(saidBy(mail.words), all).length === 0) continue;
      const known = await listPublicWords(db, ticketId as TicketId);
      const leaked = findLeaked(mail.words, notes, known, frameOf(templates, mail.words.view, mail.claimed.locale));
      if (leaked !== null) reasons.set(mail, reasonOf(leaked, mail.claimed));
    }
  }
  return mails.map((mail) => ({ ...mail, bytes: reasons.get(mail) ?? mail.bytes }));
}

/** Only what carries people's own words can carry a note's. */
function isToBeCompared({ claimed, bytes, words }: Written): boolean {
  if (words === null || typeof bytes === 'string' || claimed.mayQuoteNotes) return false;
  const { view } = words;
  return MAIL_KINDS[view.kind].audience === 'customers' && ('entry' in view || 'items' in view);
}

const itemNumbers = (view: MailView | undefined): readonly number[] =>
  view !== undefined && 'items' in view ? view.items.flatMap(({ number }) => number ?? []) : [];

/** The text part, and what the view holds: a template may say in its HTML part what its text part leaves out. */
const saidBy = ({ view, text }: NonNullable<Written['words']>): string =>
  [text, ...('entry' in view ? [view.entry.text] : []), ...('items' in view ? view.items.map((one) => one.text) : [])]
    .filter((words) => words !== null)
    .join('\n');

const textOf = ({ text }: { readonly text: string }): string => text;

/** The first note that the mail has words of that were not known outside when it was written. */
function findLeaked(
  words: NonNullable<Written['words']>,
  notes: readonly InternalWords[],
  known: readonly PublicWords[],
  frame: string,
): InternalWords | null {
  const text = saidBy(words);
  for (const note of notes) {
    const said = shinglesOf([note.text]);
    // Most of them: what was known before is looked at for the others alone, for there may be much of it.
    if (sentRuns(text, said).length === 0) continue;
    const before = known.filter(({ entryId, isKnown }) => isKnown || entryId < note.entryId);
    const harmless = shinglesOf([frame, ...before.map(textOf)]);
    if (sentRuns(text, without(said, harmless)).length > 0) return note;
  }
  return null;
}

const without = ({ shingles, links }: SentText, others: SentText): SentText => ({
  shingles: new Set([...shingles].filter((shingle) => !others.shingles.has(shingle))),
  links,
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
    return renderMail(templates, empty, locale).text;
  } catch {
    return '';
  }
}

const reasonOf = ({ entryId, number }: InternalWords, { id }: ClaimedNotification): string =>
  `held back: it has words of internal note ${entryId} of ticket ${number}; ` +
  `read both, and send it all the same with: deskbell outbox retry ${id} --anyway`;
