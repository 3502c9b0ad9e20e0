import type { EmailAddress } from '../mail/address.ts';

/** How to reach the SMTP server a mailbox sends through. Secrets are in clear here, and nowhere else. */
export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  /** `none` is refused unless the host is a loopback address; `starttls` is required, never opportunistic. RFC 8314. */
  readonly security: 'tls' | 'starttls' | 'none';
  /** null: the server takes our mail without a login. */
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly caPem: string | null;
  /** What we say in EHLO. */
  readonly ehloName: string;
}

/** One message to one recipient: RFC 5321 envelope (an empty sender is the null reverse-path) and finished bytes. */
export interface OutgoingMail {
  readonly envelopeFrom: EmailAddress | '';
  readonly envelopeTo: EmailAddress;
  readonly bytes: Uint8Array;
}

/** Where a refused dialogue stood. */
export type SmtpStage = 'connect' | 'tls' | 'greeting' | 'auth' | 'mail' | 'rcpt' | 'data' | 'content';

/** What the server said to one attempt. A refusal is data, with the server's own words. */
export type SendOutcome =
  | { readonly is: 'accepted'; readonly reply: string }
  | {
      readonly is: 'refused';
      /** 5yz to this message: no retry. Trouble with the route itself (connect, tls, greeting, auth, 421) is never permanent. */
      readonly isPermanent: boolean;
      /** True when the route is in trouble, not this message: everything behind it should wait. */
      readonly isRouteTrouble: boolean;
      /** We cut it ourselves, before the content: nobody is in trouble. */
      readonly isStopping: boolean;
      readonly stage: SmtpStage;
      readonly code: number | null;
      /** RFC 3463, such as 5.1.1; null when the server gave none. */
      readonly enhanced: string | null;
      readonly text: string;
    }
  /** Content had begun and no final reply came: the server may have taken it. Never resent blindly (RFC 1047). */
  | { readonly is: 'uncertain'; readonly text: string };

/** A few pooled connections to one SMTP server. */
export interface SmtpRoute {
  /**
   * Sends one message. `beforeContent` runs after the server's 354 and before the first byte of content; when it
   * rejects, the dialogue is cut with no content sent and the rejection is passed on.
   */
  send(mail: OutgoingMail, beforeContent: () => Promise<void>, signal: AbortSignal): Promise<SendOutcome>;
  /** Messages under way just now: one for each connection that is in use. */
  underWay(): number;
  /** Connects, logs in, says NOOP; for `mailbox test`. */
  probe(signal: AbortSignal): Promise<SendOutcome>;
  close(): Promise<void>;
}
