import { addContact, showContact, showContacts } from '../contacts/operations.ts';
import { onOperation } from './command.ts';
import type { Command } from './command.ts';
import { contactFacts, statusWords, tombstoneWords } from './contact-words.ts';
import { table } from './table.ts';

/** The people of companies. */
export const CONTACT_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'contact add',
    says: 'add a person with all of their addresses',
    options: [
      {
        flags: '--address <address>',
        says: 'an address; the first is the primary one',
        repeats: true,
        field: 'addresses',
      },
      { flags: '--first-name <name>', says: 'first name' },
      { flags: '--last-name <name>', says: 'last name' },
      { flags: '--customer <name>', says: "the company; by the address's domain unless given" },
      { flags: '--deactivated', says: 'their mail opens no tickets' },
      { flags: '--deactivated-until <date>', says: 'the same, until that day' },
    ],
    examples: [
      'deskbell contact add --first-name Ana --last-name Peralta --address ana@lantern.example --address ana.p@home.example',
      'deskbell contact add --last-name Okafor --address okafor@quarry.example --customer Quarry --deactivated-until 2030-01-31',
    ],
    operation: addContact,
    show: (contact) =>
      contact === null
        ? ''
        : [`Added contact ${contact.id}.`, contactFacts(contact), ...tombstoneWords(contact.tombstonesLifted)].join(
            '\n',
          ),
  }),
  onOperation({
    verb: 'contact list',
    says: 'people, of all companies or of one',
    options: [{ flags: '--customer <name>', says: 'of this company alone' }],
    examples: ['deskbell contact list --customer "Lantern Works"'],
    operation: showContacts,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'NO', of: ({ id }) => id },
          { title: 'NAME', of: ({ name }) => name || null },
          { title: 'CUSTOMER', of: ({ customer }) => customer },
          { title: 'STATUS', of: statusWords },
          {
            title: 'ADDRESSES',
            of: ({ addresses, merged }) =>
              [...addresses, ...merged.flatMap((one) => one.addresses.map((at) => `${at} (${one.id})`))].join(', '),
          },
        ],
        width,
        'No contact yet. Mail makes them, or: deskbell contact add',
      ),
  }),
  onOperation({
    verb: 'contact show',
    says: 'one person, by number or address',
    arguments: ['<contact>'],
    examples: ['deskbell contact show ana@lantern.example', 'deskbell contact show 12'],
    operation: showContact,
    show: contactFacts,
  }),
];
