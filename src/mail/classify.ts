import { isDaemon } from './address.ts';
import { saysUndelivered } from './bounce-phrases.ts';
import { firstHeader } from './headers.ts';
import type { ParsedMessage } from './parsed-message.ts';
import type { Sender } from './sender.ts';
import { SIGNALS } from './signals.ts';
import type { MailKind, OwnMail, Signs } from './signs.ts';

/** What kind of mail it is, which sign said so, and whether an automatic answer may go. */
export interface Classification {
  readonly kind: MailKind;
  /** The id of the row of SIGNALS, or `person` when none found its sign. */
  readonly signal: string;
  readonly ref: string;
  readonly answerable: boolean;
  readonly unanswerableBecause: string | null;
}

const PERSON: Classification = {
  kind: 'personal',
  signal: 'person',
  ref: 'no sign of a machine',
  answerable: true,
  unanswerableBecause: null,
};

/** The kind of a message, by the first row of SIGNALS that finds its sign; without one, a person wrote it. */
export function classify(parsed: ParsedMessage, sender: Sender, own: OwnMail): Classification {
  const signs = signsOf(parsed, sender, own);
  const signal = SIGNALS.find((row) => row.find(signs));
  if (signal === undefined) return PERSON;
  const { id, kind, ref, because } = signal;
  return { kind, signal: id, ref, answerable: false, unanswerableBecause: because };
}

function signsOf(parsed: ParsedMessage, sender: Sender, own: OwnMail): Signs {
  const values = new Map<string, string[]>();
  for (const { name, value } of parsed.headers) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return {
    parsed,
    sender,
    own,
    valuesOf: (name) => values.get(name) ?? [],
    isFromDaemon: once(() => isFromDaemon(parsed, sender)),
    saysUndelivered: once(() => saysUndelivered(parsed.text)),
  };
}

/** Reports often come from no real address ("MAILER-DAEMON", "Mail Delivery System <>"): the raw field counts too. */
function isFromDaemon(parsed: ParsedMessage, sender: Sender): boolean {
  if (sender.is === 'address' && isDaemon(sender.address)) return true;
  return DAEMON_NAME.test((firstHeader(parsed.headers, 'from') ?? '').slice(0, MAX_FROM_LENGTH));
}

const MAX_FROM_LENGTH = 998;
const DAEMON_NAME =
  /^["'\s<]*(?:mail(?:er)?[-_. ]?daemon|post[-_]?master|(?:internet )?mail(?:er)?[ -]?deliver|(?:e-?mail|message) delivery|delivery (?:sub)?system|mail (?:administrator|system)|courier mail server|microsoft exchange|interscan|undelivered mail)/i;

function once<T>(work: () => T): () => T {
  let found: { readonly value: T } | null = null;
  return () => (found ??= { value: work() }).value;
}
