import { addTeam, dropFromTeam, putIntoTeam, removeTeam, setTeam, showTeams } from '../access/team-operations.ts';
import { setMailboxTeam } from '../mailboxes/team-operations.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { table } from './table.ts';

const members = (names: readonly string[]): string => (names.length === 0 ? 'nobody' : names.join(', '));

/** Operators who work together, and the mailboxes whose tickets are theirs. */
export const TEAM_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'team add',
    says: 'name a team of operators',
    arguments: ['<name>'],
    examples: ['deskbell team add Hardware'],
    operation: addTeam,
    show: ({ id, name }) =>
      `Added team ${id}, ${name}.\nPut operators into it: deskbell team put ${id} <operator>...\n` +
      `Give it a mailbox's tickets: deskbell mailbox set-team <mailbox> ${id}`,
  }),
  onOperation({
    verb: 'team list',
    says: 'teams, who is in them, and whose tickets they get',
    examples: ['deskbell team list'],
    operation: showTeams,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'NO', of: ({ id }) => id },
          { title: 'TEAM', of: ({ name }) => name },
          { title: 'NOT CLOSED', of: ({ openCount }) => openCount },
          { title: 'MAILBOXES', of: ({ mailboxes }) => mailboxes.join(', ') || null },
          { title: 'OPERATORS', of: ({ members: names }) => names.join(', ') || null },
        ],
        width,
        'No team yet. Add one with: deskbell team add',
      ),
  }),
  onOperation({
    verb: 'team rename',
    says: 'give a team another name',
    arguments: ['<team>', '<name>'],
    examples: ['deskbell team rename Hardware "Lamps and timers"'],
    operation: setTeam,
    show: ({ id, name, before }) => `Team ${id}, ${before}, is called ${name} now.`,
  }),
  onOperation({
    verb: 'team remove',
    says: 'forget a team',
    arguments: ['<team>'],
    options: [{ flags: '--from-tickets', says: "though tickets are its: they are no team's then" }],
    examples: ['deskbell team remove Hardware'],
    operation: removeTeam,
    show: ({ name, ticketCount }) =>
      `Removed the team ${name}${ticketCount === 0 ? '' : `; ${ticketCount} ticket${ticketCount === 1 ? ' is' : 's are'} of no team now`}.`,
  }),
  onOperation({
    verb: 'team put',
    says: 'put operators into a team',
    arguments: ['<team>', '<operators...>'],
    examples: ['deskbell team put Hardware jonas@desk.example 3'],
    operation: putIntoTeam,
    show: ({ name, members: names }) => `In the team ${name}: ${members(names)}.`,
  }),
  onOperation({
    verb: 'team drop',
    says: 'take operators out of a team; their tickets stay theirs',
    arguments: ['<team>', '<operators...>'],
    examples: ['deskbell team drop Hardware jonas@desk.example'],
    operation: dropFromTeam,
    show: ({ name, members: names }) => `In the team ${name}: ${members(names)}.`,
  }),
];

/** Whose the new tickets of a mailbox are. */
export const MAILBOX_TEAM_COMMAND: Command = onOperation({
  verb: 'mailbox set-team',
  says: 'whose its new tickets are: a team, or none',
  arguments: ['<address>', '<team>'],
  examples: ['deskbell mailbox set-team support@desk.example Hardware'],
  operation: setMailboxTeam,
  show: ({ address, team }) =>
    `New tickets of ${address} are ${team === null ? 'of no team' : `the team ${team}'s`} from now on.`,
});
