import { addOperator, showOperators } from '../access/operations.ts';
import {
  addAddress,
  addContact,
  addCustomer,
  showContact,
  showContacts,
  showCustomers,
} from '../contacts/operations.ts';
import type { ContactRow } from '../contacts/store.ts';
import { onOperation } from './command.ts';
import type { Command } from './command.ts';
import { facts, table, time } from './table.ts';

/** Companies, their people, and ours. */
export const PEOPLE_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'customer add',
    says: "add a company; mail from its domains is its people's",
    arguments: ['<name>'],
    options: [{ flags: '--domain <domain>', says: 'one of its domains', repeats: true, field: 'domains' }],
    examples: ['deskbell customer add "Lantern Works" --domain lantern.example --domain lantern-works.example'],
    operation: addCustomer,
    show: ({ name, domains }) => `Added customer ${name}${domains.length === 0 ? '' : `: ${domains.join(', ')}`}.`,
  }),
  onOperation({
    verb: 'customer list',
    says: 'companies and their domains',
    examples: ['deskbell customer list --json'],
    operation: showCustomers,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'CUSTOMER', of: ({ name }) => name },
          { title: 'CONTACTS', of: ({ contactCount }) => contactCount },
          { title: 'DOMAINS', of: ({ domains }) => domains.join(', ') },
        ],
        width,
        'No customer yet.',
      ),
  }),
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
    show: (contact) => (contact === null ? '' : `Added contact ${contact.id}.\n${contactFacts(contact)}`),
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
          { title: 'ADDRESSES', of: ({ addresses }) => addresses.join(', ') },
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
  onOperation({
    verb: 'address add',
    says: 'give a person one more address',
    arguments: ['<contact>', '<address>'],
    options: [{ flags: '--primary', says: 'mail to the person goes there from now on' }],
    examples: ['deskbell address add ana@lantern.example ana.peralta@lantern.example --primary'],
    operation: addAddress,
    show: (contact) => (contact === null ? '' : contactFacts(contact)),
  }),
  onOperation({
    verb: 'operator add',
    says: 'make somebody an operator',
    arguments: ['<address>'],
    options: [
      { flags: '--name <name>', says: 'as customers see it under an answer' },
      { flags: '--role <admin|agent|read_only>', says: 'agent unless given' },
    ],
    examples: ['deskbell operator add jonas@desk.example --name "Jonas Weil" --role admin'],
    operation: addOperator,
    show: ({ address, name, role }) => `Added operator ${name}, ${role}. Act as them with: --as ${address}`,
  }),
  onOperation({
    verb: 'operator list',
    says: 'who the operators are',
    examples: ['deskbell operator list'],
    operation: showOperators,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'NO', of: ({ id }) => id },
          { title: 'ADDRESS', of: ({ address }) => address },
          { title: 'NAME', of: ({ name }) => name },
          { title: 'ROLE', of: ({ role, disabledAt }) => (disabledAt === null ? role : `${role}, disabled`) },
        ],
        width,
        'No operator yet. Add one with: deskbell operator add',
      ),
  }),
];

function contactFacts(contact: ContactRow): string {
  return facts([
    ['number', contact.id],
    ['name', contact.name],
    ['customer', contact.customer],
    ['status', statusWords(contact)],
    ['addresses', contact.addresses.join(', ')],
    ['made by', contact.createdBy],
    ['since', contact.createdAt],
  ]);
}

function statusWords({ status, deactivatedUntil }: Pick<ContactRow, 'status' | 'deactivatedUntil'>): string {
  return deactivatedUntil === null ? status : `deactivated until ${time(deactivatedUntil)}`;
}
