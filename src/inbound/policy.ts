import type { ToggleId } from '../settings/toggles.ts';
import type { Facts } from './facts.ts';
import { askerOf, attachedTo } from './facts.ts';
import { cellOf } from './matrix.ts';

/** Why a message waits for a person. A closed list; each is shown to operators with its sentence. */
export const HOLD_REASONS = {
  non_active_contact: 'the contact is not active, so their mail opens no ticket',
  auto_ticket_off: 'creating tickets from mail is switched off for this sender or mailbox',
  contact_creation_off: 'the address is unknown and creating contacts from mail is switched off',
  deleted_contact: 'the address belonged to a contact who was deleted',
  ambiguous_sender: 'the From field does not name exactly one sender',
  no_sender: 'the message names no sender',
  spoofed: 'the message fails the domain of its sender, or bears the name of an operator without proof',
  stranger_reply_refused: 'somebody who takes no part answered a ticket',
  loop: 'the message comes from an address of the desk itself',
  flood: 'too much mail came from this sender',
  too_large: 'the message is larger than this mailbox takes',
  unparseable: 'the message cannot be read',
  answers_no_ticket: 'an operator answered mail of the desk that is about no ticket, such as an alarm',
  policy: 'the sender is not proven, and such mail is to be held',
} as const;
export type HoldReason = keyof typeof HOLD_REASONS;

/** The rule that stands for POLICY where a person rejected what waited for one. */
export const REJECTED_RULE = 'rejected_by_operator';

/** What is to be done with a message. */
export type Outcome =
  | { readonly do: 'open' }
  /** Joins its ticket; `quietly`: seen by operators only, and the ticket's status stays. */
  | { readonly do: 'append'; readonly quietly: boolean }
  /** Joins its ticket, of which its sender is told; the unknown address becomes a contact. */
  | { readonly do: 'append_as_new_contact' }
  /** Joins its ticket as an operator's answer, which goes to those who take part (FEATURES N-08). */
  | { readonly do: 'append_as_agent' }
  /** Joins its ticket for operators' eyes, until one of them admits the sender (FEATURES B-10). */
  | { readonly do: 'airlock' }
  /** Its writer hears less from now on; the ticket's record says it to operators, and stays as it is (FEATURES N-04). */
  | { readonly do: 'mute' }
  | { readonly do: 'record'; readonly verdict: 'bounce_recorded' | 'report_recorded' | 'duplicate' | 'own' }
  | { readonly do: 'hold' | 'quarantine'; readonly reason: HoldReason };

/** Asks a toggle about the message at hand; the answer goes into the trace. */
export type Ask = (toggle: ToggleId) => string;

export interface Rule<Then> {
  readonly id: string;
  /** What it says when it applies, for `why`. */
  readonly says: string;
  readonly when: (facts: Facts, ask: Ask) => boolean;
  readonly then: Then;
}

/** Signs that a person's complaint about lost mail might bear too: such a mail is a ticket, and is not answered. */
export const WORDS_ALONE: ReadonlySet<string> = new Set(['bounce_subject_and_phrase']);
const AUTOMATIC_REPORTS = new Set(['delay', 'delivered_report', 'complaint', 'receipt']);

/** A reply to a ticket that was closed too long ago opens a new one, linked to it. */
const isJoinable = ({ thread }: Facts, ask: Ask): boolean =>
  thread.is !== 'none' && (thread.closedDays === null || thread.closedDays <= Number(ask('reopen_closed_days')));

/** Nobody of these gets a ticket of their own by naming one that is closed. */
const neverOpens = ({ sender, authentication }: Facts): boolean =>
  sender.is === 'operator' || authentication.verdict === 'fail';

/** An operator who may answer, and who wrote something beside what they quote. */
const isAgentsAnswer = ({ sender, hasAgentsWords }: Facts): boolean =>
  sender.is === 'operator' && sender.mayReply && hasAgentsWords;

const isAirlocked = (facts: Facts): boolean =>
  cellOf(facts) === 'airlock' || (cellOf(facts) === 'agent' && !isAgentsAnswer(facts));

/** Nobody knows them; an erased person comes here only where mail may make them anew. */
const isNew = (facts: Facts): boolean => ['unknown', 'erased'].includes(askerOf(facts).is);

/** What becomes of a message. Asked from the top; the first rule that applies decides. */
export const POLICY: readonly Rule<Outcome>[] = [
  {
    id: 'duplicate',
    says: 'the same message was delivered before',
    when: (facts) => facts.duplicateOf !== null,
    then: { do: 'record', verdict: 'duplicate' },
  },
  {
    id: 'attached_for_operators',
    says: 'an operator put it into a ticket, for operators alone',
    when: (facts) => attachedTo(facts)?.quietly === true,
    then: { do: 'append', quietly: true },
  },
  {
    id: 'attached',
    says: 'an operator put it into a ticket, for all who take part',
    when: (facts) => attachedTo(facts) !== null,
    then: { do: 'append', quietly: false },
  },
  {
    id: 'own_mail',
    says: 'it is mail that this desk sent',
    when: (facts) => facts.classification.kind === 'own',
    then: { do: 'record', verdict: 'own' },
  },
  {
    id: 'bounce',
    says: 'it reports that mail could not be delivered',
    when: ({ classification, reportsOn }) =>
      classification.kind === 'bounce' && (reportsOn !== null || !WORDS_ALONE.has(classification.signal)),
    then: { do: 'record', verdict: 'bounce_recorded' },
  },
  {
    id: 'report',
    says: 'it is a report or receipt of a machine about mail',
    when: (facts) => AUTOMATIC_REPORTS.has(facts.classification.kind),
    then: { do: 'record', verdict: 'report_recorded' },
  },
  {
    id: 'no_sender',
    says: 'its From field holds no address',
    when: (facts, ask) => facts.sender.is === 'nobody' && ask('unnamed_sender') === 'hold',
    then: { do: 'hold', reason: 'no_sender' },
  },
  {
    id: 'ambiguous_sender',
    says: 'its From field can be read in more than one way',
    when: (facts, ask) => facts.sender.is === 'ambiguous' && ask('unnamed_sender') === 'hold',
    then: { do: 'hold', reason: 'ambiguous_sender' },
  },
  {
    id: 'from_the_desk',
    says: 'its sender is an address of the desk itself',
    when: (facts) => facts.sender.is === 'desk',
    then: { do: 'quarantine', reason: 'loop' },
  },
  {
    id: 'deleted_contact',
    says: 'its sender was a contact who has been deleted',
    when: (facts, ask) => askerOf(facts).is === 'erased' && ask('recreate_deleted_contact') === 'off',
    then: { do: 'hold', reason: 'deleted_contact' },
  },
  {
    id: 'spoofed',
    says: 'it fails the domain of its sender, or bears the name of an operator without proof',
    when: (facts) => cellOf(facts) === 'spoofed',
    then: { do: 'quarantine', reason: 'spoofed' },
  },
  {
    id: 'unsubscribe',
    says: 'it asks to hear less of what we write: noted, and the ticket stays as it is',
    when: ({ asksToMute, authentication }) => asksToMute !== null && authentication.verdict !== 'fail',
    then: { do: 'mute' },
  },
  {
    id: 'auto_in_thread',
    says: 'it is an automatic answer to a ticket: kept for operators, the ticket stays as it is',
    when: ({ classification, thread, authentication }) =>
      classification.kind === 'auto_reply' &&
      authentication.verdict !== 'fail' &&
      thread.is !== 'none' &&
      (thread.is !== 'tag' || thread.isParticipant),
    then: { do: 'append', quietly: true },
  },
  {
    id: 'machine_in_thread',
    says: 'a machine wrote it to a ticket: kept for operators, the ticket stays as it is',
    when: (facts) => {
      const cell = cellOf(facts);
      const { kind } = facts.classification;
      return (kind === 'auto_generated' && cell === 'append') || (kind !== 'personal' && cell === 'agent');
    },
    then: { do: 'append', quietly: true },
  },
  {
    id: 'told_address_replies',
    says: 'it is a reply of an unknown address that is told of the ticket: it joins, and its sender becomes a contact',
    when: (facts, ask) =>
      facts.sender.is === 'unknown' &&
      cellOf(facts) === 'append' &&
      isJoinable(facts, ask) &&
      ask('create_contact_from_mail') === 'on',
    then: { do: 'append_as_new_contact' },
  },
  {
    id: 'participants_reply',
    says: 'it is a reply of somebody who takes part in the ticket, or is told of it',
    when: (facts, ask) => cellOf(facts) === 'append' && isJoinable(facts, ask),
    then: { do: 'append', quietly: false },
  },
  {
    id: 'agents_reply',
    says: 'it is the answer of an operator to a mail that went to them',
    when: (facts) => cellOf(facts) === 'agent' && isAgentsAnswer(facts),
    then: { do: 'append_as_agent' },
  },
  {
    id: 'strangers_reply',
    says: 'it answers mail of ours, but its sender may not answer this ticket: operators see it and decide',
    when: (facts, ask) => isAirlocked(facts) && (neverOpens(facts) || isJoinable(facts, ask)),
    then: { do: 'airlock' },
  },
  {
    id: 'machine_answers_desk',
    says: 'a machine of an operator answered mail of the desk that is about no ticket',
    when: ({ answersDesk, classification }) => answersDesk && classification.kind !== 'personal',
    then: { do: 'record', verdict: 'report_recorded' },
  },
  {
    id: 'operator_answers_desk',
    says: 'an operator answered mail of the desk that is about no ticket: it opens none',
    when: ({ answersDesk }) => answersDesk,
    then: { do: 'hold', reason: 'answers_no_ticket' },
  },
  {
    id: 'forward_of_nobody',
    says: 'an operator forwarded a mail whose sender cannot be told',
    when: ({ forwarded }, ask) =>
      (forwarded?.sender.is === 'ambiguous' || forwarded?.sender.is === 'nobody') && ask('unnamed_sender') === 'hold',
    then: { do: 'hold', reason: 'ambiguous_sender' },
  },
  {
    id: 'non_active_contact',
    says: 'its sender is a contact who is not active',
    when: (facts) => {
      const asker = askerOf(facts);
      return asker.is === 'contact' && !asker.isActive;
    },
    then: { do: 'hold', reason: 'non_active_contact' },
  },
  {
    id: 'tickets_from_mail_off',
    says: 'mail is not to open tickets here',
    when: (_, ask) => ask('create_ticket_from_mail') === 'off',
    then: { do: 'hold', reason: 'auto_ticket_off' },
  },
  {
    id: 'contacts_from_mail_off',
    says: 'its sender is unknown, and mail is not to make contacts here',
    when: (facts, ask) => isNew(facts) && ask('create_contact_from_mail') === 'off',
    then: { do: 'hold', reason: 'contact_creation_off' },
  },
  {
    id: 'unproven_held',
    says: 'its sender is not proven, and such mail is to be held',
    when: (facts, ask) => facts.authentication.verdict === 'none' && ask('unauthenticated_mail') === 'hold',
    then: { do: 'hold', reason: 'policy' },
  },
  {
    id: 'flood',
    says: 'mail of its sender has opened as many tickets within the hour as one sender may',
    when: ({ openedWithinHour }, ask) => {
      const limit = Number(ask('tickets_per_sender_hour'));
      return limit > 0 && openedWithinHour >= limit;
    },
    then: { do: 'hold', reason: 'flood' },
  },
  { id: 'new_ticket', says: 'it opens a ticket', when: () => true, then: { do: 'open' } },
];
