import { admitEntry } from '../inbound/admit-operations.ts';
import { showTickets } from '../tickets/list-operations.ts';
import { mergeTickets } from '../tickets/merge-operations.ts';
import {
  closeTicket,
  noteOnTicket,
  pendTicket,
  reopenTicket,
  replyToTicket,
  resolveTicket,
  showTicket,
} from '../tickets/operations.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { table } from './table.ts';
import { readText, TEXT_OPTIONS } from './text-input.ts';
import { goesTo } from './ticket-people.ts';
import { showTicketRecord } from './ticket-record.ts';

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
      { flags: '--team <team>', says: 'of this team, or of none' },
      { flags: '--assignee <operator>', says: 'on which this operator works, or nobody' },
      { flags: '--customer <name>', says: "of this customer's people" },
      { flags: '--requester <contact>', says: 'of this person' },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
      { flags: '--after <number>', says: 'go on behind this ticket, with older ones' },
    ],
    examples: [
      'deskbell ticket list --status open',
      'deskbell ticket list --status open --team "Night shift" --assignee nobody',
      'deskbell ticket list --requester ana@lantern.example',
    ],
    operation: showTickets,
    show: ({ tickets, next }, width) => {
      const list = table(
        tickets,
        [
          { title: 'NO', of: ({ number }) => number },
          { title: 'STATUS', of: ({ status }) => status },
          { title: 'CHANGED', of: ({ updatedAt }) => updatedAt },
          { title: 'REQUESTER', of: ({ requester }) => requester },
          { title: 'CUSTOMER', of: ({ customer }) => customer },
          {
            title: 'WHOSE',
            of: ({ assignee, team }) => [assignee, team].filter((one) => one !== null).join(', ') || null,
          },
          // The last: however long one is, it widens no other line.
          { title: 'SUBJECT', of: ({ subject }) => subject },
        ],
        width,
        'No ticket here.',
      );
      return next === null ? list : `${list}\n\nThere are older ones: the same with --after ${next} goes on.`;
    },
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
