import { addMailbox, pauseMailbox, resumeMailbox, showMailboxes, trustMailbox } from '../mailboxes/operations.ts';
import { testMailbox } from '../mailboxes/probe-operations.ts';
import { EXIT } from './command.ts';
import type { Command } from './command.ts';
import { readMailboxInput } from './mailbox-input.ts';
import { onOperation } from './on-desk.ts';
import { line, table } from './table.ts';

/** The mailboxes of the desk: where mail is read, and what it is sent through. */
export const MAILBOX_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'mailbox add',
    says: 'read an address of the desk and send as it',
    arguments: ['<address>'],
    options: [
      { flags: '--imap-host <host>', says: 'the IMAP server' },
      { flags: '--imap-port <port>', says: '993 for TLS, 143 for STARTTLS unless given' },
      { flags: '--imap-security <tls|starttls|none>', says: 'tls unless given; none only to this machine' },
      { flags: '--imap-user <user>', says: 'the address unless given' },
      {
        flags: '--imap-password-file <file>',
        says: 'the password is the content of this file; or DESKBELL_IMAP_PASSWORD',
        reports: 'imapPassword',
      },
      { flags: '--password-stdin', says: 'the IMAP password comes on standard input' },
      { flags: '--imap-password <password>', says: 'better not: your shell keeps it in its history' },
      { flags: '--imap-ca <file>', says: 'the certificate authority of the server, as PEM' },
      { flags: '--smtp-host <host>', says: 'the IMAP server unless given' },
      { flags: '--smtp-port <port>', says: '465 for TLS, 587 for STARTTLS unless given' },
      { flags: '--smtp-security <tls|starttls|none>', says: 'tls unless given; none only to this machine' },
      { flags: '--smtp-user <user>', says: 'the IMAP user unless given' },
      {
        flags: '--smtp-password-file <file>',
        says: 'the IMAP password unless given; or DESKBELL_SMTP_PASSWORD',
        reports: 'smtpPassword',
      },
      { flags: '--smtp-no-login', says: 'the SMTP server takes mail without a login' },
      { flags: '--smtp-ca <file>', says: 'the certificate authority of the server, as PEM' },
      { flags: '--name <name>', says: 'what customers see as the sender' },
      { flags: '--folder <folder>', says: 'INBOX unless given' },
      {
        flags: '--schedule <cron>',
        says: 'when it is listed even if the server is silent; each minute unless given, UTC',
      },
      { flags: '--settle <keyword|seen|none>', says: 'how read mail is marked on the server; keyword unless given' },
      {
        flags: '--plus-addresses <on|off>',
        says: 'on: the server takes local+word@domain too, so answers carry our token in their address; off unless given',
      },
      { flags: '--from <baseline|beginning>', says: 'baseline: mail that is there already is left alone' },
      { flags: '--customer <name>', says: 'the home of people whose company nobody knows' },
      {
        flags: '--reply-domain <domain>',
        says: 'right side of our Message-IDs; the domain of the address unless given',
      },
      { flags: '--replace', says: 'change a mailbox that is there: what is not given stays' },
    ],
    examples: [
      'deskbell mailbox add support@desk.example --imap-host imap.desk.example --imap-password-file ./password',
      'DESKBELL_IMAP_PASSWORD=... deskbell mailbox add support@desk.example --imap-host imap.desk.example --smtp-host smtp.desk.example --smtp-security starttls',
      'deskbell mailbox add support@desk.example --replace --password-stdin < ./new-password',
    ],
    operation: addMailbox,
    input: readMailboxInput,
    show: ({ address, isNew, imap, smtp, folder }) =>
      `${isNew ? 'Added' : 'Changed'} ${address}: reads ${folder} at ${imap}, sends through ${smtp}.\n` +
      `Try it with: deskbell mailbox test ${address}`,
  }),
  onOperation({
    verb: 'mailbox list',
    says: 'how the mailboxes are, and who reads them',
    examples: ['deskbell mailbox list'],
    operation: showMailboxes,
    show: (rows, width) => {
      const list = table(
        rows,
        [
          { title: 'MAILBOX', of: ({ address }) => address },
          { title: 'STATE', of: ({ state }) => STATE_WORDS[state] ?? state },
          { title: 'READ BY', of: ({ holder }) => holder },
          { title: 'CHECKED', of: ({ checkedAt }) => checkedAt },
          { title: 'FOLDER', of: ({ folder }) => folder },
          { title: 'IMAP', of: ({ imap }) => imap },
          { title: 'SMTP', of: ({ smtp }) => smtp },
        ],
        width,
        'No mailbox yet. Add one with: deskbell mailbox add',
      );
      const troubles = rows.flatMap(({ address, reason, advice }) =>
        reason === null ? [] : [`${address}: ${line(reason)} ${line(advice ?? '')}`.trimEnd()],
      );
      const held = rows.flatMap(({ address, mailsPerMinute }) =>
        mailsPerMinute === 0
          ? []
          : [`${address} is held to ${mailsPerMinute} mails a minute (mails_per_route_minute).`],
      );
      const notes = [...troubles, ...held];
      return notes.length === 0 ? list : `${list}\n\n${notes.join('\n')}`;
    },
  }),
  onOperation({
    verb: 'mailbox test',
    says: 'go to both servers, step by step, and see who proves senders; nothing is sent',
    arguments: ['<address>'],
    examples: ['deskbell mailbox test support@desk.example'],
    operation: testMailbox,
    exitCode: ({ isOk }) => (isOk ? EXIT.ok : EXIT.refused),
    show: ({ address, isOk, steps, proof }, width) => {
      const list = table(
        steps,
        [
          { title: 'SERVER', of: ({ server }) => server },
          { title: 'STEP', of: ({ step }) => step },
          { title: 'OUTCOME', of: ({ outcome }) => outcome.replace('_', ' ') },
          { title: '', of: ({ outcome, says }) => (outcome === 'failed' ? '' : says) },
        ],
        width,
        '',
      );
      const failures = steps.flatMap(({ server, step, outcome, says, mend }) =>
        outcome === 'failed' ? [`${server} ${step}: ${line(says)}\n${line(mend ?? '')}`] : [],
      );
      const last = isOk ? [`${address} can be read and sent from.`, '', ...proofLines(address, proof)] : failures;
      return [list, '', ...last].join('\n');
    },
  }),
  onOperation({
    verb: 'mailbox trust',
    says: 'whose word about senders is believed: the name in the Authentication-Results of your own provider',
    arguments: ['<address>'],
    options: [
      {
        flags: '--id <name>',
        says: 'a name to believe; those given replace those before',
        repeats: true,
        field: 'ids',
      },
      { flags: '--nobody', says: 'believe none: signatures are checked by the desk itself' },
      { flags: '--check <on|off>', says: 'off: nobody is asked, and no sender is proven' },
    ],
    examples: [
      'deskbell mailbox trust support@desk.example --id mx.desk.example',
      'deskbell mailbox trust support@desk.example --nobody',
    ],
    operation: trustMailbox,
    show: ({ address, authservIds, authentication }) =>
      authentication === 'off'
        ? `Senders of mail to ${address} are not checked: none is proven.`
        : authservIds.length === 0
          ? `For ${address} nobody's word is believed; signatures are checked here.`
          : `For ${address} the word of ${line(authservIds.join(', '))} is believed.`,
  }),
  onOperation({
    verb: 'mailbox pause',
    says: 'stop reading a mailbox',
    arguments: ['<address>'],
    examples: ['deskbell mailbox pause support@desk.example'],
    operation: pauseMailbox,
    show: ({ address }) =>
      `Paused ${address}: within 3 seconds mail waits on the server, until: deskbell mailbox resume ${address}`,
  }),
  onOperation({
    verb: 'mailbox resume',
    says: 'read a paused mailbox again',
    arguments: ['<address>'],
    examples: ['deskbell mailbox resume support@desk.example'],
    operation: resumeMailbox,
    show: ({ address }) => `${address} is read again, with what came meanwhile.`,
  }),
];

/** Where the provider writes nothing, senders can write what looks like its word: fewer messages teach nothing. */
const MIN_LEARNT_FROM = 10;

/** Who proves senders here, and whom one might believe. */
function proofLines(
  address: string,
  {
    read,
    ids,
    problem,
    authservIds,
    authentication,
  }: {
    readonly read: number;
    readonly ids: readonly { readonly id: string; readonly count: number }[];
    readonly problem: string | null;
    readonly authservIds: readonly string[];
    readonly authentication: 'check' | 'off';
  },
): readonly string[] {
  if (authentication === 'off') return ['Senders are not checked: none is proven.'];
  const believed = authservIds.length === 0 ? 'nobody' : line(authservIds.join(', '));
  if (problem !== null) {
    const why = `The headers of the newest messages could not be read, so nothing is known of who proves senders: ${line(problem)}.`;
    return [`Believed about senders: ${believed}; signatures are checked as well.`, why, 'Try again later.'];
  }
  const heard = ids.map(({ id, count }) => `${line(id)} (${count})`).join(', ');
  const found = `Of the newest ${read} messages these say whether the sender is proven: ${heard === '' ? 'none' : heard}.`;
  const advice = ids
    .filter(({ id, count }) => !authservIds.includes(id) && count === read && read >= MIN_LEARNT_FROM)
    .map(
      ({ id }) =>
        `If your provider's manual says that it writes as ${line(id)}, and takes such fields out of mail it receives: deskbell mailbox trust ${address} --id ${line(id)}`,
    );
  const silent = authservIds
    .filter((id) => read > 0 && !ids.some((heard) => heard.id === id))
    .map((id) => `None of them is of ${line(id)}, which is believed: check that name.`);
  return [`Believed about senders: ${believed}; signatures are checked as well.`, found, ...silent, ...advice];
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  paused: 'paused',
  not_read: 'read by nobody',
  connecting: 'connecting',
  watching: 'being watched',
  trouble: 'in trouble',
};
