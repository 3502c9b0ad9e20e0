import type { OutboxRow } from '../notifications/operator-store.ts';
import { safeFileName } from '../mail/file-name.ts';
import type { FoldedSpan } from '../mail/reply.ts';
import type { AudienceRow, TicketGroup } from '../tickets/participant-store.ts';
import type { EntryRow, TicketRow } from '../tickets/store.ts';
import type { LinkRow } from '../tickets/thread-store.ts';
import { block, facts, line, table, time } from './table.ts';
import { peopleFacts } from './ticket-people.ts';

const KIND_WORDS: Readonly<Record<EntryRow['kind'], string>> = {
  mail: 'mail from',
  reply: 'answer of',
  note: 'note of',
  status: 'changed by',
};

const LINK_WORDS: Readonly<Record<LinkRow['kind'], string>> = {
  continues: 'continues',
  continued_by: 'continued by',
  may_belong_to: 'perhaps about',
  may_own: 'perhaps also',
  came_from: 'came from',
  gave: 'gave rise to',
  merged_here: 'took in',
};

type ShownEntry = EntryRow & { readonly notes: readonly string[]; readonly folded: readonly FoldedSpan[] };

/** A ticket as a person reads it: what it is, who takes part, what was written, what was sent. */
export function showTicketRecord(
  {
    ticket,
    participants,
    groups,
    entries,
    links,
    mails,
  }: {
    readonly ticket: TicketRow;
    readonly participants: readonly AudienceRow[];
    readonly groups: readonly TicketGroup[];
    readonly entries: readonly ShownEntry[];
    readonly links: readonly LinkRow[];
    readonly mails: readonly (OutboxRow & { readonly wouldGo: string | null })[];
  },
  width: number,
): string {
  const sent = table(
    mails,
    [
      { title: 'MAIL', of: ({ id }) => id },
      { title: 'KIND', of: ({ kind }) => kind },
      { title: 'TO', of: ({ recipient }) => recipient },
      { title: 'STATE', of: ({ state }) => state },
      { title: 'SENT', of: ({ sentAt }) => sentAt },
      { title: 'WHY', of: ({ because, reason, wouldGo }) => [reason ?? because, wouldGo ?? []].flat().join('; ') },
    ],
    width,
    'No mail is owed or was sent.',
  );
  return [
    `Ticket ${ticket.number}: ${line(ticket.subject)}`,
    facts([
      ['status', ticket.status],
      ['customer', ticket.customer],
      ['assigned to', ticket.assignee],
      ['team', ticket.team],
      ['mailbox', ticket.mailbox],
      ['opened', ticket.createdAt],
      ['closed', ticket.closedAt],
      ['part of', ticket.mergedIntoNumber === null ? null : `ticket ${ticket.mergedIntoNumber}`],
      ...links.map(({ kind, number, subject }) => [LINK_WORDS[kind], `ticket ${number}: ${line(subject)}`] as const),
      ...peopleFacts(participants, groups),
    ]),
    ...entries.map((entry) => showEntry(entry, mails)),
    sent,
  ].join('\n\n');
}

function showEntry(entry: ShownEntry, mails: readonly OutboxRow[]): string {
  const ofIt = mails.filter(({ entryId }) => entryId === entry.id);
  const isOpening = entry.kind === 'reply' && ofIt.some(({ kind }) => kind === 'ticket_opened_for_you');
  const inside = entry.visibility === 'everybody' ? '' : ' (operators only)';
  const head = `${time(entry.at)}  ${isOpening ? 'opened by' : KIND_WORDS[entry.kind]} ${line(entry.authorName)}${inside}${lateWords(entry)}`;
  const files = entry.attachments.map(
    ({ fileName, contentType, sizeBytes, goneAt }) =>
      `    attached: ${line(safeFileName(fileName, contentType))} (${line(contentType)}, ${sizeBytes} bytes${goneAt === null ? '' : `; deleted on ${goneAt.slice(0, 10)}, its time to be kept was over`})`,
  );
  const notes = entry.notes.map((note) => `    note: ${note}`);
  const told = entry.kind === 'reply' ? toldLines(ofIt) : [];
  const { to = [], cc = [] } = entry.addressed ?? {};
  const others = [
    ...(to.length > 1 ? [`    to: ${line(to.join(', '))}`] : []),
    ...(cc.length > 0 ? [`    cc: ${line(cc.join(', '))}`] : []),
  ];
  return [head, ...others, block(withFolds(entry)), ...files, ...told, ...notes].join('\n');
}

/** Mail that waited longer than this on its server is shown with the time at which it came there. */
const LATE_MS = 10 * 60_000;

const lateWords = ({ at, sentAt }: ShownEntry): string =>
  sentAt === null || at.getTime() - sentAt.getTime() < LATE_MS ? '' : `, sent ${time(sentAt)}, read late`;

const MAX_TOLD = 10;
const NOT_TOLD: ReadonlySet<OutboxRow['state']> = new Set(['suppressed', 'cancelled', 'failed', 'bounced']);

/** Whom an answer was for; below, the mail itself says by what each of them. */
function toldLines(mails: readonly OutboxRow[]): readonly string[] {
  const told = mails.filter(({ state }) => !NOT_TOLD.has(state)).map(({ recipient }) => recipient);
  const notTold = mails
    .filter(({ state }) => NOT_TOLD.has(state))
    .map(({ recipient, state, reason }) => `${recipient} (${reason ?? state})`);
  return [['told', told] as const, ['NOT told', notTold] as const].flatMap(([word, names]) => {
    const more = names.length > MAX_TOLD ? ` and ${names.length - MAX_TOLD} more` : '';
    return names.length === 0 ? [] : [`    ${word}: ${line(names.slice(0, MAX_TOLD).join(', '))}${more}`];
  });
}

/** The text with each folded piece as one line that says how much it was; `why #1001` and `--json` have it whole. */
function withFolds({ text, folded }: ShownEntry): string {
  let shown = '';
  let at = 0;
  for (const { start, end, why } of neighboursJoined(text, folded)) {
    const lines = text.slice(start, end).trim().split('\n').length;
    const count = lines === 1 ? '1 line' : `${lines} lines`;
    shown += `${text.slice(at, start).trimEnd()}\n[${count} folded: ${FOLD_WORDS[why]}]\n`;
    at = end;
  }
  return (shown + text.slice(at)).trim();
}

/** Pieces with nothing but white space between them are one. */
function neighboursJoined(text: string, folded: readonly FoldedSpan[]): readonly FoldedSpan[] {
  const joined: FoldedSpan[] = [];
  for (const span of folded) {
    const last = joined.at(-1);
    if (last === undefined || text.slice(last.end, span.start).trim() !== '') joined.push(span);
    else joined[joined.length - 1] = { ...last, end: span.end };
  }
  return joined;
}

const FOLD_WORDS: Readonly<Record<FoldedSpan['why'], string>> = {
  sent: 'what the desk wrote',
  client_mark: 'a quote',
  attribution: 'a quote',
  header_block: 'a quote',
  quote_marks: 'a quote',
  signature: 'a signature',
};
