import type { Urgency } from '../notifications/staff-rules.ts';
import { previewEvent, showRules } from '../notifications/preview-operations.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { block, line, table } from './table.ts';

interface Person {
  readonly kind: string;
  readonly recipient: string;
  readonly name: string;
  readonly because: string;
}

const personWords = ({ kind, recipient, name, because }: Person): string =>
  `${line(name === '' ? recipient : `${name} <${recipient}>`)}: ${line(because)} [${kind}]`;

/** When a mail comes in a digest with others. */
const WAITS: Readonly<Record<Urgency, string>> = { urgent: 'never', alarm: 'when many', normal: 'when many' };

/** Who hears of what. */
export const NOTIFY_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'notify rules',
    says: 'what happens, who is told of it, and the toggle that decides; for the desk, or for one mailbox',
    options: [{ flags: '--mailbox <address>', says: 'with the choices for this mailbox' }],
    examples: ['deskbell notify rules', 'deskbell notify rules --mailbox support@desk.example'],
    operation: showRules,
    show: ({ mailbox, rules }, width) =>
      [
        `Who is told of what, ${mailbox === null ? 'for the desk' : `for mail of ${mailbox}`}:`,
        table(
          rules,
          [
            { title: 'EVENT', of: ({ event }) => event },
            { title: 'MAIL', of: ({ kind }) => kind },
            { title: 'IS', of: ({ isOn }) => (isOn ? 'on' : 'off') },
            { title: 'TOGGLE', of: ({ toggle }) => toggle ?? 'none: always' },
            { title: 'WAITS', of: ({ urgency }) => WAITS[urgency] },
            { title: 'WHOM', of: ({ whom }) => whom },
          ],
          width,
          '',
        ),
        'Change one with: deskbell toggle set NAME on|off [--mailbox ADDRESS]',
      ].join('\n\n'),
  }),
  onOperation({
    verb: 'notify preview',
    says: 'who would be told if this happened to a ticket now, who would not and why, and the mail of each; nothing is sent',
    arguments: ['<number>', '<event>'],
    options: [{ flags: '--kind <mail>', says: 'this mail alone, where the event owes several' }],
    examples: [
      'deskbell notify preview 1001 agent_replied',
      'deskbell notify preview 1001 contact_replied --kind staff_contact_replied',
    ],
    operation: previewEvent,
    show: ({ number, event, says, told, notTold }) =>
      [
        `If ${event} happened to ticket ${number} now (${says}):`,
        told.length === 0 ? 'Nobody would be told.' : `Would be told: ${told.length}`,
        ...told.map((one) => `  ${personWords(one)}`),
        ...(notTold.length === 0 ? [] : [`Would not be told: ${notTold.length}`]),
        ...notTold.map((one) => `  ${personWords(one)}\n      not told: ${line(one.reason)}`),
        ...told.map(({ recipient, locale, mail }) =>
          [
            `\nThe mail to ${line(recipient)}, in ${line(locale)}:`,
            `    Subject: ${line(mail.subject)}`,
            '',
            block(mail.text),
          ].join('\n'),
        ),
      ].join('\n'),
  }),
];
