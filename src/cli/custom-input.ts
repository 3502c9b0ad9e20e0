import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Call, OptionRow, Trouble } from './command.ts';
import { EXIT } from './command.ts';

/** Values of the fields that operators have defined. */
export const CUSTOM_OPTION: OptionRow = {
  flags: '--field <key=value>',
  says: 'a field of your own; see: deskbell field list',
  repeats: true,
  field: 'fields',
  reports: 'custom',
};

/** The input of verbs with `--field key=value`: what is behind the first "=" is the value, and may be empty. */
export function readCustomInput({ fields: { fields, ...rest } }: Call): Promise<Result<unknown, Trouble>> {
  const custom = new Map<string, string>();
  for (const written of Array.isArray(fields) ? (fields as readonly string[]) : []) {
    const at = written.indexOf('=');
    const key = written.slice(0, Math.max(at, 0)).trim();
    if (key === '') return usage(`--field is key=value, such as --field floor=3, not "${written}".`);
    if (custom.has(key)) return usage(`--field ${key} is given twice.`);
    custom.set(key, written.slice(at + 1));
  }
  return Promise.resolve(ok(custom.size === 0 ? rest : { ...rest, custom: Object.fromEntries(custom) }));
}

const usage = (message: string): Promise<Result<never, Trouble>> =>
  Promise.resolve(err({ exitCode: EXIT.usage, message, mend: 'See the fields with: deskbell field list' }));
