import { err } from '../lib/result.ts';
import { previewMail } from '../inbound/preview-operations.ts';
import { clearToggle, setToggle, showToggles } from '../settings/operations.ts';
import { withBacktest } from './backtest-command.ts';
import type { Command, OptionRow } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { onOperation } from './on-desk.ts';
import { line, table, time } from './table.ts';

const PLACE_OPTIONS: readonly OptionRow[] = [
  { flags: '--mailbox <address>', says: 'for mail to this mailbox' },
  { flags: '--customer <name>', says: 'for the people of this customer' },
  { flags: '--contact <contact>', says: 'for this contact: number or address' },
];

const LIST = onOperation({
  verb: 'toggle list',
  says: 'what the desk does by itself and who chose so; with --for, what a mail of somebody would become, and why',
  options: [
    { flags: '--for <address>', says: 'for a new mail of this sender', field: 'address' },
    { flags: '--mailbox <address>', says: 'with --for: to this mailbox; the first one unless given' },
  ],
  examples: ['deskbell toggle list', 'deskbell toggle list --for ana@customer.example --mailbox support@desk.example'],
  operation: showToggles,
  show: (rows, width) => {
    const list = table(
      rows,
      [
        { title: 'TOGGLE', of: ({ id }) => id },
        { title: 'VALUE', of: ({ value }) => value },
        { title: 'SET BY', of: ({ isDefault, setBy }) => (isDefault ? 'default' : setBy) },
        { title: 'SET', of: ({ setAt }) => setAt },
        { title: 'VALUES', of: ({ values }) => values },
        { title: 'WHAT IT DOES', of: ({ says }) => says },
      ],
      width,
      '',
    );
    const elsewhere = rows.flatMap(({ id, elsewhere: others }) =>
      others.map(({ layer, name, value, setBy, setAt }) =>
        line(`${id} is ${value} for the ${layer} ${name}: set by ${setBy}, ${time(setAt)}`),
      ),
    );
    return elsewhere.length === 0 ? list : `${list}\n\nOtherwise:\n${elsewhere.join('\n')}`;
  },
});

const LIST_FOR = onOperation({
  ...LIST,
  operation: previewMail,
  show: ({ address, mailbox, sender, toggles, verdicts }, width) =>
    [
      `A new mail of ${address} (${SENDER_WORDS[sender]}) to ${mailbox}:`,
      table(
        verdicts,
        [
          { title: 'PROVEN', of: ({ proven }) => proven },
          { title: 'BECOMES', of: ({ becomes }) => becomes },
          { title: 'BECAUSE', of: ({ because }) => because },
          { title: 'ANSWERED', of: ({ acknowledged }) => ANSWERED_WORDS[String(acknowledged)] ?? '' },
          { title: 'BECAUSE', of: ({ answerBecause }) => answerBecause ?? 'it opens no ticket' },
        ],
        width,
        '',
      ),
      table(
        toggles,
        [
          { title: 'TOGGLE', of: ({ toggle }) => toggle },
          { title: 'VALUE', of: ({ value }) => value },
          { title: 'SET FOR', of: ({ layer }) => (layer === 'fallback' ? 'nobody: the default' : `the ${layer}`) },
          { title: 'BY', of: ({ setBy }) => setBy ?? '' },
          { title: 'ON', of: ({ setAt }) => setAt ?? '' },
        ],
        width,
        '',
      ),
    ].join('\n\n'),
});

/** Whether an acknowledgement goes; null: none is due. */
const ANSWERED_WORDS: Readonly<Record<string, string>> = { true: 'yes', false: 'no', null: 'not due' };

/** What the desk does by itself, and for whom it does otherwise. */
export const TOGGLE_COMMANDS: readonly Command[] = [
  {
    ...LIST,
    run: (call) => {
      if (textOf(call.fields, 'address') !== null) return LIST_FOR.run(call);
      if (textOf(call.fields, 'mailbox') === null) return LIST.run(call);
      const message = '--mailbox goes with --for: it says to which mailbox the mail would come.';
      return Promise.resolve(err({ exitCode: EXIT.usage, message, mend: 'See: deskbell toggle list --help' }));
    },
  },
  withBacktest(
    onOperation({
      verb: 'toggle set',
      says: 'choose, for the desk or for a part of it',
      arguments: ['<toggle>', '<value>'],
      options: PLACE_OPTIONS,
      examples: [
        'deskbell toggle set acknowledge off',
        'deskbell toggle set create_contact_from_mail off --backtest 30d',
        'deskbell toggle set create_ticket_from_mail off --contact ana@lantern.example',
      ],
      operation: setToggle,
      show: ({ toggle, value, name, says }) => `${toggle} is ${value} for ${line(name)}. What it does: ${says}`,
    }),
  ),
  withBacktest(
    onOperation({
      verb: 'toggle clear',
      says: 'take a choice back: the next wider one holds',
      arguments: ['<toggle>'],
      options: PLACE_OPTIONS,
      examples: ['deskbell toggle clear acknowledge'],
      operation: clearToggle,
      show: ({ toggle, layer, name, fallback }) =>
        layer === 'desk'
          ? `${toggle} is ${fallback} again, its default.`
          : `${toggle} is no longer set for ${line(name)}: the next wider choice holds.`,
    }),
  ),
];

const SENDER_WORDS: Readonly<Record<string, string>> = {
  contact: 'a contact',
  unknown: 'nobody known',
  operator: 'an operator',
  erased: 'a contact who was deleted',
  desk: 'an address of the desk',
};
