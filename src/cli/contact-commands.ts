import { inviteContact } from '../accounts/invite-operations.ts';
import { setContact } from '../contacts/edit-operations.ts';
import { CONTACT_FIELDS } from '../contacts/fields.ts';
import { CONTACT_LIST_STATUSES } from '../contacts/model.ts';
import { addContact, showContact, showContacts } from '../contacts/operations.ts';
import type { Command, OptionRow } from './command.ts';
import { contactSheet, statusWords, tombstoneWords } from './contact-words.ts';
import { CUSTOM_OPTION, readCustomInput } from './custom-input.ts';
import { onOperation } from './on-desk.ts';
import { PICTURE_COMMAND } from './picture-command.ts';
import { table } from './table.ts';

/** One option for each text of a contact: `--job-title <text>`. */
const TEXT_OPTIONS: readonly OptionRow[] = CONTACT_FIELDS.map(({ id, says }) => ({
  flags: `--${id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <text>`,
  says,
}));

const MAIN_SITE_USER: OptionRow = { flags: '--main-site-user <on|off>', says: 'sees all tickets of the customer' };

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
      { flags: '--customer <name>', says: "the company; by the address's domain unless given" },
      ...TEXT_OPTIONS,
      MAIN_SITE_USER,
      { flags: '--device <name>', says: 'what they have of yours', repeats: true, field: 'devices' },
      CUSTOM_OPTION,
      { flags: '--deactivated', says: 'their mail opens no tickets' },
      { flags: '--deactivated-until <date>', says: 'the same, until that day' },
    ],
    examples: [
      'deskbell contact add --first-name Ana --last-name Peralta --address ana@lantern.example --address ana.p@home.example',
      'deskbell contact add --first-name Ife --last-name Okafor --address okafor@quarry.example --customer Quarry --phone "+49 30 1234" --field floor=3',
    ],
    operation: addContact,
    input: readCustomInput,
    show: (contact) =>
      [`Added contact ${contact.id}.`, contactSheet(contact), ...tombstoneWords(contact.tombstonesLifted)].join('\n'),
  }),
  onOperation({
    verb: 'contact set',
    says: 'change what is known of a person: what is not given stays, "" clears',
    arguments: ['<contact>'],
    options: [
      ...TEXT_OPTIONS,
      { flags: '--customer <name>', says: 'the company they are of from now on' },
      MAIN_SITE_USER,
      { flags: '--device <name>', says: 'one more device', repeats: true, field: 'devices' },
      { flags: '--remove-device <name>', says: 'a device less', repeats: true, field: 'removeDevices' },
      CUSTOM_OPTION,
      { flags: '--if-version <n>', says: 'only if nobody has changed them since that version' },
    ],
    examples: [
      'deskbell contact set ana@lantern.example --phone "+49 30 1234" --job-title "Head of Lamps"',
      'deskbell contact set 12 --customer Quarry --fax "" --field floor=4 --if-version 3',
    ],
    operation: setContact,
    input: readCustomInput,
    show: ({ contact, fields, notes }) => {
      const head =
        fields.length === 0
          ? `Contact ${contact.id} is as you say already; nothing was changed.`
          : `Changed contact ${contact.id}.`;
      return [head, ...notes, contactSheet(contact)].join('\n');
    },
  }),
  onOperation({
    verb: 'contact list',
    says: 'people by their number: of a company, of a status, or found by a search',
    options: [
      { flags: '--search <text>', says: 'all words anywhere in name, user name, phone or an address' },
      { flags: '--customer <name>', says: 'of this company alone' },
      {
        flags: '--status <status>',
        says: `${CONTACT_LIST_STATUSES.join(', ')}; all but deleted and merged unless given`,
      },
      { flags: '--limit <n>', says: '1000 unless given, and at most' },
      { flags: '--after <number>', says: 'go on behind this contact' },
    ],
    examples: ['deskbell contact list --customer "Lantern Works"', 'deskbell contact list --search "ana lantern"'],
    operation: showContacts,
    show: ({ contacts, next, isFull }, width) => {
      const list = table(
        contacts,
        [
          { title: 'NO', of: ({ id }) => id },
          { title: 'NAME', of: ({ name }) => name || null },
          { title: 'CUSTOMER', of: ({ customer }) => customer },
          { title: 'STATUS', of: listedStatus },
          { title: 'PHONE', of: ({ phone }) => phone },
          {
            title: 'ADDRESSES',
            of: ({ addresses, merged }) =>
              [...addresses, ...merged.flatMap((one) => one.addresses.map((at) => `${at} (${one.id})`))].join(', '),
          },
          { title: 'COMMENT', of: ({ comment }) => comment },
        ],
        width,
        next === null ? 'Nobody. Mail makes contacts, or: deskbell contact add' : 'Nobody so far.',
      );
      if (next === null) return list;
      const more = isFull ? 'There are more' : `So many match that only the contacts up to ${next} were looked through`;
      return `${list}\n\n${more}: the same with --after ${next} goes on.`;
    },
  }),
  onOperation({
    verb: 'contact show',
    says: 'one person, by number or address',
    arguments: ['<contact>'],
    examples: ['deskbell contact show ana@lantern.example', 'deskbell contact show 12'],
    operation: showContact,
    show: ({ mutes, ...contact }) => contactSheet(contact, mutes),
  }),
  onOperation({
    verb: 'contact invite',
    says: 'send somebody a link to set a password',
    arguments: ['<contact>'],
    examples: ['deskbell contact invite ana@lantern.example'],
    operation: inviteContact,
    show: ({ id, name, address, hours }) =>
      `A link to set a password goes to ${address}, contact ${id}${name === '' ? '' : `, ${name}`}. It works once, within ${hours} hours; earlier links work no more.\nSee what became of it: deskbell outbox list`,
  }),
  PICTURE_COMMAND,
];

const listedStatus = (row: Parameters<typeof statusWords>[0] & { readonly mergedIntoId: number | null }): string =>
  row.mergedIntoId === null ? statusWords(row) : `merged into ${row.mergedIntoId}`;
