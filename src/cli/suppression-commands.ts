import {
  addSuppression,
  liftSuppression,
  showSuppression,
  showSuppressions,
} from '../notifications/suppression-operations.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { facts, line, table } from './table.ts';

/** Addresses that the desk does not mail. */
export const SUPPRESSION_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'suppression list',
    says: 'addresses that are not mailed, and why',
    options: [
      { flags: '--search <text>', says: 'with this in the address or the reason' },
      { flags: '--after <address>', says: 'go on behind this one' },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
    ],
    examples: ['deskbell suppression list', 'deskbell suppression list --search lantern.example'],
    operation: showSuppressions,
    show: ({ rows, next }, width) => {
      const list = table(
        rows,
        [
          { title: 'ADDRESS', of: ({ address }) => address },
          { title: 'SINCE', of: ({ since }) => since },
          { title: 'WHY', of: ({ reason }) => reason },
        ],
        width,
        'No address here that is not mailed.',
      );
      return next === null ? list : `${list}\n\nThere are more: --after ${next}`;
    },
  }),
  onOperation({
    verb: 'suppression show',
    says: 'why an address is not mailed: which mail it was, and what the server said',
    arguments: ['<address>'],
    examples: ['deskbell suppression show ana@lantern.example'],
    operation: showSuppression,
    show: ({ address, reason, since, troubles, keptBack }, width) =>
      [
        facts([
          ['address', address],
          ['since', since],
          ['why', reason],
          ['kept back', keptBack === 0 ? null : `${keptBack} since then`],
        ]),
        table(
          troubles,
          [
            { title: 'MAIL', of: ({ id }) => id },
            { title: 'TICKET', of: ({ ticketNumber }) => ticketNumber },
            { title: 'WHEN', of: ({ at }) => at },
            { title: 'OUTCOME', of: ({ outcome }) => outcome },
            { title: 'WHAT WAS SAID', of: ({ said }) => said },
          ],
          width,
          'No mail to it failed or came back.',
        ),
        `Mail it again with: deskbell suppression lift ${address}`,
      ].join('\n\n'),
  }),
  onOperation({
    verb: 'suppression add',
    says: 'do not mail an address until somebody lifts that',
    arguments: ['<address>'],
    options: [{ flags: '--because <text>', says: 'why, for those who ask later' }],
    examples: ['deskbell suppression add ana@lantern.example --because "asked us by phone not to write"'],
    operation: addSuppression,
    show: ({ address, reason }) => `${address} is not mailed from now on: ${line(reason)}`,
  }),
  onOperation({
    verb: 'suppression lift',
    says: 'mail an address again',
    arguments: ['<address>'],
    examples: ['deskbell suppression lift ana@lantern.example'],
    operation: liftSuppression,
    show: ({ address, reason, keptBack }) =>
      [
        `${address} is mailed again. It was not, because: ${line(reason)}`,
        ...(keptBack === 0
          ? []
          : [
              `${keptBackWords(keptBack)} meanwhile. Send that with: deskbell outbox retry --state suppressed --recipient ${address}`,
            ]),
      ].join('\n'),
  }),
];

const keptBackWords = (count: number): string =>
  count === 1 ? '1 mail was kept back' : `${count} mails were kept back`;
