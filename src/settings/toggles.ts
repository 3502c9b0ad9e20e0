import type { Layer } from '../db/schema/settings.ts';
import type { Result } from '../lib/result.ts';
import { BURST_TOGGLES } from './burst-toggles.ts';
import { NOTIFY_TOGGLES } from './notify-toggles.ts';

/** What an operator may choose: from named values, a number within bounds, or what can be read as something. */
export type ToggleValues =
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly unit: string }
  | {
      readonly kind: 'text';
      /** What it is, for whoever looks at the list. */
      readonly says: string;
      /** As it is kept; else what is wrong with it, to be read after the toggle's name. */
      readonly read: (written: string) => Result<string, string>;
    };

export interface Toggle {
  readonly id: string;
  /** What it does, as a sentence an operator reads. */
  readonly says: string;
  readonly values: ToggleValues;
  readonly fallback: string;
  /** Where it may be set; the narrowest that is set decides. */
  readonly layers: readonly Layer[];
  /** Values that put links into mail, and so need an address that customers reach. */
  readonly valuesWithLinks?: readonly string[];
}

const onOff: ToggleValues = { kind: 'choice', values: ['on', 'off'] };
const number = (unit: string, min: number, max: number): ToggleValues => ({ kind: 'number', min, max, unit });

/** Every choice of an operator. One more toggle is one row here and one rule that asks it. */
export const TOGGLES = [
  {
    id: 'create_ticket_from_mail',
    says: 'Mail opens a ticket. Off: the mail is held for an operator; replies to tickets still join them.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox', 'customer', 'contact'],
  },
  {
    id: 'create_contact_from_mail',
    says: 'Mail from an unknown address makes a contact. Off: the mail is held and nobody is created.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'recreate_deleted_contact',
    says: 'Mail from the address of a deleted contact makes a new one, as if nobody had ever written from there. Off: the mail is held.',
    values: onOff,
    fallback: 'off',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'unnamed_sender',
    says: 'What mail does whose From field names nobody, or cannot be read in one way: be held, or open a ticket of nobody, which is not answered.',
    values: { kind: 'choice', values: ['hold', 'open'] },
    fallback: 'hold',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'acknowledge',
    says: 'Whoever opens a ticket by mail gets an acknowledgement.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox', 'customer', 'contact'],
  },
  {
    id: 'unauthenticated_mail',
    says: 'What mail does whose sender is not proven: open a ticket, or be held.',
    values: { kind: 'choice', values: ['open', 'hold'] },
    fallback: 'open',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'acknowledge_unauthenticated',
    says: 'Mail whose sender is not proven is acknowledged, with neither its subject nor its text.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'acknowledge_forwarded',
    says: 'Whoever wrote a mail that an operator forwards to the desk is acknowledged.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'notify_agent_replied',
    says: 'Those who take part in a ticket are sent the answers of operators. Off: an answer is in the record alone.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'welcome_new_contact',
    says: 'A new contact gets a welcome mail, once: made by hand, or by a mail that a person provably sent.',
    values: onOff,
    fallback: 'off',
    layers: ['desk', 'mailbox', 'customer'],
  },
  {
    id: 'welcome_credentials',
    says: 'What a welcome brings to sign in with, where the address is proven: nothing, a link to set a password that works once, or a password in plain text.',
    values: { kind: 'choice', values: ['off', 'link', 'password'] },
    fallback: 'off',
    layers: ['desk', 'mailbox', 'customer'],
    valuesWithLinks: ['link', 'password'],
  },
  {
    id: 'notify_ticket_opened_by_operator',
    says: 'Those whom an operator chooses are told of a ticket that the operator opens for somebody.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'notify_ticket_closed',
    says: 'The requester and the affected contact are told when a ticket is closed.',
    values: onOff,
    fallback: 'on',
    layers: ['desk', 'mailbox', 'customer', 'contact'],
  },
  ...NOTIFY_TOGGLES,
  {
    id: 'reopen_closed_days',
    says: 'A reply to a ticket that was closed at most so long ago reopens it; a later one opens a new ticket.',
    values: number('days', 0, 3650),
    fallback: '30',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'late_after_minutes',
    says: 'Mail older than this when it is read gets no automatic answer.',
    values: number('minutes', 1, 525_600),
    fallback: '120',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'held_alarm_hours',
    says: 'Mail that waits for a person longer than this is an alarm: in the list of what is held, and on the overview. 0: never.',
    values: number('hours', 0, 8760),
    fallback: '1',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'mailbox_alarm_minutes',
    says: 'A mailbox that has not been read, or whose mail has not gone, for longer than this because something is broken is an alarm. 0: never.',
    values: number('minutes', 0, 10_080),
    fallback: '15',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'ping_pong_rounds',
    says: 'After so many mails in a row, each within minutes of an automatic mail of ours to the same address, no more automatic mail goes there until an hour has been quiet.',
    values: number('mails', 1, 1_000_000),
    fallback: '3',
    layers: ['desk'],
  },
  {
    id: 'automatic_mails_per_ticket',
    says: 'At most so many automatic mails about one ticket in 10 minutes; more notices are told together in one digest.',
    values: number('mails', 0, 1_000_000),
    fallback: '10',
    layers: ['desk'],
  },
  {
    id: 'acknowledgements_per_address_hour',
    says: 'At most so many acknowledgements to one address in an hour.',
    values: number('mails', 0, 1_000_000),
    fallback: '3',
    layers: ['desk'],
  },
  {
    id: 'acknowledgements_per_address_day',
    says: 'At most so many acknowledgements to one address in a day.',
    values: number('mails', 0, 1_000_000),
    fallback: '10',
    layers: ['desk'],
  },
  {
    id: 'acknowledgements_per_desk_hour',
    says: 'The breaker: at most so many acknowledgements of the whole desk in an hour.',
    values: number('mails', 0, 100_000_000),
    fallback: '600',
    layers: ['desk'],
  },
  {
    id: 'mails_per_route_minute',
    says: 'A mailbox sends at most so many mails a minute, whichever worker sends them: below what its provider takes. 0: no limit.',
    values: number('mails', 0, 1_000_000),
    fallback: '0',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'keep_raw_mail_days',
    says: 'Mail as it came is deleted so many days after its message was done. 0: never. What waits for a person is kept.',
    values: number('days', 0, 36_500),
    fallback: '0',
    layers: ['desk'],
  },
  {
    id: 'keep_attachments_days',
    says: 'Files in tickets are deleted so many days after the ticket was closed; their names stay. 0: never.',
    values: number('days', 0, 36_500),
    fallback: '0',
    layers: ['desk'],
  },
  {
    id: 'keep_decisions_days',
    says: 'Why a mail became what it became is deleted so many days after it was done; what became of it stays. 0: never.',
    values: number('days', 0, 36_500),
    fallback: '0',
    layers: ['desk'],
  },
  {
    id: 'keep_deliveries_days',
    says: 'What servers said to each attempt is deleted after so many days, of mail whose fate is settled. 0: never.',
    values: number('days', 0, 36_500),
    fallback: '0',
    layers: ['desk'],
  },
  {
    id: 'keep_audit_days',
    says: 'Who did what is deleted after so many days. 0: never.',
    values: number('days', 0, 36_500),
    fallback: '0',
    layers: ['desk'],
  },
  {
    id: 'invitations_per_address_month',
    says: 'At most so many welcomes with something to sign in with to one address in 30 days; more go without it.',
    values: number('mails', 0, 1_000_000),
    fallback: '1',
    layers: ['desk'],
  },
  {
    id: 'invitations_per_desk_hour',
    says: 'The breaker: at most so many mails with something to sign in with of the whole desk in an hour.',
    values: number('mails', 0, 1_000_000),
    fallback: '50',
    layers: ['desk'],
  },
  ...BURST_TOGGLES,
] as const satisfies readonly Toggle[];

export type ToggleId = (typeof TOGGLES)[number]['id'];

const byId: ReadonlyMap<string, Toggle> = new Map(TOGGLES.map((toggle) => [toggle.id, toggle]));

/** The toggle of that name, or null: names come from operators. */
export function findToggle(id: string): (Toggle & { readonly id: ToggleId }) | null {
  return (byId.get(id) as (Toggle & { readonly id: ToggleId }) | undefined) ?? null;
}
