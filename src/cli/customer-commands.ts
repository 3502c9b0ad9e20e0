import { addCustomer, setCustomer, showCustomer, showCustomers } from '../contacts/customer-operations.ts';
import type { CustomerDetail } from '../contacts/customer-store.ts';
import type { Command, OptionRow } from './command.ts';
import { customFacts } from './contact-words.ts';
import { CUSTOM_OPTION, readCustomInput } from './custom-input.ts';
import { onOperation } from './on-desk.ts';
import { block, facts, line, table } from './table.ts';

const DOMAIN: OptionRow = { flags: '--domain <domain>', says: 'one of its domains', repeats: true, field: 'domains' };
const TEXTS: readonly OptionRow[] = [
  { flags: '--locale <locale>', says: "its people's language, such as de or en-GB" },
  { flags: '--comment <text>', says: 'for operators alone' },
];

/** Companies. */
export const CUSTOMER_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'customer add',
    says: "add a company; mail from its domains is its people's",
    arguments: ['<name>'],
    options: [DOMAIN, ...TEXTS, CUSTOM_OPTION],
    examples: ['deskbell customer add "Lantern Works" --domain lantern.example --domain lantern-works.example'],
    operation: addCustomer,
    input: readCustomInput,
    show: ({ name, domains }) =>
      `Added customer ${line(name)}${domains.length === 0 ? '' : `: ${domains.join(', ')}`}.`,
  }),
  onOperation({
    verb: 'customer set',
    says: 'change what is known of a company: what is not given stays, "" clears',
    arguments: ['<customer>'],
    options: [
      { flags: '--name <name>', says: 'another name' },
      ...TEXTS,
      { flags: '--main-contact <contact|none>', says: 'whom to ask about it: one of its people' },
      DOMAIN,
      { flags: '--remove-domain <domain>', says: 'a domain less', repeats: true, field: 'removeDomains' },
      CUSTOM_OPTION,
      { flags: '--if-version <n>', says: 'only if nobody has changed it since that version' },
    ],
    examples: [
      'deskbell customer set "Lantern Works" --main-contact ana@lantern.example --locale pt',
      'deskbell customer set Quarry --name "Quarry Ltd" --field contract=gold --if-version 2',
    ],
    operation: setCustomer,
    input: readCustomInput,
    show: ({ customer, fields }) =>
      fields.length === 0
        ? `${line(customer.name)} is as you say already; nothing was changed.\n${customerSheet(customer)}`
        : `Changed ${line(customer.name)}.\n${customerSheet(customer)}`,
  }),
  onOperation({
    verb: 'customer show',
    says: 'one company',
    arguments: ['<customer>'],
    examples: ['deskbell customer show "Lantern Works"'],
    operation: showCustomer,
    show: customerSheet,
  }),
  onOperation({
    verb: 'customer list',
    says: 'companies by name, all or those found by a search',
    options: [
      { flags: '--search <text>', says: 'all words anywhere in name or domains' },
      { flags: '--limit <n>', says: '1000 unless given, and at most' },
      { flags: '--after <name>', says: 'go on behind this company' },
    ],
    examples: ['deskbell customer list --json', 'deskbell customer list --search lantern'],
    operation: showCustomers,
    show: ({ customers, next }, width) => {
      const list = table(
        customers,
        [
          { title: 'CUSTOMER', of: ({ name }) => name },
          { title: 'CONTACTS', of: ({ contactCount }) => contactCount },
          { title: 'MAIN CONTACT', of: ({ mainContact }) => mainContact },
          { title: 'DOMAINS', of: ({ domains }) => domains.join(', ') },
          { title: 'COMMENT', of: ({ comment }) => comment },
        ],
        width,
        'No customer. Add one with: deskbell customer add',
      );
      return next === null ? list : `${list}\n\nThere are more: the same with --after "${line(next)}" goes on.`;
    },
  }),
];

/** All that is filled of a customer, one fact a line. */
function customerSheet(customer: CustomerDetail): string {
  const { mainContact, mainContactId, openTicketCount, comment } = customer;
  const sheet = facts([
    ['name', customer.name],
    ['domains', customer.domains.join(', ')],
    ['main contact', mainContactId === null ? null : `contact ${mainContactId}, ${mainContact ?? 'without a name'}`],
    ['locale', customer.locale],
    ...customFacts(customer.customLabels, customer.custom),
    ['contacts', customer.contactCount],
    ['main site users', customer.mainSiteUserCount === 0 ? null : customer.mainSiteUserCount],
    ['tickets', `${customer.ticketCount}, of which ${openTicketCount} open or pending`],
    ['since', customer.createdAt],
    ['changed', customer.version === 1 ? null : customer.updatedAt],
    ['version', customer.version],
  ]);
  return comment === '' ? sheet : `${sheet}\ncomment\n${block(comment)}`;
}
