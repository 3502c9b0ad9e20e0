import { showAudit } from '../access/audit-operations.ts';
import type { AuditRow } from '../access/audit-store.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { line, table } from './table.ts';

/** Who did what. */
export const AUDIT_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'audit list',
    says: 'who did what and when, and what was before; the newest first',
    options: [
      { flags: '--operator <address>', says: 'of this operator alone' },
      { flags: '--operation <name>', says: 'such as toggle.set, or toggle for all about toggles' },
      { flags: '--since <date>', says: 'from this day on, or this moment' },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
      { flags: '--after <number>', says: 'go on behind this row' },
    ],
    examples: [
      'deskbell audit list --operation toggle',
      'deskbell audit list --operator jonas@desk.example --since 2030-01-31',
    ],
    operation: showAudit,
    show: ({ rows, next }, width) => {
      const list = table(
        rows,
        [
          { title: 'NO', of: ({ id }) => id },
          { title: 'WHEN', of: ({ at }) => at },
          { title: 'WHO', of: whoWords },
          { title: 'DID', of: ({ operation }) => operation },
          { title: 'OUTCOME', of: ({ outcome }) => outcome },
          { title: 'WHAT', of: whatWords },
        ],
        width,
        'Nobody did anything like that.',
      );
      return next === null ? list : `${list}\n\nOlder ones with: --after ${next}`;
    },
  }),
];

function whoWords({ actor, actorName, tokenName }: AuditRow): string {
  const who = actorName ?? SYSTEM_WORDS[actor] ?? actor;
  return tokenName === null ? who : `${who}, by token "${tokenName}"`;
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  'system:cli': 'the command line',
  'system:retention': 'Deskbell (retention)',
};

/** What it was about, and what of it became another: `toggle=acknowledge; value: on -> off`. */
function whatWords({ input, changes }: AuditRow): string {
  const about = isRecord(input) ? Object.entries(input).filter(([, value]) => !isNothing(value)) : [];
  const words = about.map(([name, value]) => `${name}=${valueWords(value)}`).join(' ');
  const from = changes?.from ?? null;
  // Where nothing was before, the input has said most of what is now.
  const became = differences(from, changes?.to ?? null).filter(
    ({ name }) => from !== null || about.every(([known]) => known !== name),
  );
  const lines = became.map(({ name, before, after }) =>
    from === null ? `${name}: ${after}` : `${name}: ${before} -> ${after}`,
  );
  return line([words, ...lines].filter((part) => part !== '').join('; '));
}

interface Difference {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

function differences(from: unknown, to: unknown): readonly Difference[] {
  const [before, after] = [isRecord(from) ? from : {}, isRecord(to) ? to : {}];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null))
    .map((name) => ({ name, before: valueWords(before[name]), after: valueWords(after[name]) }));
}

/** What was not said: no, none, nothing. */
const isNothing = (value: unknown): boolean =>
  value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.map(valueWords).join(',');
  return typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
