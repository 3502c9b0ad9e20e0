import type { Keys } from '../lib/crypto.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { openSecret } from '../mailboxes/model.ts';
import type { SmtpAccount } from './transport-model.ts';

/** How to reach the mailbox's SMTP server. We greet it with our address's domain. */
export function smtpAccount(keys: Keys, mailbox: Mailbox): SmtpAccount {
  const { host, port, security, user, caPem } = mailbox.smtp;
  const password = user === null ? null : openSecret(keys, mailbox, 'smtp');
  return {
    host,
    port,
    security,
    login: user === null || password === null ? null : { user, password: password.reveal() },
    caPem,
    ehloName: mailbox.replyDomain,
  };
}
