import { parseMessage } from '../mail/parse.ts';
import type { DisplayAddress } from '../mail/parsed-message.ts';

/** A mail as a person reads it. */
export interface ReadableMail {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

/** Beside who writes to whom about what: what makes it the mail it is. Lower case, as it is shown. */
const SHOWN: ReadonlyMap<string, string> = new Map(
  ['Reply-To', 'In-Reply-To', 'Auto-Submitted', 'List-Unsubscribe', 'List-Unsubscribe-Post'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** Our own bytes, decoded: the fields that say something to a person, and the text. */
export async function readOwnMail(bytes: Buffer): Promise<ReadableMail> {
  const parsed = await parseMessage(bytes);
  const pairs = [
    ['From', correspondents(parsed.from)],
    ['To', correspondents(parsed.to)],
    ['Subject', parsed.subject],
    ['Date', parsed.date?.toUTCString() ?? ''],
    ...parsed.headers.flatMap(({ name, value }) => {
      const shown = SHOWN.get(name);
      return shown === undefined ? [] : [[shown, value] as const];
    }),
  ] as const;
  return { headers: pairs.filter(([, value]) => value !== ''), text: parsed.text };
}

const correspondents = (people: readonly DisplayAddress[]): string =>
  people.map(({ name, address }) => (name === '' ? address : `${name} <${address}>`)).join(', ');
