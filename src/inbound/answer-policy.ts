import { isChosen } from './facts.ts';
import type { Rule } from './policy.ts';

/** May the acknowledgement of a new ticket go? `null` says yes; a sentence says why not. */
export const ANSWER_POLICY: readonly Rule<'send' | 'refuse'>[] = [
  {
    id: 'not_answerable',
    says: 'the message is automatic or asks for no answer (RFC 3834)',
    when: (facts) => !facts.classification.answerable,
    then: 'refuse',
  },
  {
    id: 'chosen_sender',
    says: 'its From field names nobody for certain: an operator said who wrote it',
    when: isChosen,
    then: 'refuse',
  },
  {
    id: 'failed_sender',
    says: 'it was not sent by whom it says: an answer would go to somebody who did not write',
    when: ({ authentication }) => authentication.verdict === 'fail',
    then: 'refuse',
  },
  {
    id: 'from_staff',
    says: 'an operator wrote it: they know that it is here',
    when: ({ sender, forwarded }) => sender.is === 'operator' && forwarded === null,
    then: 'refuse',
  },
  {
    id: 'acknowledge_forwarded_off',
    says: 'an operator forwarded it, and whoever wrote it is not to be told',
    when: ({ forwarded }, ask) => forwarded !== null && ask('acknowledge_forwarded') === 'off',
    then: 'refuse',
  },
  {
    id: 'probable_repeat',
    says: 'the same words came within the last 24 hours, and are in a ticket',
    when: ({ repeatOf }) => repeatOf !== null,
    then: 'refuse',
  },
  {
    id: 'ping_pong',
    says: 'mail from there comes right behind each automatic mail of ours, as a machine would write',
    when: ({ pingPongRounds }, ask) => pingPongRounds >= Number(ask('ping_pong_rounds')),
    then: 'refuse',
  },
  {
    id: 'headers_only',
    says: 'the message was not read whole',
    when: (facts) => facts.isHeadersOnly,
    then: 'refuse',
  },
  {
    id: 'acknowledge_off',
    says: 'acknowledgements are switched off here',
    when: (_, ask) => ask('acknowledge') === 'off',
    then: 'refuse',
  },
  {
    id: 'acknowledge_unproven_off',
    says: 'the sender is not proven, and such mail is not to be acknowledged',
    when: (facts, ask) => facts.authentication.verdict === 'none' && ask('acknowledge_unauthenticated') === 'off',
    then: 'refuse',
  },
  {
    id: 'too_late',
    says: 'the message was too old for an automatic answer when it was read',
    when: (facts, ask) => facts.ageMinutes > Number(ask('late_after_minutes')),
    then: 'refuse',
  },
  { id: 'acknowledge', says: 'the sender is told that the mail has arrived', when: () => true, then: 'send' },
];

const MINUTES_A_DAY = 1440;

/** May whoever wrote be told late that their mail has arrived? Asked where nothing but its age is against an acknowledgement. */
export const RECEIPT_POLICY: readonly Rule<'send' | 'refuse'>[] = [
  {
    id: 'late_receipt_off',
    says: 'late receipts are switched off here',
    when: (_, ask) => ask('late_receipt') === 'off',
    then: 'refuse',
  },
  {
    id: 'too_late_for_receipt',
    says: 'the message was too old even for a late receipt when it was read',
    when: (facts, ask) => facts.ageMinutes > Number(ask('late_receipt_days')) * MINUTES_A_DAY,
    then: 'refuse',
  },
  { id: 'late_receipt', says: 'the sender is told that the mail has arrived late', when: () => true, then: 'send' },
];
