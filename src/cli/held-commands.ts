import { candidateCommand, candidateWords } from '../inbound/candidates.ts';
import { attachMessage, showHeld } from '../inbound/held-operations.ts';
import { releaseMessages } from '../inbound/release-operations.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { REJECT_COMMAND } from './reject-command.ts';
import { table } from './table.ts';

/** What waits for a person, and what they may do about it; letting it go on is the verb `process`. */
export const HELD_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'held list',
    says: 'mail that waits for a person, the oldest first, and what would let it go on',
    options: [
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
      { flags: '--after <message>', says: 'go on behind this one' },
    ],
    examples: ['deskbell held list', 'deskbell held list --limit 20 --after 117'],
    operation: showHeld,
    show: ({ rows, next, count, overdue, airlocked }, width) => {
      const list = table(
        rows,
        [
          { title: 'MESSAGE', of: ({ message }) => message },
          { title: 'AGE', of: ({ ageMinutes, isOverdue }) => `${ageWords(ageMinutes)}${isOverdue ? ' !' : ''}` },
          { title: 'STATE', of: ({ status }) => status },
          { title: 'FROM', of: ({ from }) => (from === '' ? '(nobody)' : from) },
          { title: 'SUBJECT', of: ({ subject }) => (subject === '' ? '(none)' : subject) },
          { title: 'WHY', of: ({ says, reason }) => `${says} [${reason}]` },
          { title: 'LET IT GO ON', of: ({ release }) => release },
        ],
        width,
        after(count),
      );
      const choices = rows.flatMap(({ message, candidates }) =>
        candidates.map(
          (one) => `Message ${message} may be from ${candidateWords(one)}: ${candidateCommand(message, one)}`,
        ),
      );
      if (choices.length > 0) choices.unshift('');
      return [list, ...choices, ...footer({ next, count, overdue, airlocked, shown: rows.length })].join('\n');
    },
  }),
  onOperation({
    verb: 'held attach',
    says: 'put mail that waits into a ticket, for all who take part in it',
    arguments: ['<message>'],
    options: [
      { flags: '--to <number>', says: 'the ticket' },
      { flags: '--quietly', says: 'for operators alone; the ticket stays as it is' },
      { flags: '--participant', says: 'its sender takes part from now on' },
    ],
    examples: ['deskbell held attach 17 --to 1001', 'deskbell held attach 17 --to 1001 --quietly'],
    operation: attachMessage,
    show: ({ message, number, status, quietly, participant }) =>
      [
        `Message ${message} joins ticket ${number}${quietly ? ' for operators alone' : ''} within half a minute, as soon as its mailbox is read.`,
        ...(participant ? ['Its sender takes part from then on.'] : []),
        ...(!quietly && status !== 'open' ? [`The ticket is ${status}, and opens by that.`] : []),
        `See what became of it: deskbell why ${message}`,
      ].join('\n'),
  }),
  onOperation({
    verb: 'held release',
    says: 'let many mails go on that wait for the same reason, the oldest first',
    options: [
      { flags: '--reason <reason>', says: 'why they wait, such as flood' },
      { flags: '--sender <address>', says: 'those of this address alone' },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
    ],
    examples: ['deskbell held release --reason flood --sender ana@customer.example'],
    operation: releaseMessages,
    show: ({ released, staying, isMoreLikely }) =>
      [
        `${released.length === 1 ? '1 message goes' : `${released.length} messages go`} on within half a minute, as soon as the mailbox is read.`,
        ...(staying.length === 0
          ? []
          : [
              `No toggle would let these through: ${staying.join(', ')}. To do it all the same: deskbell process <message> --anyway`,
            ]),
        ...(isMoreLikely ? ['There may be more: run it again.'] : []),
      ].join('\n'),
  }),
  REJECT_COMMAND,
];

/** Of an empty list: nothing waits, or nothing behind the one given. */
const after = (count: number): string =>
  count === 0 ? 'No message waits for a person.' : `No more; ${count} wait in all.`;

function footer(found: {
  readonly next: number | null;
  readonly count: number;
  readonly overdue: boolean;
  readonly airlocked: number;
  readonly shown: number;
}): readonly string[] {
  const { next, count, overdue, airlocked, shown } = found;
  const lines = [
    ...(next === null ? [] : [`${count} wait in all; more with: --after ${next}`]),
    ...(overdue ? ['! waits longer than it should: deskbell toggle list says how long (held_alarm_hours).'] : []),
    ...(shown === 0
      ? []
      : [
          'Put one into a ticket: deskbell held attach <message> --to <number>',
          'Reject one: deskbell held reject <message> --because "..."; or many: --reason <reason> --sender <address>',
        ]),
    ...(airlocked === 0
      ? []
      : [
          `${airlocked === 1 ? '1 mail of somebody who takes no part waits' : `${airlocked} mails of people who take no part wait`} inside a ticket: deskbell why held`,
        ]),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

function ageWords(minutes: number): string {
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
