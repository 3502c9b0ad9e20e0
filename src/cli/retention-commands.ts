import { COUNT_LIMIT } from '../retention/count-store.ts';
import { showRetention } from '../retention/operations.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { table } from './table.ts';

/** What is kept for how long. */
export const RETENTION_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'retention show',
    says: 'what is kept for how long, and what would be deleted now',
    options: [{ flags: '--days <days>', says: 'as if everything were kept so long' }],
    examples: ['deskbell retention show', 'deskbell retention show --days 365'],
    operation: showRetention,
    show: ({ rows, days: asIf }, width) =>
      [
        table(
          rows,
          [
            { title: 'KIND', of: ({ kind }) => kind },
            { title: 'KEPT', of: ({ days }) => (days === 0 ? 'for ever' : `${days} days`) },
            {
              title: asIf === null ? 'WOULD GO NOW' : `OLDER THAN ${asIf} d`,
              of: ({ days, due }) => (days === 0 && asIf === null ? 'nothing' : dueWords(due)),
            },
            { title: 'LAST SWEPT', of: ({ sweptAt }) => sweptAt },
            { title: 'TOGGLE', of: ({ toggle }) => toggle },
            { title: 'WHAT', of: ({ says }) => says },
          ],
          width,
          '',
        ),
        '',
        'A worker deletes once a day. Choose with: deskbell toggle set <toggle> <days>; 0 keeps for ever.',
      ].join('\n'),
  }),
];

function dueWords({ count, sizeBytes }: { readonly count: number; readonly sizeBytes: number | null }): string {
  if (count === 0) return 'nothing';
  const many = count > COUNT_LIMIT ? `more than ${COUNT_LIMIT}` : String(count);
  return sizeBytes === null ? many : `${many} (${sizeWords(sizeBytes)}${count > COUNT_LIMIT ? ' and more' : ''})`;
}

function sizeWords(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} KiB`;
  const mebibytes = bytes / 1024 / 1024;
  return mebibytes < 1024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
