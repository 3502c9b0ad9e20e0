import type { CustomerId, MailboxId } from '../db/ids.ts';
import type { AuthenticationMode, StoredServer } from '../db/schema/mailboxes.ts';
import type { Keys, Secret } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { ImapAccount, SettleMark } from './source.ts';

/** An account of the desk that we read and send as. */
export interface Mailbox {
  readonly id: MailboxId;
  readonly address: EmailAddress;
  readonly displayName: string;
  readonly status: 'active' | 'paused';
  readonly imap: StoredServer;
  readonly imapSecret: Buffer | null;
  readonly folder: string;
  readonly smtp: StoredServer;
  readonly smtpSecret: Buffer | null;
  /** A node-cron expression, in UTC. */
  readonly schedule: string;
  readonly settleMark: SettleMark;
  readonly historyStart: 'baseline' | 'beginning';
  readonly replyDomain: string;
  readonly defaultCustomerId: CustomerId | null;
  /** Whether mail for `local+anything@` arrives as that for `local@` does. */
  readonly hasPlusAddresses: boolean;
  readonly authentication: AuthenticationMode;
  /** Whose Authentication-Results are believed, in lower case. */
  readonly authservIds: readonly string[];
}

/** What a new mailbox says; senders are checked, and nobody's word is believed, unless it says otherwise. */
export type NewMailbox = Omit<Mailbox, 'id' | Defaulted> & Partial<Pick<Mailbox, Defaulted>>;

type Defaulted = 'hasPlusAddresses' | 'authentication' | 'authservIds';

/** Whether an address is one of the desk's own, also with `+anything` where the mailbox takes such. */
export function deskAddressTest(
  mailboxes: readonly Pick<Mailbox, 'address' | 'hasPlusAddresses'>[],
): (address: EmailAddress) => boolean {
  const exact = new Set<string>(mailboxes.map(({ address }) => address));
  const plus = new Set<string>(mailboxes.filter((one) => one.hasPlusAddresses).map(({ address }) => address));
  return (address) => exact.has(address) || plus.has(address.replace(/\+[^@]*@/, '@'));
}

/** The name a mailbox's secret is bound to: a row copied elsewhere does not open. */
export const secretPlace = (address: EmailAddress, of: 'imap' | 'smtp'): string => `mailbox ${address} ${of}`;

/** A mailbox as the audit may have it. */
export const withoutSecrets = ({ imapSecret: _imap, smtpSecret: _smtp, ...mailbox }: NewMailbox) => mailbox;

/** The mailbox's password, decrypted; null when it has none. Throws when the key is another one. */
export function openSecret(keys: Keys, mailbox: Mailbox, of: 'imap' | 'smtp'): Secret | null {
  const sealed = of === 'imap' ? mailbox.imapSecret : mailbox.smtpSecret;
  return sealed === null ? null : keys.box.open(sealed, secretPlace(mailbox.address, of));
}

export function imapAccount(keys: Keys, mailbox: Mailbox): ImapAccount {
  return {
    host: mailbox.imap.host,
    port: mailbox.imap.port,
    security: mailbox.imap.security,
    user: mailbox.imap.user ?? mailbox.address,
    password: openSecret(keys, mailbox, 'imap')?.reveal() ?? '',
    folder: mailbox.folder,
    caPem: mailbox.imap.caPem,
  };
}
