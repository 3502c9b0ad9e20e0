import { z } from 'zod';
import { addressField } from '../access/fields.ts';
import { probeOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import type { Keys } from '../lib/crypto.ts';
import { err, ok } from '../lib/result.ts';
import { splitMessage } from '../mail/headers.ts';
import { learnAuthservIds } from '../mail/trusted-results.ts';
import { smtpAccount } from '../notifications/smtp-account.ts';
import type { SendOutcome, SmtpAccount, SmtpStage } from '../notifications/transport-model.ts';
import type { Mailbox } from './model.ts';
import { imapAccount } from './model.ts';
import type { ImapAccount, MailSource, SourceRefusal } from './source.ts';
import { findMailbox } from './store.ts';

/** One step on the way to a server. */
export interface ProbeStep {
  readonly server: 'IMAP' | 'SMTP';
  readonly step: string;
  readonly outcome: 'ok' | 'failed' | 'not_reached';
  /** What was found, or what is the matter. */
  readonly says: string;
  /** What to do; null unless it failed. */
  readonly mend: string | null;
}

const DEADLINE_MS = 120_000;

/** Goes the whole way to both servers of a mailbox and back, step by step; sends nothing, and reads headers alone. */
export const testMailbox = probeOperation({
  name: 'mailbox.test',
  permission: 'mailbox.manage',
  input: z.strictObject({ address: addressField }),
  run: async ({ db, keys, openSource, openSmtpRoute }, { address }) => {
    const mailbox = await findMailbox(db, address);
    if (mailbox === null) {
      const mend = 'See all with: deskbell mailbox list';
      return err(refusal('mailbox_not_found', `The desk has no mailbox ${address}.`, mend));
    }
    const accounts = openAccounts(keys, mailbox);
    if (accounts === null) {
      const message = `The passwords of ${address} were stored with another DESKBELL_KEY.`;
      const mend = 'Start with that key, or give them again: deskbell mailbox add --replace with both passwords.';
      return err(refusal('other_key', message, mend));
    }
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const [imap, smtp] = await Promise.all([
      openSource(accounts.imap, signal).then(async (opened) => {
        if (!opened.ok) return { steps: imapSteps(accounts.imap, opened.error, ''), heard: NOTHING_HEARD };
        const { path, messageCount, isReadOnly } = opened.value.folder;
        const heard = await hearAuthservs(opened.value).catch(unheard);
        await opened.value.close();
        const note = isReadOnly ? '; it is read-only, so mail is not marked there' : '';
        return { steps: imapSteps(accounts.imap, null, `${path} holds ${messageCount} messages${note}`), heard };
      }),
      probeSmtp(openSmtpRoute, accounts.smtp, signal),
    ]);
    const steps = [...imap.steps, ...smtp];
    const { authentication, authservIds } = mailbox;
    const proof = { ...imap.heard, authentication, authservIds };
    return ok({ address, isOk: steps.every(({ outcome }) => outcome === 'ok'), steps, proof });
  },
});

/** Who says in the newest messages whether their senders are proven: what there is to learn for `mailbox trust`. */
interface HeardAuthservs {
  /** Messages whose headers were read. */
  readonly read: number;
  /** The names that stand where only our own provider can write, the most frequent first. */
  readonly ids: readonly { readonly id: string; readonly count: number }[];
  /** Why the headers could not be read; null when they were, or when the mailbox could not be reached at all. */
  readonly problem: string | null;
}

const NOTHING_HEARD: HeardAuthservs = { read: 0, ids: [], problem: null };

/** The way to the mailbox is good all the same, and that is what was asked first. */
const unheard = (error: unknown): HeardAuthservs => ({
  ...NOTHING_HEARD,
  problem: error instanceof Error && error.message !== '' ? error.message : String(error),
});

const MESSAGES_HEARD = 20;
/** UIDs have gaps: so many are looked through for them. */
const UIDS_SEARCHED = 2_000;

async function hearAuthservs(source: MailSource): Promise<HeardAuthservs> {
  const uids: number[] = [];
  for await (const page of source.uids(Math.max(1, source.folder.uidNext - UIDS_SEARCHED))) uids.push(...page);
  const counts = new Map<string, number>();
  let read = 0;
  for (const uid of uids.slice(-MESSAGES_HEARD)) {
    const header = await source.fetchHeaders(uid);
    if (header === null) continue;
    read += 1;
    for (const id of learnAuthservIds(splitMessage(header).fields)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const ids = [...counts].map(([id, count]) => ({ id, count })).toSorted((a, b) => b.count - a.count);
  return { read, ids, problem: null };
}

function openAccounts(keys: Keys, mailbox: Mailbox): { imap: ImapAccount; smtp: SmtpAccount } | null {
  try {
    return { imap: imapAccount(keys, mailbox), smtp: smtpAccount(keys, mailbox) };
  } catch {
    return null; // a sealed secret opens or it does not; there is nothing else to say
  }
}

function imapSteps(account: ImapAccount, refused: SourceRefusal | null, found: string): readonly ProbeStep[] {
  const steps: readonly SourceRefusal['step'][] =
    account.security === 'none'
      ? ['resolve', 'connect', 'login', 'folder']
      : ['resolve', 'connect', 'tls', 'login', 'folder'];
  const says: Readonly<Record<SourceRefusal['step'], string>> = {
    resolve: account.host,
    connect: `port ${account.port}`,
    tls: 'encrypted, and the certificate is good',
    login: account.user,
    folder: found,
  };
  return stepsUntil('IMAP', steps, says, refused && { step: refused.step, says: refused.reason, mend: refused.advice });
}

async function probeSmtp(
  openSmtpRoute: (account: SmtpAccount) => { probe(signal: AbortSignal): Promise<SendOutcome>; close(): Promise<void> },
  account: SmtpAccount,
  signal: AbortSignal,
): Promise<readonly ProbeStep[]> {
  const route = openSmtpRoute(account);
  const outcome = await route.probe(signal);
  await route.close();
  const steps: readonly SmtpStage[] = [
    'connect',
    ...(account.security === 'tls' ? (['tls', 'greeting'] as const) : []),
    ...(account.security === 'starttls' ? (['greeting', 'tls'] as const) : []),
    ...(account.security === 'none' ? (['greeting'] as const) : []),
    ...(account.login === null ? [] : (['auth'] as const)),
    'mail',
  ];
  const says: Readonly<Record<string, string>> = {
    connect: `${account.host}, port ${account.port}`,
    tls: 'encrypted, and the certificate is good',
    greeting: 'it is a mail server',
    auth: account.login?.user ?? '',
    mail: 'it would take a mail',
  };
  if (outcome.is === 'accepted') return stepsUntil('SMTP', steps, says, null);
  const step = outcome.is === 'refused' ? outcome.stage : 'mail';
  return stepsUntil('SMTP', steps, says, { step, says: outcome.text, mend: SMTP_MENDS[step] });
}

/** What to do when the way to an SMTP server ends at a stage. */
const SMTP_MENDS: Readonly<Record<SmtpStage, string>> = {
  connect: 'Check host and port (465 for TLS, 587 for STARTTLS), and that no firewall is in between.',
  tls: 'Check the port (465 for TLS, 587 for STARTTLS); for an authority of your own give its certificate with --smtp-ca.',
  greeting: 'Check that this is the port of an SMTP server, and whether TLS is expected from the start (465).',
  auth: 'Check user and password; with two-step verification the provider wants an app password instead.',
  mail: 'Check that the server lets this account send; its own words are above.',
  rcpt: 'Check that the server lets this account send; its own words are above.',
  data: 'Check that the server lets this account send; its own words are above.',
  content: 'Check that the server lets this account send; its own words are above.',
};

/** All steps: those before the one that failed were taken, those after it never reached. */
function stepsUntil(
  server: ProbeStep['server'],
  steps: readonly string[],
  says: Readonly<Record<string, string>>,
  failed: { readonly step: string; readonly says: string; readonly mend: string } | null,
): readonly ProbeStep[] {
  const all = failed === null || steps.includes(failed.step) ? steps : [failed.step, ...steps];
  const end = failed === null ? all.length : all.indexOf(failed.step);
  return all.map((step, index): ProbeStep => {
    if (failed !== null && index === end)
      return { server, step, outcome: 'failed', says: failed.says, mend: failed.mend };
    return index < end
      ? { server, step, outcome: 'ok', says: says[step] ?? '', mend: null }
      : { server, step, outcome: 'not_reached', says: '', mend: null };
  });
}
