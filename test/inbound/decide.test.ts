import { describe, expect, test } from 'vitest';
import type { ContactId, CustomerId, InboundMessageId, MailboxId, OperatorId, TicketId } from '../../src/db/ids.ts';
import { CREDENTIAL_POLICY } from '../../src/inbound/contact-policy.ts';
import { decide } from '../../src/inbound/decide.ts';
import type { Facts, Proof, SenderMatch } from '../../src/inbound/facts.ts';
import { PLAIN_MAIL } from '../../src/inbound/facts.ts';
import { ANSWER_POLICY, RECEIPT_POLICY } from '../../src/inbound/answer-policy.ts';
import { HOLD_REASONS, POLICY } from '../../src/inbound/policy.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import type { Classification } from '../../src/mail/classify.ts';
import type { ToggleSetting } from '../../src/settings/resolve.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import type { ToggleId } from '../../src/settings/toggles.ts';

const address = parseAddress('ana@customer.example') as EmailAddress;
const [mailboxId, customerId, contactId] = [1 as MailboxId, 7 as CustomerId, 12 as ContactId];

const kind = (of: Classification['kind'], answerable = false): Classification => ({
  kind: of,
  signal: 'test',
  ref: '',
  answerable,
  unanswerableBecause: answerable ? null : 'it is automatic',
});
const contact = { is: 'contact', address, contactId, ownerId: contactId, customerId, isActive: true } as const;
const inactive = { ...contact, isActive: false };
const erased = { is: 'erased', address, customerId } as const;
const stranger = { is: 'unknown', address, customerId } as const;
const thread = (is: Proof, isParticipant: boolean, more: object = {}) =>
  ({
    is,
    ticketId: 5 as TicketId,
    status: 'open',
    closedDays: null,
    isParticipant,
    isTold: false,
    isReply: true,
    ...more,
  }) as const;
const told = { isTold: true };
const operator = (mayReply: boolean) =>
  ({ is: 'operator', address, operatorId: 3 as OperatorId, name: 'Jonas Weil', mayReply }) as const;
const forwarded = (sender: SenderMatch) => ({ sender, subject: 'Lamp', how: 'inline' }) as const;
const pass = { authentication: { verdict: 'pass', says: '' } } as const;
const fail = { authentication: { verdict: 'fail', says: '' } } as const;
const closed = (closedDays: number) => ({ status: 'closed', closedDays }) as const;

const base: Facts = {
  ...PLAIN_MAIL,
  mailboxId,
  sender: contact,
  hasAgentsWords: true,
  authentication: { verdict: 'none', says: '' },
};

type Choices = Partial<Record<ToggleId, string>>;
const settings = (choices: Choices, layer: ToggleSetting['layer'] = 'desk', layerId = 0) =>
  settingsOf(
    Object.entries(choices).map(([toggle, value]) => ({
      toggle,
      layer,
      layerId,
      value,
      setBy: 'operator:1',
      setAt: new Date(0),
    })),
  );

const outcome = (facts: Partial<Facts>, choices: Choices): string => {
  const { outcome: done } = decide({ ...base, ...facts }, settings(choices));
  if (done.do === 'hold' || done.do === 'quarantine') return `${done.do} ${done.reason}`;
  if (done.do === 'record') return done.verdict;
  return done.do === 'append' && done.quietly ? 'append quietly' : done.do;
};

describe('what becomes of a mail', () => {
  test.each<[string, Partial<Facts>, Choices, string]>([
    ['a known contact opens a ticket', {}, {}, 'open'],
    ['a stranger opens a ticket', { sender: stranger }, {}, 'open'],
    ['a second delivery is recorded as such', { duplicateOf: 3 as InboundMessageId }, {}, 'duplicate'],
    ['our own mail coming back is no ticket', { classification: kind('own') }, {}, 'own'],
    ['a bounce is no ticket', { classification: kind('bounce'), sender: stranger }, {}, 'bounce_recorded'],
    [
      'a bounce in a thread is no ticket either',
      { classification: kind('bounce'), thread: thread('own_token', true) },
      {},
      'bounce_recorded',
    ],
    [
      'a person who writes of lost mail in the words of a mail system is no bounce',
      { classification: { ...kind('bounce'), signal: 'bounce_subject_and_phrase' } },
      {},
      'open',
    ],
    [
      'such words about a mail of ours are one',
      { classification: { ...kind('bounce'), signal: 'bounce_subject_and_phrase' }, reportsOn: 'a mail of ours' },
      {},
      'bounce_recorded',
    ],
    ['a delay report is recorded', { classification: kind('delay') }, {}, 'report_recorded'],
    ['a read receipt is recorded', { classification: kind('receipt') }, {}, 'report_recorded'],
    ['mail of nobody waits', { sender: { is: 'nobody' } }, {}, 'hold no_sender'],
    [
      'mail of nobody opens a ticket where that is wanted',
      { sender: { is: 'nobody' } },
      { unnamed_sender: 'open' },
      'open',
    ],
    [
      'so does that of an ambiguous sender',
      { sender: { is: 'ambiguous', raw: 'a@x, b@y', candidates: [] } },
      { unnamed_sender: 'open' },
      'open',
    ],
    [
      'mail of an ambiguous sender waits',
      { sender: { is: 'ambiguous', raw: 'a@x, b@y', candidates: [] } },
      {},
      'hold ambiguous_sender',
    ],
    [
      'even with a token',
      { sender: { is: 'ambiguous', raw: '', candidates: [] }, thread: thread('own_token', false) },
      {},
      'hold ambiguous_sender',
    ],
    ['mail from the desk itself is a loop', { sender: { is: 'desk', address } }, {}, 'quarantine loop'],
    ['a deleted contact is not re-created', { sender: erased }, {}, 'hold deleted_contact'],
    [
      'a deleted contact is held with our own token too',
      { sender: erased, ...pass, thread: thread('own_token', true) },
      {},
      'hold deleted_contact',
    ],
    [
      'a deleted contact is re-created where that is wanted',
      { sender: erased },
      { recreate_deleted_contact: 'on' },
      'open',
    ],
    [
      'a deleted contact is not re-created where mail makes no contacts',
      { sender: erased },
      { recreate_deleted_contact: 'on', create_contact_from_mail: 'off' },
      'hold contact_creation_off',
    ],
    [
      'a deleted contact, re-created, is a stranger to the tickets they had',
      { sender: erased, ...pass, thread: thread('own_token', false) },
      { recreate_deleted_contact: 'on' },
      'airlock',
    ],
    ['mail of a machine opens a ticket', { classification: kind('auto_generated') }, {}, 'open'],
    ['mail of a list opens a ticket', { classification: kind('bulk') }, {}, 'open'],
    [
      'a vacation notice never reopens a ticket',
      { classification: kind('auto_reply'), thread: thread('own_token', true, closed(1)) },
      {},
      'append quietly',
    ],
    ['a participant with the token joins', { thread: thread('own_token', true) }, {}, 'append'],
    ['a participant with references joins', { thread: thread('references', true) }, {}, 'append'],
    [
      'a stranger with the token is airlocked',
      { sender: stranger, thread: thread('other_token', false) },
      {},
      'airlock',
    ],
    ['a contact who takes no part is airlocked too', { thread: thread('own_token', false) }, {}, 'airlock'],
    ['a member of a group who was sent the mail joins', { thread: thread('own_token', false, told) }, {}, 'append'],
    [
      'an extra address becomes a contact',
      { sender: stranger, thread: thread('own_token', false, told) },
      {},
      'append_as_new_contact',
    ],
    [
      'or joins without one',
      { sender: stranger, thread: thread('own_token', false, told) },
      { create_contact_from_mail: 'off' },
      'append',
    ],
    ["with another's token they are airlocked", { thread: thread('other_token', false, told) }, {}, 'airlock'],
    ['references alone let nobody in', { sender: stranger, thread: thread('references', false) }, {}, 'open'],
    ['a reply to a ticket closed yesterday joins', { thread: thread('own_token', true, closed(1)) }, {}, 'append'],
    ['a reply to one closed last year opens a new one', { thread: thread('own_token', true, closed(365)) }, {}, 'open'],
    ['the desk says how long', { thread: thread('own_token', true, closed(1)) }, { reopen_closed_days: '0' }, 'open'],
    ['a non-active contact opens nothing', { sender: inactive }, {}, 'hold non_active_contact'],
    ['a non-active contact may reply', { sender: inactive, thread: thread('own_token', true) }, {}, 'append'],
    ['tickets from mail switched off', {}, { create_ticket_from_mail: 'off' }, 'hold auto_ticket_off'],
    ['a reply still joins then', { thread: thread('own_token', true) }, { create_ticket_from_mail: 'off' }, 'append'],
    [
      'contacts from mail switched off',
      { sender: stranger },
      { create_contact_from_mail: 'off' },
      'hold contact_creation_off',
    ],
    ['that holds no known contact', {}, { create_contact_from_mail: 'off' }, 'open'],
    ['a forward answers nothing', { thread: thread('own_token', true, { isReply: false }) }, {}, 'open'],
    ['the number in the subject lets a proven participant in', { ...pass, thread: thread('tag', true) }, {}, 'append'],
    ['unproven it lets nobody in, for it can be guessed', { thread: thread('tag', true) }, {}, 'open'],
    [
      'an operator answers by mail',
      { ...pass, sender: operator(true), thread: thread('own_token', false) },
      {},
      'append_as_agent',
    ],
    ['not without the right', { ...pass, sender: operator(false), thread: thread('own_token', false) }, {}, 'airlock'],
    [
      'not with the token of another',
      { ...pass, sender: operator(true), thread: thread('other_token', false) },
      {},
      'airlock',
    ],
    ['not unproven', { sender: operator(true), thread: thread('own_token', false) }, {}, 'airlock'],
    [
      'and not unproven because the ticket was closed long ago',
      { sender: operator(true), thread: thread('own_token', false, closed(365)) },
      {},
      'airlock',
    ],
    ['nobody opens a ticket as an operator unproven', { sender: operator(true) }, {}, 'quarantine spoofed'],
    ['a proven operator does', { ...pass, sender: operator(true) }, {}, 'open'],
    [
      'an operator forwards the mail of a stranger',
      { ...pass, sender: operator(true), forwarded: forwarded(stranger) },
      {},
      'open',
    ],
    [
      'the toggles look at the stranger then',
      { ...pass, sender: operator(true), forwarded: forwarded(stranger) },
      { create_contact_from_mail: 'off' },
      'hold contact_creation_off',
    ],
    [
      'and a deleted contact stays deleted',
      { ...pass, sender: operator(true), forwarded: forwarded(erased) },
      {},
      'hold deleted_contact',
    ],
    [
      'a forward of nobody waits',
      { ...pass, sender: operator(true), forwarded: forwarded({ is: 'ambiguous', raw: '', candidates: [] }) },
      {},
      'hold ambiguous_sender',
    ],
    ['mail that failed its domain is quarantined', fail, {}, 'quarantine spoofed'],
    ['with a token of theirs operators see it', { ...fail, thread: thread('own_token', true) }, {}, 'airlock'],
    ['a bounce that fails is still a bounce', { ...fail, classification: kind('bounce') }, {}, 'bounce_recorded'],
    ['unproven mail may be held', {}, { unauthenticated_mail: 'hold' }, 'hold policy'],
    ['proven mail is not held then', pass, { unauthenticated_mail: 'hold' }, 'open'],
  ])('%s', (_, facts, choices, expected) => expect(outcome(facts, choices)).toBe(expected));
});

describe('whether a new ticket is acknowledged', () => {
  test.each<[string, Partial<Facts>, Choices, string]>([
    ['a person is', {}, {}, 'acknowledge'],
    ['a machine is not', { classification: kind('auto_generated') }, {}, 'not_answerable'],
    ['not when it was not read whole', { isHeadersOnly: true }, {}, 'headers_only'],
    ['not when switched off', {}, { acknowledge: 'off' }, 'acknowledge_off'],
    ['not unproven, when that is switched off', {}, { acknowledge_unauthenticated: 'off' }, 'acknowledge_unproven_off'],
    ['an operator is not', { ...pass, sender: operator(true) }, {}, 'from_staff'],
    [
      'whoever wrote what an operator forwards is',
      { ...pass, sender: operator(true), forwarded: forwarded(stranger) },
      {},
      'acknowledge',
    ],
    [
      'unless that is switched off',
      { ...pass, sender: operator(true), forwarded: forwarded(stranger) },
      { acknowledge_forwarded: 'off' },
      'acknowledge_forwarded_off',
    ],
    ['not for the same words again', { repeatOf: 3 as InboundMessageId }, {}, 'probable_repeat'],
    ['not in the third round of a ping-pong', { pingPongRounds: 3 }, {}, 'ping_pong'],
    ['in the second round still', { pingPongRounds: 2 }, {}, 'acknowledge'],
    ['not two hours late', { ageMinutes: 121 }, {}, 'too_late'],
    ['the desk says how late', { ageMinutes: 121 }, { late_after_minutes: '600' }, 'acknowledge'],
  ])('%s', (_, facts, choices, rule) => {
    const { answer } = decide({ ...base, ...facts }, settings(choices));
    expect(answer?.rule).toBe(rule);
    expect(answer?.send).toBe(rule === 'acknowledge');
  });

  // FEATURES B-07: in the place of an acknowledgement that comes too late.
  test.each<[string, Partial<Facts>, Record<string, string>, string | null]>([
    ['what is answered needs none', {}, {}, null],
    ['late mail gets one', { ageMinutes: 300 }, {}, 'late_receipt'],
    ['where it is switched off it does not', { ageMinutes: 300 }, { late_receipt: 'off' }, 'late_receipt_off'],
    ['older than three days it does not', { ageMinutes: 4321 }, {}, 'too_late_for_receipt'],
    ['the desk says how old', { ageMinutes: 4321 }, { late_receipt_days: '4' }, 'late_receipt'],
    ['what is not acknowledged anyway gets none', { ageMinutes: 300 }, { acknowledge: 'off' }, null],
    ['and neither does a repeat', { ageMinutes: 300, repeatOf: 3 as never }, {}, null],
  ])('a late receipt: %s', (_, facts, choices, rule) => {
    const { receipt } = decide({ ...base, ...facts }, settings(choices));
    expect(receipt?.rule ?? null).toBe(rule);
    expect(receipt?.send ?? false).toBe(rule === 'late_receipt');
  });

  // RELIABILITY G10.
  test.each<[string, number, Record<string, string>, string]>([
    ['the twentieth ticket of an hour is opened', 19, {}, 'open'],
    ['the one behind it is held', 20, {}, 'hold'],
    ['as many as the desk says', 20, { tickets_per_sender_hour: '21' }, 'open'],
    ['without a limit there is none', 1000, { tickets_per_sender_hour: '0' }, 'open'],
  ])('%s', (_, openedWithinHour, choices, done) => {
    expect(decide({ ...base, openedWithinHour }, settings(choices)).outcome.do).toBe(done);
  });

  test('nothing is asked where nothing was opened', () => {
    expect(decide({ ...base, sender: { is: 'nobody' } }, settings({})).answer).toBeNull();
  });
});

describe('the trace', () => {
  test('names every rule asked, in order, and the toggle with who set it', () => {
    const { trace } = decide(base, settings({ create_ticket_from_mail: 'off' }, 'contact', contactId));
    expect(trace.map(({ rule }) => rule)).toEqual(
      POLICY.slice(0, POLICY.findIndex(({ id }) => id === 'tickets_from_mail_off') + 1).map(({ id }) => id),
    );
    expect(trace.at(-1)).toMatchObject({
      applied: true,
      asked: [{ toggle: 'create_ticket_from_mail', value: 'off', layer: 'contact', setBy: 'operator:1' }],
    });
  });

  test('a narrower layer decides over a wider one', () => {
    const wide = settings({ create_ticket_from_mail: 'off' });
    const narrow = settings({ create_ticket_from_mail: 'on' }, 'mailbox', mailboxId);
    expect(decide(base, new Map([...wide, ...narrow])).outcome.do).toBe('open');
    expect(decide({ ...base, mailboxId: 2 as MailboxId }, new Map([...wide, ...narrow])).outcome.do).toBe('hold');
  });

  test('rule ids are unique, for they are stored', () => {
    const ids = [...POLICY, ...ANSWER_POLICY, ...RECEIPT_POLICY].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(HOLD_REASONS)).toHaveLength(14);
  });
});

describe('what a welcome brings to sign in with', () => {
  // FEATURES T-05, B-09.
  const WELCOMED = { welcome_new_contact: 'on', welcome_credentials: 'link' } as const;
  const newcomer: Partial<Facts> = { sender: stranger, ...pass };

  test.each<[string, Partial<Facts>, Choices, string | null]>([
    ['is nothing unless an operator chose so', newcomer, { welcome_new_contact: 'on' }, 'credentials_off'],
    ['is a link', newcomer, WELCOMED, 'credentials_link'],
    [
      'is a password by that word alone',
      newcomer,
      { ...WELCOMED, welcome_credentials: 'password' },
      'credentials_password',
    ],
    ['is not asked where nobody is welcomed', newcomer, { welcome_credentials: 'link' }, null],
    ['is not asked of somebody known', pass, WELCOMED, null],
    ['is not asked of whom nothing proves', { sender: stranger }, WELCOMED, null],
    [
      'is not asked of a forwarded mail',
      { ...pass, sender: operator(true), forwarded: forwarded(stranger) },
      WELCOMED,
      null,
    ],
  ])('%s', (_, facts, choices, rule) => {
    const { credential, trace } = decide({ ...base, ...facts }, settings(choices));
    expect(credential?.rule ?? null).toBe(rule);
    if (rule !== null) expect(trace.at(-1)).toMatchObject({ rule, applied: true });
  });

  test.each<[string, Partial<Facts>]>([
    ['unproven mail', { sender: stranger }],
    ['mail that failed', { sender: stranger, ...fail }],
    ['mail that somebody forwarded', { ...pass, sender: operator(true), forwarded: forwarded(stranger) }],
  ])('would be nothing for %s, whatever let the welcome go', (_, facts) => {
    const unproven = CREDENTIAL_POLICY.find(({ id }) => id === 'credentials_unproven');
    expect(unproven?.when({ ...base, ...facts }, () => 'link')).toBe(true);
    expect(unproven?.then).toBe('nothing');
  });
});
