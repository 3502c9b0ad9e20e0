import { addToken, checkToken, revokeToken, showTokens } from '../access/token-operations.ts';
import type { TokenState } from '../access/tokens.ts';
import { ok } from '../lib/result.ts';
import { EXIT } from './command.ts';
import type { Call, Command } from './command.ts';
import { readStdin } from './io.ts';
import { onOperation } from './on-desk.ts';
import { facts, line, table, time } from './table.ts';

/** What programs sign in with. */
export const TOKEN_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'token add',
    says: 'make an API token of an operator; its secret is shown once',
    options: [
      { flags: '--for <operator>', says: 'whose it is; yours (--as) unless given', field: 'operator' },
      { flags: '--name <name>', says: 'what it is for' },
      {
        flags: '--scope <permission>',
        says: 'what it may do: a name of "deskbell operator permissions"',
        repeats: true,
        field: 'scopes',
      },
      { flags: '--expires <date>', says: 'good until then; until it is revoked unless given' },
    ],
    examples: [
      'deskbell token add --for jonas@desk.example --name "Wall display" --scope ticket.read --expires 2030-12-31',
      'deskbell token add --as jonas@desk.example --name "Import" --scope customer.manage --scope contact.manage',
    ],
    operation: addToken,
    show: ({ id, address, name, scopes, expiresAt, secret }) =>
      [
        `Token ${id}, "${line(name)}", of ${address}${expiresAt === null ? '' : `, until ${time(expiresAt)}`}. It may: ${scopes.join(', ')}.`,
        'Its secret, which nobody can show again:',
        '',
        `  ${secret}`,
        '',
        `Take it back with: deskbell token revoke ${id}`,
      ].join('\n'),
  }),
  onOperation({
    verb: 'token list',
    says: 'the API tokens, when they were last used, and how they stand',
    options: [{ flags: '--for <operator>', says: 'of this operator alone', field: 'operator' }],
    examples: ['deskbell token list', 'deskbell token list --for jonas@desk.example'],
    operation: showTokens,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'NO', of: ({ id }) => id },
          { title: 'OPERATOR', of: ({ address }) => address },
          { title: 'NAME', of: ({ name }) => name },
          { title: 'STATE', of: ({ state }) => STATE_WORDS[state] },
          { title: 'MADE', of: ({ createdAt }) => createdAt },
          { title: 'EXPIRES', of: ({ expiresAt }) => expiresAt },
          { title: 'LAST USED', of: ({ lastUsedAt }) => lastUsedAt },
          { title: 'SCOPES', of: ({ scopes }) => scopes.join(', ') },
        ],
        width,
        'No API token yet. Make one with: deskbell token add',
      ),
  }),
  onOperation({
    verb: 'token revoke',
    says: 'make an API token worthless, at once and for ever',
    arguments: ['<token>'],
    examples: ['deskbell token revoke 3'],
    operation: revokeToken,
    show: ({ id, name, address }) => `Token ${id}, "${line(name)}", of ${address} is revoked.`,
  }),
  onOperation({
    verb: 'token check',
    says: 'whose a secret is and what it may do; it comes in DESKBELL_TOKEN or on standard input',
    examples: ['DESKBELL_TOKEN=dbk_... deskbell token check', 'deskbell token check < ./token'],
    operation: checkToken,
    input: readSecret,
    exitCode: ({ state }) => (state === 'good' ? EXIT.ok : EXIT.refused),
    show: ({ id, name, address, operatorName, role, state, expiresAt, may, lost }) =>
      facts([
        ['token', `${id}, "${name}"`],
        ['of', `${operatorName} (${address}), ${role}`],
        ['state', STATE_WORDS[state]],
        ['expires', expiresAt],
        ['it may', may.length === 0 ? 'nothing' : may.map(({ id: scope, says }) => `${says} (${scope})`).join('; ')],
        ['not', lost.length === 0 ? null : `${lost.join(', ')}: ${operatorName} may not do that any more`],
      ]),
  }),
];

const STATE_WORDS: Readonly<Record<TokenState, string>> = {
  good: 'good',
  revoked: 'revoked',
  expired: 'expired',
  operator_disabled: 'its operator is disabled',
};

async function readSecret({ io }: Call) {
  const given = io.env['DESKBELL_TOKEN'];
  if (given !== undefined && given !== '') return ok({ secret: given });
  if (io.stdin.isTTY === true) io.stderr.write('Paste the secret, then Ctrl-D on a line of its own.\n');
  const read = await readStdin(io);
  return ok({ secret: read?.toString('utf8').trim() ?? '' });
}
