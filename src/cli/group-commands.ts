import {
  addGroup,
  dropFromGroup,
  putIntoGroup,
  removeGroup,
  setGroup,
  showGroup,
  showGroups,
} from '../contacts/group-operations.ts';
import type { GroupMember } from '../contacts/group-store.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { line, table } from './table.ts';

const whose = (customer: string | null): string => (customer === null ? '' : ` of ${customer}`);

/** Named sets of people and addresses that are put on tickets. */
export const GROUP_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'group add',
    says: 'name a set of people who are told of tickets together',
    arguments: ['<name>'],
    options: [{ flags: '--customer <name>', says: "for this customer's tickets alone" }],
    examples: ['deskbell group add "Night shift"', 'deskbell group add Management --customer "Lantern Works"'],
    operation: addGroup,
    show: ({ id, name, customer }) =>
      `Added group ${id}, ${name}${whose(customer)}.\nPut people into it: deskbell group put ${id} <contact or address>...`,
  }),
  onOperation({
    verb: 'group list',
    says: 'notification groups',
    options: [{ flags: '--customer <name>', says: "that can be put on this customer's tickets" }],
    examples: ['deskbell group list'],
    operation: showGroups,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'NO', of: ({ id }) => id },
          { title: 'GROUP', of: ({ name }) => name },
          { title: 'FOR', of: ({ customer }) => customer ?? 'all customers' },
          { title: 'MEMBERS', of: ({ memberCount }) => memberCount },
          { title: 'TICKETS', of: ({ ticketCount }) => ticketCount },
        ],
        width,
        'No group yet. Add one with: deskbell group add',
      ),
  }),
  onOperation({
    verb: 'group show',
    says: 'who is in a group',
    arguments: ['<group>'],
    examples: ['deskbell group show "Night shift"', 'deskbell group show 4'],
    operation: showGroup,
    show: ({ id, name, customer, ticketCount, members }, width) =>
      `Group ${id}, ${line(name)}${whose(customer)}, on ${ticketCount} ticket${ticketCount === 1 ? '' : 's'}\n\n${memberTable(members, width)}`,
  }),
  onOperation({
    verb: 'group set',
    says: 'give a group another name',
    arguments: ['<group>'],
    options: [{ flags: '--name <name>', says: 'its name from now on' }],
    examples: ['deskbell group set 4 --name "Early shift"'],
    operation: setGroup,
    show: ({ id, name, before }) => `Group ${id}, ${before}, is called ${name} now.`,
  }),
  onOperation({
    verb: 'group remove',
    says: 'forget a group',
    arguments: ['<group>'],
    options: [{ flags: '--from-tickets', says: 'though tickets have it: its members are told of them no more' }],
    examples: ['deskbell group remove "Night shift"'],
    operation: removeGroup,
    show: ({ name, customer, ticketCount }) =>
      `Removed the group ${name}${whose(customer)}${ticketCount === 0 ? '' : `; it was on ${ticketCount} ticket${ticketCount === 1 ? '' : 's'}`}.`,
  }),
  onOperation({
    verb: 'group put',
    says: 'put people into a group: contacts, or addresses of nobody we know',
    arguments: ['<group>', '<members...>'],
    examples: ['deskbell group put "Night shift" ana@lantern.example 14 guard@gate.example'],
    operation: putIntoGroup,
    show: ({ name, moved, members }, width) => `Now in ${name}: ${moved.join(', ')}.\n\n${memberTable(members, width)}`,
  }),
  onOperation({
    verb: 'group drop',
    says: 'take people out of a group',
    arguments: ['<group>', '<members...>'],
    examples: ['deskbell group drop "Night shift" 14'],
    operation: dropFromGroup,
    show: ({ name, moved, members }, width) =>
      `Not in ${name} any more: ${moved.join(', ')}.\n\n${memberTable(members, width)}`,
  }),
];

const memberTable = (members: readonly GroupMember[], width: number): string =>
  table(
    members,
    [
      { title: 'CONTACT', of: ({ contactId }) => contactId },
      { title: 'NAME', of: ({ name }) => name || null },
      { title: 'MAIL GOES TO', of: ({ address }) => address },
    ],
    width,
    'Nobody is in it.',
  );
