import { once } from 'node:events';
import type { Server } from 'node:net';
import type { Log } from '../lib/log.ts';
import { createImapServer } from './imap/server.ts';
import { normalizeTrialAddress, openMailStore } from './mail-store.ts';
import { createSmtpServer } from './smtp.ts';
import { TrialError } from './trial-error.ts';

export interface MailServerOptions {
  /** Made when missing; all mail is under it. */
  readonly dataDir: string;
  /** 0 for any free port. */
  readonly smtpPort: number;
  readonly imapPort: number;
  readonly host?: string;
  /** Hears each address, in lower case, once its copy of a new mail is on disk. */
  readonly onStored?: (address: string) => void;
  readonly log: Log;
}

export interface MailServer {
  readonly smtpPort: number;
  readonly imapPort: number;
  /** Files a message in the INBOX of an address, as it is; `at` another moment than now, as if it had waited there. */
  deliver(address: string, bytes: Uint8Array, at?: Date): Promise<void>;
  /** Ends both servers and waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Starts the trial's mail server: SMTP takes mail for any address, IMAP shows it to whoever logs in as that address
 * with the password `trial`. Throws TrialError when a port or the folder cannot be had.
 */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const { dataDir, smtpPort, imapPort, host = '127.0.0.1', onStored = () => {}, log } = options;
  const store = await openMailStore(dataDir, log);
  const smtp = createSmtpServer(store, log, onStored);
  const imap = createImapServer(store, log);
  const smtpListening = await listen(smtp.server, smtpPort, host, 'TRIAL_SMTP_PORT');
  const imapListening = await listen(imap.server, imapPort, host, 'TRIAL_IMAP_PORT').catch(async (cause: unknown) => {
    await smtp.close();
    throw cause;
  });
  return {
    smtpPort: smtpListening,
    imapPort: imapListening,
    async deliver(address, bytes, at = new Date()) {
      const message = await store.spool(onePiece(bytes));
      if (message === null) throw new Error('the message is larger than the trial takes');
      try {
        await store.account(address).inbox().add(message, [], at);
      } finally {
        await store.discard(message);
      }
      onStored(normalizeTrialAddress(address));
    },
    async close() {
      await Promise.all([smtp.close(), imap.close()]);
      await store.close();
    },
  };
}

async function listen(server: Server, port: number, host: string, variable: string): Promise<number> {
  try {
    const listening = once(server, 'listening');
    server.listen(port, host);
    await listening;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be opened (${code})`;
    throw new TrialError(
      `Port ${port} of ${host} ${reason}.`,
      `End that program, or choose another port with ${variable}.`,
    );
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
