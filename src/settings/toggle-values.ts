import type { Result } from '../lib/result.ts';
import { err, ok, unreachable } from '../lib/result.ts';
import type { Toggle } from './toggles.ts';

/** The value as it is kept; else why it does not fit the toggle, as a sentence with the mend. */
export function readToggleValue({ id, values }: Toggle, written: string): Result<string, string> {
  switch (values.kind) {
    case 'choice':
      return values.values.includes(written)
        ? ok(written)
        : err(`${id} is ${values.values.join(' or ')}, not "${written}"`);
    case 'number': {
      const { min, max, unit } = values;
      const number = Number(written);
      return /^\d+$/.test(written) && number >= min && number <= max
        ? ok(written)
        : err(`${id} is a whole number of ${unit} from ${min} to ${max}, not "${written}"`);
    }
    case 'text': {
      const read = values.read(written);
      return read.ok ? read : err(`${id} ${read.error}`);
    }
    default:
      return unreachable(values);
  }
}

/** Why a value does not fit a toggle, as a sentence with the mend; null when it fits. */
export function whyNotValue(toggle: Toggle, value: string): string | null {
  const read = readToggleValue(toggle, value);
  return read.ok ? null : read.error;
}

/** Which values a toggle may have, in a few words. */
export function toggleValuesWords({ values }: Toggle): string {
  switch (values.kind) {
    case 'choice':
      return values.values.join(' | ');
    case 'number':
      return `${values.min} to ${values.max} ${values.unit}`;
    case 'text':
      return values.says.replaceAll('`', '');
    default:
      return unreachable(values);
  }
}
