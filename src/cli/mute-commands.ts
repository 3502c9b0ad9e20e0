import { addMute, removeMute, showMutes } from '../notifications/mute-operations.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { line, table, time } from './table.ts';

const TICKET_OPTION = { flags: '--ticket <number>', says: 'of this ticket; all but their own unless given' } as const;

const placeOf = (ticket: number | null): string => (ticket === null ? 'all tickets but their own' : `ticket ${ticket}`);

/** Who wants to hear less. */
export const MUTE_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'mute list',
    says: 'who wants to hear less: of which tickets, since when, and how they said it',
    options: [
      { flags: '--ticket <number>', says: 'who has muted this ticket' },
      { flags: '--contact <contact>', says: 'what this contact or address has muted' },
    ],
    examples: ['deskbell mute list', 'deskbell mute list --contact ana@customer.example'],
    operation: showMutes,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'CONTACT', of: ({ contactId }) => contactId ?? '' },
          { title: 'NAME', of: ({ name }) => name },
          { title: 'ADDRESS', of: ({ readsAt }) => readsAt ?? '' },
          { title: 'HEARS NO MORE OF', of: ({ ticketNumber }) => placeOf(ticketNumber) },
          { title: 'SAID', of: ({ source }) => SAID[source] },
          { title: 'SINCE', of: ({ at }) => time(at) },
        ],
        width,
        'Nobody here has muted anything.',
      ),
  }),
  onOperation({
    verb: 'mute add',
    says: 'tell somebody no more of a ticket, or of any but their own, because they asked',
    arguments: ['<contact>'],
    options: [TICKET_OPTION],
    examples: ['deskbell mute add ana@customer.example --ticket 1001', 'deskbell mute add 12'],
    operation: addMute,
    show: ({ who, ticket }) =>
      `${line(who)} hears no more of ${placeOf(ticket)}.\n` +
      (ticket === null
        ? 'What happens to their own tickets they are told.'
        : 'What operators answer to a request of their own still reaches them.'),
  }),
  onOperation({
    verb: 'mute remove',
    says: 'tell them again',
    arguments: ['<contact>'],
    options: [TICKET_OPTION],
    examples: ['deskbell mute remove ana@customer.example --ticket 1001'],
    operation: removeMute,
    show: ({ who, ticket }) => `${line(who)} hears of ${placeOf(ticket)} again.`,
  }),
];

const SAID = {
  one_click: 'with one click',
  page: 'on the page',
  mail: 'by mail',
  operator: 'to an operator',
} as const;
