import { isAllowed } from '../access/actor.ts';
import type { Permission } from '../access/permissions.ts';
import { noTicket } from '../access/references.ts';
import { notAllowed } from '../access/refusal.ts';
import { err, ok } from '../lib/result.ts';
import { processMessage } from '../inbound/process-operations.ts';
import { findTicketByNumber } from '../tickets/store.ts';
import type { Call, Command, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import type { Desk, HostAnswer } from './host.ts';
import { printJson } from './io.ts';
import { onOperation, withDesk } from './on-desk.ts';
import { line } from './table.ts';

/** Why mail became what it became, and the books. */
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
