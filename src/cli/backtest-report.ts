import type { OwedDifference } from '../inbound/backtest-owed.ts';
import type { Change, Difference, ReplayQuality } from '../inbound/replay-difference.ts';
import { line, time } from './table.ts';

interface Place {
  readonly toggle: string;
  readonly value: string | null;
  readonly layer: string;
  readonly name: string;
  readonly since: Date;
}
interface Backtest extends Place, Difference {
  readonly quality: ReplayQuality;
  /** Whether mail was decided about again; else `owed` says what would have become of the mail that was owed. */
  readonly isReplayed: boolean;
  /** null: no mail that is owed asks the toggle. */
  readonly owed: OwedDifference | null;
}

/** What a change would have done, as an operator reads it before they make it. */
export const backtestReport = (backtest: Backtest): string =>
  backtest.isReplayed ? replayReport(backtest) : owedReport(backtest, backtest.owed);

const changeWords = ({ toggle, value, name }: Place): string =>
  value === null ? `without ${toggle} set for ${line(name)}` : `with ${toggle} = ${value} for ${line(name)}`;

/** What is known from the rows of the outbox. */
function owedReport(place: Place, owed: OwedDifference | null): string {
  const { toggle, since } = place;
  if (owed === null) return `A backtest cannot show what ${toggle} does: ${FORETELLS}`;
  const { mails, more, fewer, changedSince, isCut } = owed;
  const head = `The ${count(mails, 'mail')} that ${toggle} decides about, owed since ${time(since)}, looked at again ${changeWords(place)}:`;
  const cautions: readonly (readonly [boolean, string])[] = [
    [isCut, 'there was more than is looked at once; this is the newest.'],
    [
      changedSince > 0,
      `${count(changedSince, 'mail')} left out: owed while the toggle said something else than it does now.`,
    ],
    [
      fewer.count > 0,
      'it counts what was owed by rows of the outbox; whether somebody would have been told of the same by another mail is not known.',
    ],
    [
      more.count > 0,
      'it counts whom the toggle kept back by rows of the outbox; whether a budget or a dead address would have kept them back all the same is not known.',
    ],
    [
      mails === 0,
      'whom a toggle keeps back is known only where somebody was there to be told: that nothing was owed does not say that nothing will be.',
    ],
  ];
  const show = ({ id, kind, recipient, number }: OwedDifference['more']['samples'][number]) =>
    `${kind} to ${line(recipient)}${number === null ? '' : `, ticket ${number}`} (deskbell outbox show ${id})`;
  const changes = [...examples(fewer, 'would not be sent', show), ...examples(more, 'more would be sent', show)];
  return [
    head,
    ...(changes.length === 0 ? ['Nothing would have been otherwise.'] : changes),
    ...cautions.flatMap(([is, words]) => (is ? [`Note: ${words}`] : [])),
  ].join('\n');
}

function replayReport(backtest: Backtest): string {
  const { since, quality, changedMails, tickets, contacts, notifications, verdicts, held } = backtest;
  const what = changeWords(backtest);
  const head = `The ${count(quality.mails, 'mail')} since ${time(since)} decided again, ${what}:`;
  const cautions = cautionsOn(quality);
  if (quality.mails === 0) return [head, 'There is none, so nothing can be told.', ...cautions].join('\n');
  if (changedMails === 0) return [head, 'Nothing would have been otherwise.', ...cautions].join('\n');
  return [
    head,
    `Of ${count(changedMails, 'mail')} something would have been otherwise.`,
    ...section('Tickets', tickets, { more: 'more would be opened', fewer: 'would not be opened' }, mailWords),
    ...section(
      'Contacts',
      contacts,
      { more: 'more would be made', fewer: 'would not be made' },
      (one) => `${line(one.address)}, by ${mailWords(one)}`,
    ),
    ...section(
      'Mail sent',
      notifications,
      { more: 'more would be sent', fewer: 'would not be sent' },
      (one) => `${one.kind} to ${line(one.recipient)}, for ${mailWords(one)}`,
    ),
    ...held.map(({ reason, old, fresh }) => `Held for ${reason}: ${old} -> ${fresh}`),
    ...verdictLines(verdicts),
    ...cautions,
    `Note: ${FORETELLS}`,
  ].join('\n');
}

const FORETELLS =
  "it tells which tickets and contacts mail would make, which acknowledgements and welcomes would go, and to whom operators' answers by mail, not who else would be told.";

interface Mail {
  readonly message: number;
  readonly subject: string;
  readonly from: string;
}

const mailWords = ({ message, subject, from }: Mail): string =>
  `message ${message}${from === '' ? '' : ` of ${line(from)}`}: ${subject === '' ? '(no subject)' : line(subject)}`;

function section<Example>(
  title: string,
  { old, fresh, more, fewer }: Change<Example>,
  words: { readonly more: string; readonly fewer: string },
  show: (example: Example) => string,
): readonly string[] {
  if (more.count === 0 && fewer.count === 0) return [];
  return [`${title}: ${old} -> ${fresh}`, ...examples(fewer, words.fewer, show), ...examples(more, words.more, show)];
}

function examples<Example>(
  { count: all, samples }: Change<Example>['more'],
  words: string,
  show: (example: Example) => string,
): readonly string[] {
  if (all === 0) return [];
  const rest = all > samples.length ? [`    and ${all - samples.length} more`] : [];
  return [`  ${all} ${words}:`, ...samples.map((sample) => `    ${show(sample)}`), ...rest];
}

/** Mail that would have had another fate; what it had is on the one side of the change, what it would have on the other. */
function verdictLines({ more }: Difference['verdicts']): readonly string[] {
  if (more.count === 0) return [];
  return [
    'Besides:',
    ...examples(more, `${more.count === 1 ? 'mail' : 'mails'} would have had another fate`, (one) =>
      one.old === one.fresh
        ? `${mailWords(one)} (${one.old}, in another ticket)`
        : `${mailWords(one)} (${one.old} -> ${one.fresh})`,
    ),
  ];
}

/** What of the time looked at is not as exact as the rest. */
function cautionsOn({ inexact, leftOut, released, changedTickets, isCut }: ReplayQuality): readonly string[] {
  const cautions: readonly (readonly [number, string])[] = [
    [Number(isCut), 'there was more mail than is replayed at once; this is the newest.'],
    [
      inexact,
      `${count(inexact, 'mail')} cannot be replayed exactly: decided about now, with the toggles as they are, something else would come out than did. Toggles were changed since, or a person stepped in.`,
    ],
    [leftOut, `left out: ${count(leftOut, 'mail')} at the beginning, about which an earlier release decided.`],
    [released, `${count(released, 'mail')} that an operator let go on: so it is here too.`],
    [
      changedTickets,
      `${count(changedTickets, 'time')} an operator had changed a ticket before a mail came to it: it is taken as it was.`,
    ],
  ];
  return cautions.flatMap(([number, words]) => (number === 0 ? [] : [`Note: ${words}`]));
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
