import { assignTicket } from '../tickets/assign-operations.ts';
import { openTicketByHand } from '../tickets/open-operations.ts';
import { addToTicket, dropFromTicket } from '../tickets/participant-operations.ts';
import type { Command, OptionRow } from './command.ts';
import { onOperation } from './on-desk.ts';
import { facts } from './table.ts';
import { readText, TEXT_OPTIONS } from './text-input.ts';
import { goesTo, peopleFacts } from './ticket-people.ts';

const PEOPLE_OPTIONS: readonly OptionRow[] = [
  { flags: '--affected <contact>', says: 'whom it is about' },
  { flags: '--watcher <contact>', says: 'reads along', repeats: true, field: 'watchers' },
  { flags: '--cc <contact>', says: 'gets copies', repeats: true, field: 'ccs' },
  { flags: '--group <group>', says: 'a notification group', repeats: true, field: 'groups' },
  { flags: '--extra <address>', says: 'an address of nobody we know', repeats: true, field: 'extras' },
];

/** Tickets by hand: open one, say who takes part, and whose it is. */
export const TICKET_PEOPLE_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'ticket open',
    says: 'open a ticket for somebody, and choose who is told',
    options: [
      { flags: '--for <contact>', says: 'whose it is: a contact, or an address with --new-contact' },
      { flags: '--subject <subject>', says: 'what it is about' },
      ...TEXT_OPTIONS,
      { flags: '--mailbox <address>', says: 'through which it is answered; the only one unless given' },
      { flags: '--new-contact', says: 'make the address a contact in the same step' },
      { flags: '--first-name <name>', says: 'of the new contact' },
      { flags: '--last-name <name>', says: 'of the new contact' },
      { flags: '--customer <name>', says: "of the new contact; by the address's domain unless given" },
      ...PEOPLE_OPTIONS,
      {
        flags: '--notify <roles>',
        says: 'who is told of it: nobody, or some of requester,affected,watcher,cc,group,extra,team,customer; all who take part unless given',
      },
      { flags: '--status <open|pending|resolved|closed>', says: 'open unless given' },
      { flags: '--assign <operator>', says: 'who works on it' },
    ],
    examples: [
      'deskbell ticket open --for ana@lantern.example --subject "Timer" --text "As you said on the phone, ..."',
      'deskbell ticket open --for bo@quarry.example --new-contact --first-name Bo --last-name Lind --subject "Gate" --file ./call.txt --notify nobody',
      'deskbell ticket open --for 12 --watcher 14 --group "Night shift" --notify requester,group --subject "Lamp" --text "..." --as jonas@desk.example',
    ],
    operation: openTicketByHand,
    input: readText,
    show: ({ number, status, requester, customer, newContact, assignee, participants, notTold }) =>
      [
        `Opened ticket ${number} for ${requester} of ${customer}; it is ${status}.`,
        ...(newContact === null ? [] : [`${requester} is contact ${newContact} now.`]),
        ...(assignee === null ? [] : [`${assignee} works on it.`]),
        goesTo(participants, notTold),
        `See it with: deskbell ticket show ${number}`,
      ].join('\n'),
  }),
  onOperation({
    verb: 'ticket add',
    says: 'let people, groups and addresses take part in a ticket',
    arguments: ['<number>'],
    options: [
      { flags: '--requester <contact>', says: 'whose it is from now on; whoever was it takes part as cc' },
      ...PEOPLE_OPTIONS,
    ],
    examples: [
      'deskbell ticket add 1001 --watcher ana@lantern.example --watcher 14',
      'deskbell ticket add 1001 --group "Night shift" --extra courier@parcels.example',
    ],
    operation: addToTicket,
    show: showPeople,
  }),
  onOperation({
    verb: 'ticket drop',
    says: 'let them take part no more',
    arguments: ['<number>'],
    options: PEOPLE_OPTIONS,
    examples: ['deskbell ticket drop 1001 --watcher 14 --extra courier@parcels.example'],
    operation: dropFromTicket,
    show: showPeople,
  }),
  onOperation({
    verb: 'ticket assign',
    says: 'who of the staff works on it, and whose team it is',
    arguments: ['<number>'],
    options: [
      { flags: '--to <operator>', says: 'an operator, or nobody' },
      { flags: '--team <team>', says: 'a team, or none' },
    ],
    examples: [
      'deskbell ticket assign 1001 --to jonas@desk.example',
      'deskbell ticket assign 1001 --to nobody --team 2',
    ],
    operation: assignTicket,
    show: ({ number, said }) => `Ticket ${number}: ${said.join(' ')}`,
  }),
];

function showPeople({
  number,
  said,
  audience,
  groups,
}: {
  readonly number: number;
  readonly said: readonly string[];
} & { readonly audience: Parameters<typeof peopleFacts>[0]; readonly groups: Parameters<typeof peopleFacts>[1] }) {
  return `${said.join('\n')}\n\nTicket ${number}:\n${facts(peopleFacts(audience, groups))}`;
}
