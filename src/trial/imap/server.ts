import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Log } from '../../lib/log.ts';
import type { MailStore } from '../mail-store.ts';
import { serveSession } from './session.ts';

/** The IMAP side of the trial's mail server, not yet listening. */
export interface ImapServer {
  readonly server: Server;
  /** Says BYE to everybody and ends. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 500;
const CLOSE_GRACE_MS = 500;

export function createImapServer(store: MailStore, log: Log): ImapServer {
  const sessions = new Map<Socket, Promise<void>>();
  const server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: false }, (socket) => {
    // A reset is seen by the session's next read; without a listener it would end the process.
    socket.on('error', () => {});
    const session = serveSession(socket, store, log).finally(() => sessions.delete(socket));
    sessions.set(socket, session);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return {
    server,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sessions.keys()) socket.end('* BYE The trial is stopping\r\n');
      const timer = setTimeout(() => {
        for (const socket of sessions.keys()) socket.destroy();
      }, CLOSE_GRACE_MS);
      await Promise.all(sessions.values());
      await closed;
      clearTimeout(timer);
    },
  };
}
