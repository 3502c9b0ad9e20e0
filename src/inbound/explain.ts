import type { Db } from '../db/client.ts';
import { unreachable } from '../lib/result.ts';
import { headerText } from '../mail/compose.ts';
import { oncePrefixed } from '../mail/subject.ts';
import type { ToggleChoice } from '../settings/resolve.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import type { Settings } from '../settings/resolve.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { foldedWords } from '../notifications/folds.ts';
import { ANSWER_POLICY, RECEIPT_POLICY } from './answer-policy.ts';
import type { TraceStep } from './decide.ts';
import { decide } from './decide.ts';
import { explainKeptBack, mailFlipWords } from './explain-mail.ts';
import type { ExplainedMessage, OwedMail } from './explain-store.ts';
import { findExplained, findOperatorNames, listOwed } from './explain-store.ts';
import { candidateLines, shellWord } from './candidates.ts';
import type { ContactMatch, Facts, Proof, SenderMatch } from './facts.ts';
import { askerOf } from './facts.ts';
import { releaseOf } from './held.ts';
import { PLACEHOLDER_RULE } from './placeholder.ts';
import type { HoldReason } from './policy.ts';
import { CONTACT_POLICY, CREDENTIAL_POLICY } from './contact-policy.ts';
import { HOLD_REASONS, POLICY, REJECTED_RULE } from './policy.ts';

/** What a message owed; of what was kept back, what would have let it go. */
interface ExplainedMail extends OwedMail {
  readonly wouldGo: string | null;
}

/** Why a message became what it became, and what it owed. */
export interface Explanation {
  readonly message: ExplainedMessage;
  readonly owed: readonly ExplainedMail[];
  /** What the toggles say today. */
  readonly settings: Settings;
  /** What the operators are called who had a part in it, by their labels. */
  readonly operators: Readonly<Record<string, string>>;
}

/** How whoever is recorded under a label is called. */
type Named = (label: string) => string;

/** @param reference the message's number, its Message-ID, or "#1001" for the mail of a ticket */
export async function explainMessages(db: Db, reference: string): Promise<readonly Explanation[]> {
  const messages = await findExplained(db, reference);
  const operators = await findOperatorNames(db, messages.flatMap(labelsOf));
  return Promise.all(
    messages.map(async (message) => {
      const owed = await listOwed(db, message.id);
      const flips = await explainKeptBack(
        db,
        owed.map(({ id }) => id),
      );
      const flipWords = (id: OwedMail['id']) => {
        const flip = flips.get(id);
        return flip === undefined ? null : mailFlipWords(flip);
      };
      return {
        message,
        owed: owed.map((mail) => ({ ...mail, wouldGo: flipWords(mail.id) })),
        settings: await settingsFor(db, message.facts),
        operators,
      };
    }),
  );
}

/** Under which whoever had a part in it is recorded. */
const labelsOf = ({ facts, trace, released }: ExplainedMessage): readonly string[] => [
  ...(released === null ? [] : [released.by]),
  ...(facts?.override ? [facts.override.by] : []),
  ...(facts?.sender.is === 'operator' ? [operatorLabel(facts.sender)] : []),
  ...(trace ?? []).flatMap(({ asked }) => asked.flatMap(({ setBy }) => setBy ?? [])),
];

const operatorLabel = ({ operatorId }: { readonly operatorId: number }): string => `operator:${operatorId}`;

async function settingsFor(db: Db, facts: Facts | null): Promise<Settings> {
  const asker = facts === null ? null : askerOf(facts);
  const customerIds = asker !== null && 'customerId' in asker ? [asker.customerId] : [];
  const contactIds = asker !== null && 'contactId' in asker ? [asker.contactId] : [];
  return settingsOf(await loadSettings(db, customerIds, contactIds));
}

/** What would let a message go on that waits for a person (FEATURES B-02). */
function mendLines(id: number, status: string, facts: Facts, settings: Settings): readonly string[] {
  if (status !== 'held' && status !== 'quarantined') return [];
  const { command, isByToggle } = releaseOf(id, facts, settings);
  const words = isByToggle ? 'to let it go on' : 'no toggle would have let it through; to do it all the same';
  return [`  mend      ${words}: ${command}`, ...manyLines(facts, settings)];
}

/** Of mail that is held because there is too much of it there is more. */
function manyLines(facts: Facts, settings: Settings): readonly string[] {
  const { outcome } = decide(facts, settings);
  if (outcome.do !== 'hold' || outcome.reason !== 'flood' || !('address' in facts.sender)) return [];
  const release = `deskbell held release --reason flood --sender ${shellWord(facts.sender.address)}`;
  return [
    `  flood     tickets of theirs within the hour: ${facts.openedWithinHour}; to let more of their mail go on: ${release}`,
  ];
}

/** Who said something about it while it waited for a person, and what; the last word counts. */
function releasedLines({ released }: ExplainedMessage, decidedWith: Override | null, named: Named): readonly string[] {
  const rejected = released?.because ?? null;
  return [
    ...(decidedWith === null ? [] : [`  released  by ${named(decidedWith.by)}${overrideWords(decidedWith)}`]),
    ...(released === null || rejected === null
      ? []
      : [`  rejected  by ${named(released.by)} on ${released.at}: ${quoted(rejected)}`]),
  ];
}

/** What a person chose for a message, each with its comma. */
function overrideWords({ choices, anyway, attachTo = null, sender = null }: Override): string {
  return [
    ...(sender === null ? [] : [`as mail of ${sender}`]),
    ...(attachTo === null ? [] : ['into a ticket']),
    ...(attachTo?.quietly === true ? ['for operators alone'] : []),
    ...(attachTo?.asParticipant === true ? ['its sender takes part'] : []),
    ...choices.map(({ toggle, value }) => `with ${toggle} = ${value}`),
    ...(anyway ? ['past every rule that holds mail'] : []),
  ]
    .map((words) => `, ${words}`)
    .join('');
}

const RULE_WORDS: ReadonlyMap<string, string> = new Map([
  ...[...POLICY, ...ANSWER_POLICY, ...RECEIPT_POLICY, ...CONTACT_POLICY, ...CREDENTIAL_POLICY].map(
    (rule) => [rule.id, rule.says] as const,
  ),
  [PLACEHOLDER_RULE, 'it could not be read, so a ticket stands for it'],
  [REJECTED_RULE, 'it waited for a person, who rejected it'],
]);

/** The explanation as an operator reads it. */
export function explanationLines({ message, owed, settings, operators }: Explanation): readonly string[] {
  const named: Named = (label) => operators[label] ?? label;
  const { facts, trace } = message;
  const lines = [
    `message ${message.id}: ${verdictLine(message)}`,
    `  came      ${message.internalDate.toISOString()} to ${message.mailbox} (${message.folder}, UIDVALIDITY ${message.uidValidity}, UID ${message.uid}), ${message.sizeBytes} bytes`,
    ...goneLines(message),
    `  ours      ${message.receivedAt.toISOString()}, understood ${message.doneAt?.toISOString() ?? 'not yet'}, attempt ${message.attempts}`,
  ];
  if (facts === null || trace === null) {
    if (message.decisionGoneAt !== null) return [...lines, ...releasedLines(message, null, named), ...owedBlock(owed)];
    return [...lines, `  waits     for its next attempt at ${message.nextAttemptAt.toISOString()}`];
  }
  const { kind, signal, ref, unanswerableBecause } = facts.classification;
  return [
    ...lines,
    `  subject   ${facts.subject === '' ? '(none)' : quoted(oncePrefixed(facts.subject))}`,
    `  kind      ${kind} (${signal}${ref === '' ? '' : `, ${ref}`})${unanswerableBecause === null ? '' : `; gets no automatic answer: ${unanswerableBecause}`}`,
    `  sender    ${senderWords(facts.sender, named)}`,
    ...candidateLines(message.id, message.status, facts.sender),
    `  proven    ${facts.authentication.verdict}: ${facts.authentication.says}`,
    ...(facts.forwarded === null ? [] : [`  forwards  mail of ${senderWords(facts.forwarded.sender, named)}`]),
    `  thread    ${threadWords(facts, message.threadTicketNumber)}`,
    ...(message.reportedMail === null ? [] : [`  reports   on ${message.reportedMail}`]),
    ...(facts.repeatOf === null ? [] : [`  repeats   what message ${facts.repeatOf} said`]),
    ...(facts.defects.length > 0 ? [`  defects   ${facts.defects.join(', ')}`] : []),
    ...releasedLines(message, facts.override, named),
    ...mendLines(message.id, message.status, facts, settings),
    '  rules asked:',
    ...trace.flatMap((step) => stepLines(step, named)),
    ...owedBlock(owed),
  ];
}

const owedBlock = (owed: readonly ExplainedMail[]): readonly string[] => [
  owed.length === 0 ? '  owed      nothing' : '  owed:',
  ...owed.flatMap(owedLines),
];

/** What is known of it no more, because its time to be kept was over. */
const goneLines = ({ rawGoneAt, decisionGoneAt }: ExplainedMessage): readonly string[] => [
  ...(rawGoneAt === null ? [] : [`  raw       deleted on ${rawGoneAt.toISOString()} (keep_raw_mail_days)`]),
  ...(decisionGoneAt === null
    ? []
    : [`  rules     that were asked were deleted on ${decisionGoneAt.toISOString()} (keep_decisions_days)`]),
];

function verdictLine(message: ExplainedMessage): string {
  const rule = message.rule === null ? '' : ` (rule ${message.rule})`;
  if (message.status === 'received') return 'received, not understood yet';
  if (message.status !== 'done') {
    return `${message.status}: ${HOLD_REASONS[message.reason as HoldReason]} [${message.reason}]${rule}`;
  }
  const ticket = message.ticketNumber === null ? '' : `, ticket #${message.ticketNumber}`;
  const twin = message.duplicateOf === null ? '' : ` of message ${message.duplicateOf}`;
  return `${message.verdict}${twin}${ticket}${rule}`;
}

function stepLines({ rule, applied, asked }: TraceStep, named: Named): readonly string[] {
  const words = RULE_WORDS.get(rule) ?? '';
  return [
    `    ${applied ? 'yes' : 'no '}  ${rule.padEnd(26)} ${words}`,
    ...asked.map((choice) => `         asked ${choice.toggle} = ${choice.value}, ${choiceWords(choice, named)}`),
  ];
}

const choiceWords = ({ layer, setBy, setAt }: ToggleChoice, named: Named): string =>
  layer === 'fallback'
    ? 'the default, set by nobody'
    : `set for the ${layer} by ${setBy === null ? 'nobody' : named(setBy)} on ${setAt === null ? '?' : new Date(setAt).toISOString()}`;

function senderWords(sender: SenderMatch, named: Named): string {
  switch (sender.is) {
    case 'contact':
      return `${sender.address}, contact ${sender.contactId}${partWords(sender)}${sender.isActive ? '' : ' (not active)'}`;
    case 'unknown':
      return `${sender.address}, nobody known until then (home: customer ${sender.customerId})`;
    case 'operator':
      return `${sender.address}, operator ${named(operatorLabel(sender))}${sender.mayReply ? '' : ' (may not answer tickets)'}`;
    case 'erased':
      return 'a contact who was deleted';
    case 'desk':
      return `${sender.address}, an address of the desk`;
    case 'ambiguous':
      return `cannot be told: ${quoted(sender.raw)}`;
    case 'nobody':
      return 'nobody is named';
    default:
      return unreachable(sender);
  }
}

/** Facts of earlier releases know no owner: nobody was merged then. */
const partWords = ({ contactId, ownerId }: Partial<ContactMatch>): string =>
  ownerId === undefined || ownerId === contactId ? '' : `, of whom contact ${ownerId} was part`;

/** What a stranger wrote, on one line and unable to move a terminal's cursor or turn its direction. */
const quoted = (text: string): string => JSON.stringify(headerText(text));

const PROOF_WORDS: Readonly<Record<Proof, string>> = {
  own_token: 'the token of a mail that we sent to them',
  other_token: 'the token of a mail that we sent to somebody else',
  references: 'a Message-ID of the ticket',
  tag: 'its number in the subject',
};

/** Of an answer to a digest of several: its words name a ticket as its subject may (`tagsOf`). */
const NUMBER_WORDS: Partial<Record<Proof, string>> = {
  own_token: 'its number, in an answer to a digest that we sent to them',
  tag: 'its number, in an answer to a digest',
};
const SEVERAL =
  'answers a digest of several tickets, and does not name one of theirs with its number, such as #1001: whose it is cannot be told';

function threadWords({ thread, clues }: Pick<Facts, 'thread' | 'clues'>, ticketNumber: number | null): string {
  const isOfSeveral = clues?.answersDigest === true;
  if (thread.is === 'none') return isOfSeveral ? SEVERAL : 'answers nothing we know';
  const part = thread.isParticipant
    ? 'takes part in it'
    : thread.isTold
      ? 'takes no part in it, but is told of it'
      : 'takes no part in it';
  const verb = thread.isReply ? 'answers' : 'names, but does not answer,';
  const proof = (isOfSeveral ? NUMBER_WORDS[thread.is] : undefined) ?? PROOF_WORDS[thread.is];
  return `${verb} ticket #${ticketNumber ?? '?'} (${thread.status}) by ${proof}; the sender ${part}`;
}

const owedLines = (mail: ExplainedMail): readonly string[] => [
  `    ${mail.state.padEnd(10)} ${mail.kind} to ${mail.recipient}, ${mail.because}${mail.reason === null ? '' : `: ${mail.reason}`}`,
  ...(mail.state === 'folded' ? [`               ${foldedWords(mail.digest)}`] : []),
  ...(mail.wouldGo === null ? [] : [`               ${mail.wouldGo}`]),
  `               notification ${mail.id}, ${mail.messageId}`,
  ...(mail.lastReply === null || mail.lastReply === '' ? [] : [`               server said: ${mail.lastReply}`]),
];
