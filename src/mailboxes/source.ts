import type { Result } from '../lib/result.ts';

/** A folder as the server showed it when it was selected. */
export interface SelectedFolder {
  readonly path: string;
  /** RFC 9051 2.3.1.1, an unsigned 32-bit number. */
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly messageCount: number;
  readonly isReadOnly: boolean;
  /** May we store a keyword of our own? PERMANENTFLAGS holds `\*` or the keyword. */
  readonly canStoreKeywords: boolean;
}

export interface MessageSize {
  readonly uid: number;
  readonly sizeBytes: number;
  /** INTERNALDATE: when the server took the message. */
  readonly internalDate: Date;
}

export interface FetchedMessage extends MessageSize {
  readonly bytes: Buffer;
}

/** Where opening a mailbox stopped, in the server's words, and what the operator can do. */
export interface SourceRefusal {
  readonly step: 'resolve' | 'connect' | 'tls' | 'login' | 'folder';
  /** What happened: one sentence, without secrets. */
  readonly reason: string;
  /** What to do about it: one sentence. */
  readonly advice: string;
  /** The server asked us to wait this long before the next connection; null when it did not. */
  readonly retryAfterMs: number | null;
}

/** What we put on a message once it is ours: a keyword of our own, or `\Seen`. Nothing is deleted. */
export type SettleMark = 'keyword' | 'seen' | 'none';

/** How to reach a mailbox over IMAP. The password is in clear here, and nowhere else. */
export interface ImapAccount {
  readonly host: string;
  readonly port: number;
  /** `none` is refused unless the host is a loopback address. RFC 8314: implicit TLS, or STARTTLS required. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string;
  readonly password: string;
  readonly folder: string;
  /** PEM of an own certificate authority; null for the system's. */
  readonly caPem: string | null;
}

/** An open connection to one folder of one mailbox. Any method throws when the connection is gone: then open another. */
export interface MailSource {
  readonly folder: SelectedFolder;
  /** Every UID from `fromUid` up, ascending, a page for each range of 20,000 UIDs that holds any. */
  uids(fromUid: number): AsyncGenerator<readonly number[]>;
  /** Sizes of at most 1,000 UIDs, ascending; a UID that is missing in the answer has been expunged. */
  sizes(uids: readonly number[]): Promise<readonly MessageSize[]>;
  /** Whole messages by BODY.PEEK[], ascending; missing ones have been expunged. The caller bounds count and bytes by `sizes`. */
  fetch(uids: readonly number[]): Promise<readonly FetchedMessage[]>;
  /** One large message in pieces of at most 512 KiB, by partial BODY.PEEK[]<>; null when it has been expunged. */
  download(uid: number): Promise<AsyncIterable<Buffer> | null>;
  /** The header block alone, at most 256 KiB; null when it has been expunged. */
  fetchHeaders(uid: number): Promise<Buffer | null>;
  /** Marks messages as ours. A read-only folder is left alone. */
  settle(uids: readonly number[], mark: SettleMark): Promise<void>;
  /** Waits for news (IDLE), the timeout or the abort; `news` at once when something came since the last call. */
  waitForNews(timeoutMs: number, signal: AbortSignal): Promise<'news' | 'timeout' | 'aborted'>;
  close(): Promise<void>;
}

/** Opens a connection, logs in, selects the folder. */
export type OpenSource = (account: ImapAccount, signal: AbortSignal) => Promise<Result<MailSource, SourceRefusal>>;
