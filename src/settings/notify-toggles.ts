import { ok } from '../lib/result.ts';
import { readTimeZone } from '../lib/time-zone.ts';
import { readLocale } from '../mail/locale.ts';
import type { Toggle, ToggleValues } from './toggles.ts';

const LAYERS = ['desk', 'mailbox'] as const;
const ON_OFF: ToggleValues = { kind: 'choice', values: ['on', 'off'] };

const told = <Id extends string>(id: Id, says: string, fallback: 'on' | 'off') => ({
  id,
  says,
  values: ON_OFF,
  fallback,
  layers: LAYERS,
});

/** A language, but never none: its own fallback is English. */
const readLanguage = (written: string) => (written.trim() === '' ? ok('en') : readLocale(written));

/** Who is told of what (FEATURES T-06), and in which words. NOTIFICATION_RULES ask these. */
export const NOTIFY_TOGGLES = [
  told('notify_contact_replied', 'Those who take part in a ticket are sent what another of them writes.', 'on'),
  told('notify_participant_added', 'Whoever is let into a ticket is told that they take part.', 'on'),
  told('notify_ticket_pending', 'The requester and the affected contact are told when a ticket waits.', 'off'),
  told('notify_ticket_resolved', 'The requester and the affected contact are told when a ticket is resolved.', 'on'),
  told(
    'notify_ticket_reopened',
    'The requester and the affected contact are told when a ticket is opened again.',
    'off',
  ),
  told('notify_staff_ticket_opened', 'Operators who want to hear of new tickets are told of them.', 'on'),
  told(
    'notify_staff_contact_replied',
    'Whoever works on a ticket, else its team, is told when a customer writes.',
    'on',
  ),
  told('notify_staff_agent_replied', 'Whoever works on a ticket is told when another operator answers it.', 'off'),
  told('notify_staff_note_added', 'Whoever works on a ticket is told of the notes that others leave there.', 'on'),
  told(
    'notify_staff_reply_waits',
    'Whoever works on a ticket, else its team, else the admins, is told when somebody who takes no part writes to it.',
    'on',
  ),
  told('notify_staff_assigned', 'Whoever is given a ticket by somebody else is told, or the team that is.', 'on'),
  told('alarm_held_mail', 'Admins are told when mail waits for a person for too long.', 'on'),
  told('alarm_flood', 'Admins are told when so much mail comes from one sender that it is held.', 'on'),
  told('alarm_breaker', 'Admins are told when the desk has sent so much automatic mail that it stops.', 'on'),
  told('alarm_mailbox', 'Admins are told when a mailbox cannot be read or its mail not be sent.', 'on'),
  told('alarm_delivery', 'Admins are told when mail of the desk is late, refused or given up.', 'on'),
  {
    id: 'recipients_per_event',
    says: 'At most so many customers are told of one event; whoever is beyond is in the record as not told.',
    values: { kind: 'number', unit: 'people', min: 1, max: 10_000 },
    fallback: '20',
    layers: LAYERS,
  },
  {
    id: 'language',
    says: 'The language of mail, and of the pages behind its links, to people for whom, and for whose company, no other is known.',
    values: { kind: 'text', says: 'a language such as `de` or `en-GB`', read: readLanguage },
    fallback: 'en',
    layers: LAYERS,
  },
  {
    id: 'time_zone',
    says: 'In which mail tells dates and times.',
    values: { kind: 'text', says: 'a time zone such as `Europe/Berlin`', read: readTimeZone },
    fallback: 'UTC',
    layers: LAYERS,
  },
] as const satisfies readonly Toggle[];
