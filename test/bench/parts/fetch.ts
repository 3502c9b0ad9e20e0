import { ImapFlow } from 'imapflow';
import type { Part } from './part.ts';

const USER = 'parts@desk.test';
const RANGE = 50;

/** The download of a mailbox, in ranges of 50 with `source`. */
export const fetch: Part = {
  id: 'fetch',
  about: 'IMAP download, imapflow fetch of 50',
  limitMs: [0.05, 0.05],
  async prepare({ messages, dovecot }) {
    await dovecot.addUser(USER, 'parts');
    await dovecot.doveadm('expunge', '-u', USER, 'mailbox', 'INBOX', 'all');
    await dovecot.deliverMany(USER, messages);
    await dovecot.doveadm('mailbox', 'status', '-u', USER, 'messages', 'INBOX'); // so that the server knows its mail
    const auth = { user: USER, pass: 'parts' };
    return async () => {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port: dovecot.port,
        secure: false,
        doSTARTTLS: false,
        auth,
        logger: false,
      });
      await client.connect();
      await client.mailboxOpen('INBOX', { readOnly: true });
      let fetched = 0;
      for (let first = 1; first <= messages.length; first += RANGE) {
        const range = `${first}:${Math.min(first + RANGE - 1, messages.length)}`;
        for await (const message of client.fetch(range, { source: true, uid: true })) {
          if (message.source !== undefined) fetched += 1;
        }
      }
      await client.logout();
      if (fetched !== messages.length) throw new Error(`fetched ${fetched} of ${messages.length}`);
    };
  },
};
