import { addCustomer, showCustomers } from '../contacts/customer-operations.ts';
import { onOperation } from './command.ts';
import type { Command } from './command.ts';
import { table } from './table.ts';

/** Companies. */
export const CUSTOMER_COMMANDS: readonly Command[] = [
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
];
