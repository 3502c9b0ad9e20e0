import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { admitEntry } from '../inbound/admit-operations.ts';
import { mergeTickets } from '../tickets/merge-operations.ts';
import {
  closeTicket,
  noteOnTicket,
  pendTicket,
  reopenTicket,
  replyToTicket,
  resolveTicket,
  showTicket,
  showTickets,
} from '../tickets/operations.ts';
import type { Call, Command, OptionRow, Trouble } from './command.ts';
import { EXIT, onOperation, textOf } from './command.ts';
import { readInputFile, readStdin } from './io.ts';
import { showTicketRecord } from './ticket-record.ts';
import { line, table } from './table.ts';

const TEXT_OPTIONS: readonly OptionRow[] = [
  { flags: '--text <text>', says: 'what to write' },
  { flags: '--file <file>', says: 'the text is the content of this file; else it comes on standard input' },
];

const STATUS_ROWS = [
  { word: 'pending', says: 'the ticket waits for somebody else', operation: pendTicket },
  { word: 'resolve', says: 'the work is done', operation: resolveTicket },
  { word: 'close', says: 'the ticket is over; the requester is told', operation: closeTicket },
  { word: 'reopen', says: 'the ticket is worked on again', operation: reopenTicket },
] as const;

/** Tickets: look, answer, and say how they stand. */
export const TICKET_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'ticket list',
    says: 'the newest tickets',
    options: [
      { flags: '--status <open|pending|resolved|closed>', says: 'of this status alone' },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
    ],
    examples: ['deskbell ticket list --status open'],
    operation: showTickets,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'NO', of: ({ number }) => number },
          { title: 'STATUS', of: ({ status }) => status },
          { title: 'REQUESTER', of: ({ requester }) => requester },
          { title: 'CUSTOMER', of: ({ customer }) => customer },
          { title: 'SUBJECT', of: ({ subject }) => subject },
          { title: 'CHANGED', of: ({ updatedAt }) => updatedAt },
        ],
        width,
        'No ticket here.',
      ),
  }),
  onOperation({
    verb: 'ticket show',
    says: 'a ticket with all that was written, and the mail it caused',
    arguments: ['<number>'],
    examples: ['deskbell ticket show 1001'],
    operation: showTicket,
    show: showTicketRecord,
  }),
  onOperation({
    verb: 'ticket reply',
    says: 'answer everybody who takes part',
    arguments: ['<number>'],
    options: TEXT_OPTIONS,
    examples: [
      'deskbell ticket reply 1001 --as jonas@desk.example --text "Please hold the round button for three seconds."',
      'deskbell ticket reply 1001 --file ./answer.txt',
    ],
    operation: replyToTicket,
    input: readText,
    show: ({ number, status, participants, notTold, switchedOff }) =>
      `Answered ticket ${number}, which is ${status}. ${switchedOff === null ? goesTo(participants, notTold) : `It is in the record alone: sending answers is ${switchedOff}.`}\n` +
      `See the mail with: deskbell ticket show ${number}`,
  }),
  onOperation({
    verb: 'ticket note',
    says: 'write something that only operators see',
    arguments: ['<number>'],
    options: TEXT_OPTIONS,
    examples: ['deskbell ticket note 1001 --text "Same fault as 990."'],
    operation: noteOnTicket,
    input: readText,
    show: ({ number }) => `Noted on ticket ${number}; only operators see it.`,
  }),
  onOperation({
    verb: 'ticket admit',
    says: 'let in the mail of somebody who takes no part: once, with its sender, or as a ticket of its own',
    arguments: ['<number>'],
    options: [
      { flags: '--entry <entry>', says: 'which entry; deskbell ticket show names it' },
      { flags: '--how <once|participant|ticket>', says: 'how it is let in' },
    ],
    examples: ['deskbell ticket admit 1001 --entry 17 --how participant'],
    operation: admitEntry,
    show: ({ number, entry, how, into }) =>
      how === 'ticket'
        ? `Entry ${entry} is ticket ${into} now.`
        : `Entry ${entry} is shown to all who take part in ticket ${number}${how === 'participant' ? ', and its sender is one of them' : ''}.`,
  }),
  onOperation({
    verb: 'ticket merge',
    says: 'make one ticket part of another: answers to it join the other',
    arguments: ['<number>'],
    options: [
      { flags: '--into <number>', says: 'the ticket that goes on' },
      { flags: '--across-customers', says: 'even if they are of two customers, whose people will read each other' },
    ],
    examples: ['deskbell ticket merge 1004 --into 1001'],
    operation: mergeTickets,
    show: ({ number, into }) => `Ticket ${number} is part of ticket ${into} now.`,
  }),
  ...STATUS_ROWS.map(({ word, says, operation }) =>
    onOperation({
      verb: `ticket ${word}`,
      says,
      arguments: ['<number>'],
      examples: [`deskbell ticket ${word} 1001`],
      operation,
      show: ({ number, status }) => `Ticket ${number} is ${status}.`,
    }),
  ),
];

/** The text of an answer or note: given, out of a file, or on standard input. */
async function readText({ fields, io }: Call): Promise<Result<unknown, Trouble>> {
  const [number, text, file] = [fields['number'], textOf(fields, 'text'), textOf(fields, 'file')];
  if (text !== null && file !== null) {
    return err({ exitCode: EXIT.usage, message: '--text and --file exclude each other.', mend: 'Give one of them.' });
  }
  if (text !== null) return ok({ number, text });
  if (file !== null) {
    const read = await readInputFile(file);
    if (read.ok) return ok({ number, text: read.value.toString('utf8') });
    return err({ exitCode: EXIT.usage, message: read.error, mend: 'Give the path of a file that can be read.' });
  }
  if (io.stdin.isTTY === true)
    io.stderr.write('Write; end with Ctrl-D on a line of its own, or give up with Ctrl-C.\n');
  const input = await readStdin(io);
  if (input !== null) return ok({ number, text: input.toString('utf8') });
  return err({ exitCode: EXIT.usage, message: 'Standard input is too long for an answer.', mend: 'Shorten it.' });
}

/** Who is sent an answer, and who is not although they take part. */
function goesTo(
  participants: readonly { readonly address: string }[],
  notTold: readonly { readonly address: string; readonly reason: string }[],
): string {
  const told = participants
    .map(({ address }) => address)
    .filter((one) => notTold.every(({ address }) => address !== one));
  const refused = notTold.map(
    ({ address, reason }) =>
      `NOT sent to ${line(address)}, which is not mailed (${line(reason)}), until mail comes from there again.`,
  );
  return [told.length === 0 ? 'It goes to nobody.' : `Goes to: ${line(told.join(', '))}`, ...refused].join('\n');
}
