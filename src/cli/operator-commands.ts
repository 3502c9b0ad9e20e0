import {
  addOperator,
  disableOperator,
  enableOperator,
  setMe,
  setOperator,
  showOperators,
  showPermissions,
} from '../access/operations.ts';
import type { OperatorRow } from '../access/store.ts';
import { ROLES } from '../db/schema/access.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { line, table } from './table.ts';

const ROLE_OPTION = '--role <admin|agent|read_only>';

const HEARING_OPTIONS = [
  { flags: '--hears-of-tickets <all|team|none>', says: 'of which new tickets: all, those of their teams, none' },
  { flags: '--hears-of-replies <all|mine|none>', says: 'of which replies: all, those to tickets of theirs, none' },
  { flags: '--hears-of-alarms <on|off>', says: 'whether an admin hears that something is wrong' },
  { flags: '--language <tag>', says: 'of their mail, such as de; "desk" for that of the desk' },
] as const;

type Hearer = Pick<OperatorRow, 'role' | 'hearsOfTickets' | 'hearsOfReplies' | 'hearsOfAlarms' | 'locale'>;

/** What an operator hears of, in words. */
const hearsOf = ({ role, hearsOfTickets, hearsOfReplies, hearsOfAlarms, locale }: Hearer): string =>
  [
    `tickets ${hearsOfTickets}`,
    `replies ${hearsOfReplies}`,
    ...(role === 'admin' ? [`alarms ${hearsOfAlarms}`] : []),
    ...(locale === null ? [] : [`in ${locale}`]),
  ].join(', ');

/** Ours. */
export const OPERATOR_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'operator add',
    says: 'make somebody an operator',
    arguments: ['<address>'],
    options: [
      { flags: '--name <name>', says: 'as customers see it under an answer' },
      { flags: ROLE_OPTION, says: 'agent unless given' },
    ],
    examples: ['deskbell operator add jonas@desk.example --name "Jonas Weil" --role admin'],
    operation: addOperator,
    show: ({ address, name, role }) => `Added operator ${line(name)}, ${role}. Act as them with: --as ${address}`,
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
          { title: 'HEARS OF', of: hearsOf },
          { title: 'VERSION', of: ({ version }) => version },
        ],
        width,
        'No operator yet. Add one with: deskbell operator add',
      ),
  }),
  onOperation({
    verb: 'operator set',
    says: 'give an operator another name or role, or other mail',
    arguments: ['<address>'],
    options: [
      { flags: '--name <name>', says: 'as customers see it under an answer' },
      { flags: ROLE_OPTION, says: 'what they may do from now on, their API tokens too' },
      ...HEARING_OPTIONS,
      { flags: '--if-version <number>', says: 'only if nobody changed them since you looked' },
    ],
    examples: [
      'deskbell operator set jonas@desk.example --role agent',
      'deskbell operator set jonas@desk.example --hears-of-tickets all --language de',
    ],
    operation: setOperator,
    show: (operator) =>
      `${line(operator.name)} (${operator.address}) is ${operator.role} now, and hears of: ${hearsOf(operator)}.`,
  }),
  onOperation({
    verb: 'me set',
    says: 'choose which mail you get yourself, and in which language',
    options: HEARING_OPTIONS,
    examples: ['deskbell me set --hears-of-replies all --as jonas@desk.example'],
    operation: setMe,
    show: (operator) => `${line(operator.name)} hears of: ${hearsOf(operator)}.`,
  }),
  onOperation({
    verb: 'operator disable',
    says: 'let an operator do nothing any more, and revoke their API tokens',
    arguments: ['<address>'],
    examples: ['deskbell operator disable jonas@desk.example'],
    operation: disableOperator,
    show: ({ address, name, tokensRevoked, tickets }) =>
      [
        `${line(name)} (${address}) is disabled.`,
        `${tokensRevoked === 1 ? '1 API token of theirs was' : `${tokensRevoked} API tokens of theirs were`} revoked.`,
        tickets === 0
          ? 'No ticket that is not closed is theirs.'
          : `${tickets === 1 ? '1 ticket that is not closed is' : `${tickets} tickets that are not closed are`} still theirs: give them to somebody else.`,
      ].join('\n'),
  }),
  onOperation({
    verb: 'operator enable',
    says: 'let a disabled operator act again',
    arguments: ['<address>'],
    examples: ['deskbell operator enable jonas@desk.example'],
    operation: enableOperator,
    show: ({ address, name, role }) =>
      `${line(name)} (${address}) may act again, as ${role}; revoked API tokens stay revoked.`,
  }),
  onOperation({
    verb: 'operator permissions',
    says: 'what each role may do; the names are also the scopes of API tokens',
    examples: ['deskbell operator permissions'],
    operation: showPermissions,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'PERMISSION', of: ({ id }) => id },
          ...ROLES.map((role) => ({
            title: role.toUpperCase(),
            of: ({ roles }: { readonly roles: readonly string[] }) => (roles.includes(role) ? 'yes' : ''),
          })),
          { title: 'WHAT IT ALLOWS', of: ({ says }) => says },
        ],
        width,
        '',
      ),
  }),
];
