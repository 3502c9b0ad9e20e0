import { addAddress, makeAddressPrimary, verifyAddress } from '../contacts/address-operations.ts';
import { moveAddress, removeAddress } from '../contacts/move-operations.ts';
import type { CancelledMail } from '../notifications/cancel-store.ts';
import type { Command } from './command.ts';
import { contactFacts, tombstoneWords, whoIs } from './contact-words.ts';
import { onOperation } from './on-desk.ts';

/** Where people read their mail. */
export const ADDRESS_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'address add',
    says: 'give a person one more address',
    arguments: ['<contact>', '<address>'],
    options: [{ flags: '--primary', says: 'mail to the person goes there from now on' }],
    examples: ['deskbell address add ana@lantern.example ana.peralta@lantern.example --primary'],
    operation: addAddress,
    show: (contact) =>
      contact === null ? '' : [contactFacts(contact), ...tombstoneWords(contact.tombstonesLifted)].join('\n'),
  }),
  onOperation({
    verb: 'address primary',
    says: 'mail to a person goes to this address of theirs from now on',
    arguments: ['<address>'],
    examples: ['deskbell address primary ana.peralta@lantern.example'],
    operation: makeAddressPrimary,
    show: ({ address, before, ...person }) =>
      `Mail to ${whoIs(person)} goes to ${address} now${before === null ? '' : `, and no more to ${before}`}.`,
  }),
  onOperation({
    verb: 'address verify',
    says: 'say that a person reads mail at this address',
    arguments: ['<address>'],
    examples: ['deskbell address verify ana@lantern.example'],
    operation: verifyAddress,
    show: ({ address, ...person }) => `${address} is verified as an address of ${whoIs(person)}.`,
  }),
  onOperation({
    verb: 'address move',
    says: 'give an address of one person to another',
    arguments: ['<address>'],
    options: [{ flags: '--to <contact>', says: 'whose it is from now on: number or address' }],
    examples: ['deskbell address move office@lantern.example --to 12'],
    operation: moveAddress,
    show: ({ address, from, to, isPrimary, cancelled }) =>
      [
        `${address} went from ${whoIs(from)} to ${whoIs(to)}${isPrimary ? ', as their primary address' : ''}.`,
        'Nothing proves it as theirs yet: authenticated mail from there will, or: deskbell address verify',
        `Answers from there join tickets in which contact ${to.id} takes part; to others they wait for an operator.`,
        ...cancelledWords(cancelled),
      ].join('\n'),
  }),
  onOperation({
    verb: 'address remove',
    says: 'take an address from a person',
    arguments: ['<contact>', '<address>'],
    examples: ['deskbell address remove ana@lantern.example ana@home.example'],
    operation: removeAddress,
    show: ({ address, left, cancelled, ...person }) =>
      [
        `${address} is no address of ${whoIs(person)} any more; mail from there is that of somebody new.`,
        `They have ${left.length === 0 ? 'none left' : left.join(', ')}.`,
        ...cancelledWords(cancelled),
      ].join('\n'),
  }),
];

const MAX_NAMED = 10;

function cancelledWords(cancelled: readonly CancelledMail[]): readonly string[] {
  if (cancelled.length === 0) return [];
  const tickets = [
    ...new Set(cancelled.flatMap(({ ticketNumber }) => (ticketNumber === null ? [] : [`#${ticketNumber}`]))),
  ];
  const named = tickets.slice(0, MAX_NAMED).join(', ');
  const more = tickets.length > MAX_NAMED ? ` and ${tickets.length - MAX_NAMED} more` : '';
  const mails = cancelled.length === 1 ? '1 mail was' : `${cancelled.length} mails were`;
  return [
    `${mails} waiting to go there and will not${tickets.length === 0 ? '' : ` (ticket ${named}${more})`}: deskbell outbox list --state cancelled`,
  ];
}
