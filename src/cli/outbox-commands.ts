import { cancelMail, resendMail, resolveMail, retryMail } from '../notifications/intervene-operations.ts';
import { foldedWords } from '../notifications/folds.ts';
import { showMail, showOutbox } from '../notifications/operations.ts';
import { OUTBOX_STATES } from '../notifications/states.ts';
import type { ReadableMail } from '../notifications/read-mail.ts';
import type { Command } from './command.ts';
import { onOperation } from './on-desk.ts';
import { block, facts, table } from './table.ts';

const WHICH = [
  { flags: '--mailbox <address>', says: 'sent from this mailbox of the desk' },
  { flags: '--recipient <address>', says: 'to this address' },
  { flags: '--ticket <number>', says: 'about this ticket' },
] as const;

/** The mail that is owed, on its way, or gone; and what an operator may do about it. */
export const OUTBOX_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'outbox list',
    says: 'the newest mail that is owed or was sent',
    options: [
      {
        flags: '--state <state>',
        says: 'of this state alone: queued, sent, deferred, failed, uncertain, suppressed, bounced, ...',
      },
      ...WHICH,
      { flags: '--before <mail>', says: 'go on behind this one, towards older ones' },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
    ],
    examples: [
      'deskbell outbox list --state failed',
      'deskbell outbox list --recipient ana@lantern.example --limit 20 --before 4711',
    ],
    operation: showOutbox,
    show: ({ rows, next }, width) => {
      const list = table(
        rows,
        [
          { title: 'MAIL', of: ({ id }) => id },
          { title: 'STATE', of: ({ state }) => state },
          { title: 'KIND', of: ({ kind }) => kind },
          { title: 'TICKET', of: ({ ticketNumber }) => ticketNumber },
          { title: 'TO', of: ({ recipient }) => recipient },
          { title: 'OWED', of: ({ createdAt }) => createdAt },
          { title: 'SENT', of: ({ sentAt }) => sentAt },
          {
            title: 'WHY',
            of: ({ because, reason, state, digest }) =>
              state === 'folded' ? foldedWords(digest) : (reason ?? because),
          },
        ],
        width,
        'No mail here.',
      );
      return next === null ? list : `${list}\n\nThere are older ones: --before ${next}`;
    },
  }),
  onOperation({
    verb: 'outbox show',
    says: "one mail: every attempt in the server's words, and the mail itself",
    arguments: ['<id>'],
    examples: ['deskbell outbox show 42', 'deskbell outbox show 42 --json   (with its bytes)'],
    operation: showMail,
    show: (mail, width) =>
      [
        facts([
          ['mail', mail.id],
          ['state', `${mail.state}: ${OUTBOX_STATES[mail.state].says}`],
          ['kind', mail.kind],
          ['ticket', mail.ticketNumber],
          ['to', `${mail.recipientName === '' ? '' : `${mail.recipientName} `}<${mail.recipient}>`],
          ['because', mail.because],
          ['reason', mail.reason],
          ['digest', mail.state === 'folded' ? foldedWords(mail.digest) : null],
          ['flip', mail.wouldGo],
          ['Message-ID', mail.messageId],
          ['owed', mail.createdAt],
          ['next try', mail.state === 'deferred' ? mail.nextAttemptAt : null],
          ['sent', mail.sentAt],
        ]),
        table(
          mail.deliveries,
          [
            { title: 'WHEN', of: ({ at }) => at },
            { title: 'OUTCOME', of: ({ outcome }) => outcome.replaceAll('_', ' ') },
            { title: 'STAGE', of: ({ stage }) => stage },
            { title: 'CODE', of: ({ code }) => code },
            { title: 'WHO SAID WHAT', of: ({ reply }) => reply },
          ],
          width,
          mail.attempts === 0 ? 'No attempt yet.' : 'The attempts were deleted: their time to be kept was over.',
        ),
        wordsOf(mail),
      ].join('\n\n'),
  }),
  onOperation({
    verb: 'outbox retry',
    says: 'try mail again that failed, waits, was kept back or is uncertain: one, or all of a state',
    arguments: ['[id]'],
    options: [
      { flags: '--state <failed|deferred|suppressed>', says: 'all of this state, the oldest 1,000 first' },
      ...WHICH,
      { flags: '--anyway', says: 'one mail, although it has words of an internal note' },
    ],
    examples: [
      'deskbell outbox retry 42',
      'deskbell outbox retry 42 --anyway',
      'deskbell outbox retry --state failed --mailbox support@desk.example',
      'deskbell outbox retry --state suppressed --recipient ana@lantern.example   (after: suppression lift)',
    ],
    operation: retryMail,
    show: ({ id, before, count, left, says }) =>
      id === null ? manyWords(before, count, left) : `Mail ${id} was ${before} and is queued. ${says}`,
  }),
  onOperation({
    verb: 'outbox resend',
    says: 'send a mail once more that a server took and somebody lost: the same bytes, the same Message-ID',
    arguments: ['<id>'],
    options: [{ flags: '--anyway', says: 'also automatic mail, which its recipient may then have twice' }],
    examples: ['deskbell outbox resend 42', 'deskbell outbox resend 43 --anyway'],
    operation: resendMail,
    show: ({ id, before, says }) => `Mail ${id} was ${before} and is queued. ${says}`,
  }),
  onOperation({
    verb: 'outbox resolve',
    says: 'say what became of an uncertain mail: sent (it arrived) or failed (it did not)',
    arguments: ['<id>', '<outcome>'],
    examples: ['deskbell outbox resolve 42 sent', 'deskbell outbox resolve 42 failed'],
    operation: resolveMail,
    show: ({ id, state }) =>
      `Mail ${id} was uncertain and is ${state}.` +
      (state === 'failed' ? ` Send it again with: deskbell outbox retry ${id}` : ''),
  }),
  onOperation({
    verb: 'outbox cancel',
    says: 'do not send a mail that waits',
    arguments: ['<id>'],
    examples: ['deskbell outbox cancel 42'],
    operation: cancelMail,
    show: ({ id }) => `Mail ${id} will not be sent.`,
  }),
];

function manyWords(before: string, count: number, left: number): string {
  const what =
    count === 0
      ? `No mail here that is ${before} can be tried again.`
      : `${count} ${count === 1 ? 'mail was' : 'mails were'} ${before} and ${count === 1 ? 'is' : 'are'} queued.`;
  return left === 0 ? what : `${what} ${left} more wait for the same: type it again.`;
}

/** Its fields and its text; of mail with a secret, and of bytes that nobody can read, what there is. */
function wordsOf({
  readable,
  content,
  attempts,
}: {
  readonly readable: ReadableMail | null;
  readonly content: string | null;
  readonly attempts: number;
}): string {
  if (readable !== null) return [facts(readable.headers), beginning(block(readable.text))].join('\n\n');
  if (content !== null) return beginning(block(content));
  return attempts === 0
    ? 'It has not been written yet: that is done at the first attempt.'
    : 'What was written is not kept, for no server was given it.';
}

const MAX_LINES = 60;

/** Of a long mail the first lines. */
function beginning(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= MAX_LINES) return text;
  return [...lines.slice(0, MAX_LINES), `... ${lines.length - MAX_LINES} more lines; all of it with --json`].join('\n');
}
