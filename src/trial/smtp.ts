import { randomBytes } from 'node:crypto';
import type { Server } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Log } from '../lib/log.ts';
import { stamped, TRIAL_AUTHSERV_ID } from './authentication-stamp.ts';
import { isTrialAddress, MAX_MESSAGE_BYTES, normalizeTrialAddress } from './mail-store.ts';
import type { MailStore } from './mail-store.ts';

/** The SMTP side of the trial's mail server, not yet listening: it takes mail for any address. */
export interface SmtpServer {
  readonly server: Server;
  close(): Promise<void>;
}

/** RFC 5321 4.5.3.1.8 asks for at least 100. */
const MAX_RECIPIENTS = 1_000;
const MAX_CLIENTS = 500;
const CLOSE_GRACE_MS = 500;

/** Files one copy for each recipient before it says 250. `onStored` hears the address. */
export function createSmtpServer(store: MailStore, log: Log, onStored: (address: string) => void): SmtpServer {
  const underWay = new Set<Promise<void>>();
  const smtp = new SMTPServer({
    name: TRIAL_AUTHSERV_ID,
    banner: 'Deskbell trial mail',
    size: MAX_MESSAGE_BYTES,
    rejectOversized: true,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    lenientAddressParsing: true,
    maxRecipients: MAX_RECIPIENTS,
    maxClients: MAX_CLIENTS,
    closeTimeout: CLOSE_GRACE_MS,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      callback(isTrialAddress(address) ? null : refusal(553, 'That is no address'));
    },
    onData(stream, session, callback) {
      const filing = receive(store, stream, session, onStored).then(
        (id) => {
          if (id === null) callback(refusal(552, 'The mail is larger than the trial takes'));
          else callback(null, `OK: filed as ${id}`);
        },
        (cause: unknown) => {
          // A client that went in the middle of its message hears nothing, and nothing has been filed.
          if (stream.readableAborted) return;
          log.error('trial.smtp_failed', { err: cause });
          callback(refusal(451, 'The mail could not be filed here'));
        },
      );
      underWay.add(filing);
      void filing.finally(() => underWay.delete(filing));
    },
  });
  smtp.on('error', (cause) => log.debug('trial.smtp_connection_failed', { err: cause }));
  return {
    server: smtp.server,
    async close() {
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
      await Promise.all(underWay);
    },
  };
}

async function receive(
  store: MailStore,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  onStored: (address: string) => void,
): Promise<string | null> {
  const id = randomBytes(8).toString('hex');
  const receivedAt = new Date();
  const message = await store.spool(stamped(traceOf(session, id, receivedAt), stream));
  if (message === null) return null;
  try {
    for (const address of recipientsOf(session)) {
      await store.account(address).inbox().add(message, [], receivedAt);
      onStored(address);
    }
  } finally {
    await store.discard(message);
  }
  return id;
}

/** Each once: a mail to the same address twice is one mail. */
function recipientsOf({ envelope }: SMTPServerSession): ReadonlySet<string> {
  return new Set(envelope.rcptTo.map(({ address }) => normalizeTrialAddress(address)));
}

/** RFC 5321 4.4: what a server puts on top of a mail that it takes. */
function traceOf(
  { envelope, hostNameAppearsAs, remoteAddress, transmissionType }: SMTPServerSession,
  id: string,
  at: Date,
): { readonly returnPath: string; readonly received: string } {
  const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
  const date = at.toUTCString().replace('GMT', '+0000');
  return {
    returnPath: `Return-Path: <${printable(from)}>\r\n`,
    received: [
      `Received: from ${printable(hostNameAppearsAs)} ([${printable(remoteAddress)}])`,
      `\tby ${TRIAL_AUTHSERV_ID} with ${printable(transmissionType)} id ${id}; ${date}`,
      '',
    ].join('\r\n'),
  };
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}<>()\s]/gu, '?');
}

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
