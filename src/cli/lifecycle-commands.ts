import { activateContact, deactivateContact } from '../contacts/lifecycle-operations.ts';
import { deleteContact, showErasure } from '../erasure/operations.ts';
import { textOf } from './command.ts';
import type { Command } from './command.ts';
import { statusWords, whoIs } from './contact-words.ts';
import { onOperation } from './on-desk.ts';

const deletion = {
  verb: 'contact delete',
  says: 'erase a person; without --confirm, show what would be erased',
  arguments: ['<contact>'],
  options: [
    { flags: '--confirm <address>', says: 'their primary address, to say that you mean it' },
    { flags: '--with-messages', says: 'also what they wrote: texts, subjects, files, and their mail as it came' },
  ],
  examples: [
    'deskbell contact delete 12   (shows what would be erased, and erases nothing)',
    'deskbell contact delete 12 --confirm ana@lantern.example',
    'deskbell contact delete 12 --confirm ana@lantern.example --with-messages',
  ],
};

const preview = onOperation({
  ...deletion,
  operation: showErasure,
  show: ({ id, name, addresses, merged, confirmation, withMessages, ...counts }) =>
    [
      `This would erase ${whoIs({ id, name })}, for good${merged.length === 0 ? '' : `, with those merged into them (contact ${merged.join(', ')})`}:`,
      '  their fields, picture, user name and settings; their names and addresses wherever the desk wrote them',
      `  ${many(addresses.length, 'address')}${addresses.length === 0 ? '' : ` (${addresses.join(', ')})`}: mail from there will be held`,
      `  ${many(counts.groups, 'group')} they are in, ${many(counts.settings, 'setting')} of their own`,
      `  ${many(counts.mails, 'mail')} to them, of which ${counts.pendingMails} not sent yet: cancelled`,
      withMessages
        ? `  what they wrote: ${many(counts.entries, 'text')} with ${many(counts.attachments, 'file')}, and ${many(counts.messages, 'raw mail')}`
        : '',
      'This would stay:',
      `  ${many(counts.tickets, 'ticket')}, of a "deleted contact"`,
      withMessages
        ? '  what others wrote to those tickets, without the name'
        : `  what they wrote: ${many(counts.entries, 'text')} with ${many(counts.attachments, 'file')}, and ${many(counts.messages, 'raw mail')}, ` +
          `in which names and addresses can still be read. To erase that too: --with-messages`,
      ...(counts.heldMessages === 0
        ? []
        : [`  ${many(counts.heldMessages, 'mail')} of theirs that waits for a person: deskbell why held`]),
      `To do it: deskbell contact delete ${id} --confirm ${confirmation}${withMessages ? ' --with-messages' : ''}`,
    ]
      .filter((line) => line !== '')
      .join('\n'),
});

const confirmed = onOperation({
  ...deletion,
  operation: deleteContact,
  show: ({ id, contacts, tombstones, withMessages, ...counts }) =>
    [
      `Contact ${id} was deleted${contacts === 1 ? '' : `, with ${many(contacts - 1, 'contact')} merged into them`}.`,
      `${many(counts.tickets, 'ticket')} stay${counts.tickets === 1 ? 's' : ''}. ${many(counts.pendingMails, 'mail')} to them will not be sent.`,
      withMessages
        ? `What they wrote is gone: ${many(counts.entries, 'text')}, ${many(counts.attachments, 'file')}, ${many(counts.messages, 'raw mail')}.`
        : `What they wrote stays: ${many(counts.entries, 'text')}, ${many(counts.messages, 'raw mail')}.`,
      `Mail from ${tombstones === 1 ? 'their address' : `their ${tombstones} addresses`} is held (toggle recreate_deleted_contact).`,
    ].join('\n'),
});

/** How contacts come and go. */
export const LIFECYCLE_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'contact deactivate',
    says: "a person's mail opens no tickets from now on; those there are go on",
    arguments: ['<contact>'],
    options: [{ flags: '--until <date>', says: 'they are active again from that day by themselves' }],
    examples: ['deskbell contact deactivate ana@lantern.example', 'deskbell contact deactivate 12 --until 2030-01-31'],
    operation: deactivateContact,
    show: (contact) =>
      `${whoIs(contact)} is ${statusWords(contact)} now: mail of theirs that would open a ticket is held; replies to their tickets join them.`.replace(
        /^c/,
        'C',
      ),
  }),
  onOperation({
    verb: 'contact activate',
    says: "a person's mail opens tickets again",
    arguments: ['<contact>'],
    examples: ['deskbell contact activate ana@lantern.example'],
    operation: activateContact,
    show: (contact) =>
      `${whoIs(contact)} is active again. What was held meanwhile: deskbell why held`.replace(/^c/, 'C'),
  }),
  { ...confirmed, run: (call) => (textOf(call.fields, 'confirm') === null ? preview.run(call) : confirmed.run(call)) },
];

const many = (count: number, noun: string): string => {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${count} ${count === 1 ? noun : plural}`;
};
