import type { Toggle } from './toggles.ts';

const mails = (unit: string) => ({ kind: 'number', min: 0, max: 1_000_000, unit }) as const;

/** How much mail at once is too much: from one sender, to one recipient, out of a backlog. */
export const BURST_TOGGLES = [
  {
    id: 'notices_per_person',
    says: 'At most so many notices to one person in 10 minutes, over all tickets; more are told together in one digest.',
    values: mails('mails'),
    fallback: '10',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'digest_minutes',
    says: 'Notices that are told together wait at most so long for each other.',
    values: { kind: 'number', min: 1, max: 1440, unit: 'minutes' },
    fallback: '10',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'alarms_per_hour',
    says: 'At most so many alarms to one operator in an hour; more are told together when the hour is over.',
    values: mails('mails'),
    fallback: '4',
    layers: ['desk'],
  },
  {
    id: 'acknowledgements_per_domain_hour',
    says: 'At most so many acknowledgements to the addresses of one domain in an hour. Public mail hosts are exempt.',
    values: mails('mails'),
    fallback: '60',
    layers: ['desk'],
  },
  {
    id: 'tickets_per_sender_hour',
    says: 'At most so many tickets by mail from one address in an hour; more mail is held. Replies to tickets still join them. 0: no limit.',
    values: mails('tickets'),
    fallback: '20',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'late_receipt',
    says: 'Whoever wrote while the desk could not read its mail is told once that it has arrived, in place of acknowledgements that come too late.',
    values: { kind: 'choice', values: ['on', 'off'] },
    fallback: 'on',
    layers: ['desk', 'mailbox'],
  },
  {
    id: 'late_receipt_days',
    says: 'Mail older than this when it is read gets no late receipt either.',
    values: { kind: 'number', min: 0, max: 3650, unit: 'days' },
    fallback: '3',
    layers: ['desk', 'mailbox'],
  },
] as const satisfies readonly Toggle[];
