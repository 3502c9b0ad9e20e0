import type { OutboxRow } from '../notifications/operator-store.ts';
import type { EntryRow, ParticipantRow, TicketRow } from '../tickets/store.ts';
import { block, facts, line, table, time } from './table.ts';

const KIND_WORDS: Readonly<Record<EntryRow['kind'], string>> = {
  mail: 'mail from',
  reply: 'answer of',
  note: 'note of',
  status: 'status changed by',
};

/** A ticket as a person reads it: what it is, who takes part, what was written, what was sent. */
export function showTicketRecord(
  {
    ticket,
    participants,
    entries,
    mails,
  }: {
    readonly ticket: TicketRow;
    readonly participants: readonly ParticipantRow[];
    readonly entries: readonly (EntryRow & { readonly notes: readonly string[] })[];
    readonly mails: readonly OutboxRow[];
  },
  width: number,
): string {
  const people = participants.map(({ role, name, address, isActive }) =>
    line(`${role}: ${name === '' ? '' : `${name} `}<${address}>${isActive ? '' : ', not active'}`),
  );
  const sent = table(
    mails,
    [
      { title: 'MAIL', of: ({ id }) => id },
      { title: 'KIND', of: ({ kind }) => kind },
      { title: 'TO', of: ({ recipient }) => recipient },
      { title: 'STATE', of: ({ state }) => state },
      { title: 'SENT', of: ({ sentAt }) => sentAt },
      { title: 'WHY', of: ({ because, reason }) => reason ?? because },
    ],
    width,
    'No mail is owed or was sent.',
  );
  return [
    `Ticket ${ticket.number}: ${line(ticket.subject)}`,
    facts([
      ['status', ticket.status],
      ['customer', ticket.customer],
      ['mailbox', ticket.mailbox],
      ['opened', ticket.createdAt],
      ['closed', ticket.closedAt],
      ['people', people.length === 0 ? 'nobody takes part' : people.join('; ')],
    ]),
    ...entries.map(showEntry),
    sent,
  ].join('\n\n');
}

function showEntry(entry: EntryRow & { readonly notes: readonly string[] }): string {
  const inside = entry.visibility === 'everybody' ? '' : ' (operators only)';
  const head = `${time(entry.at)}  ${KIND_WORDS[entry.kind]} ${line(entry.authorName)}${inside}`;
  const files = entry.attachments.map(
    ({ fileName, contentType, sizeBytes }) =>
      `    attached: ${line(fileName)} (${line(contentType)}, ${sizeBytes} bytes)`,
  );
  const notes = entry.notes.map((note) => `    note: ${note}`);
  return [head, block(entry.text), ...files, ...notes].join('\n');
}
