import { addAddress } from '../contacts/address-operations.ts';
import { onOperation } from './command.ts';
import type { Command } from './command.ts';
import { contactFacts } from './contact-words.ts';

/** Where people read their mail. */
export const ADDRESS_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'address add',
    says: 'give a person one more address',
    arguments: ['<contact>', '<address>'],
    options: [{ flags: '--primary', says: 'mail to the person goes there from now on' }],
    examples: ['deskbell address add ana@lantern.example ana.peralta@lantern.example --primary'],
    operation: addAddress,
    show: (contact) => (contact === null ? '' : contactFacts(contact)),
  }),
];
