import { addOperator, showOperators } from '../access/operations.ts';
import { onOperation } from './command.ts';
import type { Command } from './command.ts';
import { table } from './table.ts';

/** Ours. */
export const OPERATOR_COMMANDS: readonly Command[] = [
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
