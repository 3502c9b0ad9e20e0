import { openDb } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import { deriveKeys, Secret } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { parseAddress } from '../mail/address.ts';
import { secretPlace } from '../mailboxes/model.ts';
import { findMailbox, insertMailbox, updateMailbox } from '../mailboxes/store.ts';
import { TRIAL_AUTHSERV_ID } from './authentication-stamp.ts';
import type { TrialContact } from './trial-contact.ts';
import { TrialError } from './trial-error.ts';

export const TRIAL_ADDRESS = 'support@deskbell.test';
/** Of every address in the trial's IMAP. */
export const TRIAL_PASSWORD = 'trial';

/** Brings the trial's database to this release, with its one mailbox at the ports of this start. @throws TrialError */
export async function prepareDatabase(dataDir: string, trial: TrialContact): Promise<void> {
  await migrate(trial.databaseUrl).catch((error: unknown) => {
    throw new TrialError(
      `The data folder ${dataDir} is of another release of Deskbell: ${error instanceof Error ? error.message : String(error)}.`,
      'Run that release, or move the folder away to begin anew, or set DATA_DIR to another one.',
    );
  });
  await keepMailbox(trial);
}

/** Read from its beginning. */
async function keepMailbox(trial: TrialContact): Promise<void> {
  const { databaseUrl: url, smtpPort, imapPort } = trial;
  const address = parseAddress(TRIAL_ADDRESS) as EmailAddress;
  const keys = deriveKeys(trial.key);
  const server = { host: '127.0.0.1', security: 'none', caPem: null } as const;
  const imap = { ...server, port: imapPort, user: address };
  const smtp = { ...server, port: smtpPort, user: null };
  const imapSecret = keys.box.seal(new Secret(TRIAL_PASSWORD), secretPlace(address, 'imap'));
  const db = openDb({ url, maxConnections: 1, applicationName: 'deskbell trial' });
  try {
    const known = await findMailbox(db, address);
    if (known !== null) await updateMailbox(db, known.id, { imap, smtp, imapSecret, authservIds: [TRIAL_AUTHSERV_ID] });
    else {
      await insertMailbox(db, {
        address,
        displayName: 'Deskbell Support',
        status: 'active',
        imap,
        imapSecret,
        folder: 'INBOX',
        smtp,
        smtpSecret: null,
        schedule: '* * * * *',
        settleMark: 'keyword',
        historyStart: 'beginning',
        replyDomain: 'deskbell.test',
        defaultCustomerId: null,
        authservIds: [TRIAL_AUTHSERV_ID],
      });
    }
  } finally {
    await db.close();
  }
}
