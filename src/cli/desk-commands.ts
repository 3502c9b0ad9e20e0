import { isAllowed } from '../access/actor.ts';
import type { Permission } from '../access/permissions.ts';
import { noTicket } from '../access/references.ts';
import { notAllowed } from '../access/refusal.ts';
import { err, ok } from '../lib/result.ts';
import { cancelMail, retryMail, showMail, showOutbox } from '../notifications/operations.ts';
import { processMessage } from '../inbound/process-operations.ts';
import { findTicketByNumber } from '../tickets/store.ts';
import type { Call, Command, Trouble } from './command.ts';
import { EXIT, onOperation, textOf, withDesk } from './command.ts';
import type { Desk, HostAnswer } from './host.ts';
import { printJson } from './io.ts';
import { block, facts, line, table } from './table.ts';

/** What waits for a person, the mail that is on its way, and the books. */
export const DESK_COMMANDS: readonly Command[] = [
  hostCommand({
    verb: 'why',
    says: 'why a mail became what it became: every rule that was asked, and who set what',
    arguments: ['<message>'],
    examples: [
      "deskbell why '<20300131.1@lantern.example>'",
      'deskbell why 17',
      "deskbell why '#1001'   (a ticket's mail)",
      'deskbell why held      (what waits for a person)',
    ],
    permission: 'message.read',
    answer: async ({ host, fields }, desk) => host.why(desk, textOf(fields, 'message') ?? ''),
    isNowhere: ({ fields }, desk) => noMail(textOf(fields, 'message') ?? '', desk),
  }),
  onOperation({
    verb: 'process',
    says: 'let a mail go on that waits for a person',
    arguments: ['<message>'],
    options: [
      { flags: '--with <toggle=value>', says: 'another choice, for this mail alone', repeats: true, field: 'with' },
      { flags: '--anyway', says: 'past every rule that would hold it' },
      { flags: '--sender <address>', says: 'which of the addresses in From wrote it, where "why" names several' },
    ],
    examples: [
      'deskbell process 17',
      'deskbell process 17 --with create_contact_from_mail=on',
      'deskbell process 17 --anyway',
      'deskbell process 17 --sender ana@lantern.example',
    ],
    operation: processMessage,
    show: ({ message }) =>
      `Message ${message} goes on within half a minute, as soon as its mailbox is read.\nSee what became of it: deskbell why ${message}`,
  }),
  onOperation({
    verb: 'outbox list',
    says: 'the newest mail that is owed or was sent',
    options: [
      {
        flags: '--state <state>',
        says: 'of this state alone: queued, sent, deferred, failed, uncertain, suppressed, ...',
      },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
    ],
    examples: ['deskbell outbox list --state failed'],
    operation: showOutbox,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'MAIL', of: ({ id }) => id },
          { title: 'STATE', of: ({ state }) => state },
          { title: 'KIND', of: ({ kind }) => kind },
          { title: 'TICKET', of: ({ ticketNumber }) => ticketNumber },
          { title: 'TO', of: ({ recipient }) => recipient },
          { title: 'OWED', of: ({ createdAt }) => createdAt },
          { title: 'SENT', of: ({ sentAt }) => sentAt },
          { title: 'WHY', of: ({ because, reason }) => reason ?? because },
        ],
        width,
        'No mail here.',
      ),
  }),
  onOperation({
    verb: 'outbox show',
    says: "one mail: every attempt in the server's words, and the mail itself",
    arguments: ['<id>'],
    examples: ['deskbell outbox show 42'],
    operation: showMail,
    show: (mail, width) =>
      [
        facts([
          ['mail', mail.id],
          ['state', mail.state],
          ['kind', mail.kind],
          ['ticket', mail.ticketNumber],
          ['to', `${mail.recipientName === '' ? '' : `${mail.recipientName} `}<${mail.recipient}>`],
          ['because', mail.because],
          ['reason', mail.reason],
          ['flip', mail.wouldGo],
          ['Message-ID', mail.messageId],
          ['owed', mail.createdAt],
          ['next try', mail.state === 'deferred' ? mail.nextAttemptAt : null],
          ['sent', mail.sentAt],
        ]),
        table(
          mail.deliveries,
          [
            { title: 'ATTEMPT', of: ({ at }) => at },
            { title: 'OUTCOME', of: ({ outcome }) => outcome },
            { title: 'STAGE', of: ({ stage }) => stage },
            { title: 'CODE', of: ({ code }) => code },
            { title: 'THE SERVER SAID', of: ({ reply }) => reply },
          ],
          width,
          mail.attempts === 0 ? 'No attempt yet.' : 'The attempts were deleted: their time to be kept was over.',
        ),
        mail.content === null
          ? 'It has not been written yet: that is done at the first attempt.'
          : beginning(block(mail.content)),
      ].join('\n\n'),
  }),
  onOperation({
    verb: 'outbox retry',
    says: 'send a mail that failed, was kept back or is uncertain again',
    arguments: ['<id>'],
    examples: ['deskbell outbox retry 42'],
    operation: retryMail,
    show: ({ id, before, says }) => `Mail ${id} was ${before} and is queued. ${says}`,
  }),
  onOperation({
    verb: 'outbox cancel',
    says: 'do not send a mail that waits',
    arguments: ['<id>'],
    examples: ['deskbell outbox cancel 42'],
    operation: cancelMail,
    show: ({ id }) => `Mail ${id} will not be sent.`,
  }),
  hostCommand({
    verb: 'ledger',
    says: 'check that nothing was lost or doubled; ends with 1 on any breach',
    arguments: [],
    examples: ['deskbell ledger', 'deskbell ledger --json'],
    permission: 'ledger.read',
    answer: async ({ host }, desk) => host.ledger(desk),
    isNowhere: () => Promise.reject(new Error('the ledger is never nowhere')),
  }),
];

const MAX_LINES = 60;

/** Of a long mail the first lines. */
function beginning(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= MAX_LINES) return text;
  return [...lines.slice(0, MAX_LINES), `... ${lines.length - MAX_LINES} more lines; all of it with --json`].join('\n');
}

/** Why there is nothing to say: the ticket is not there, or holds no mail, or nobody knows such a mail. */
async function noMail(reference: string, { db }: Desk): Promise<Pick<Trouble, 'message' | 'mend'>> {
  const number = Number(/^\s*#(\d{1,15})\s*$/.exec(reference)?.[1] ?? 0);
  if (number === 0) {
    const mend = 'Give its Message-ID in quotation marks, or its number; it may also not have been read yet.';
    return { message: `Nobody knows a mail ${line(reference)} here.`, mend };
  }
  if ((await findTicketByNumber(db, number)) === null) return noTicket(number);
  return { message: `Ticket ${number} holds no mail.`, mend: `See its record: deskbell ticket show ${number}` };
}

/** A verb that the host answers. */
function hostCommand({
  permission,
  answer,
  isNowhere,
  ...words
}: Pick<Command, 'verb' | 'says' | 'arguments' | 'examples'> & {
  readonly permission: Permission;
  readonly answer: (call: Call, desk: Desk) => Promise<HostAnswer | null>;
  readonly isNowhere: (call: Call, desk: Desk) => Promise<Pick<Trouble, 'message' | 'mend'>>;
}): Command {
  return {
    ...words,
    options: [],
    isOnDesk: true,
    run: (call) =>
      withDesk(call, async (desk, actor) => {
        if (!isAllowed(actor, permission)) return err({ exitCode: EXIT.refused, ...notAllowed(actor, permission) });
        const found = await answer(call, desk);
        if (found === null) return err({ exitCode: EXIT.refused, ...(await isNowhere(call, desk)) });
        if (call.asJson) printJson(call.io, found.json);
        else call.io.stdout.write(`${found.lines.join('\n')}\n`);
        return ok(found.exitCode);
      }),
  };
}
