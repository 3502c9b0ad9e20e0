/** A moment of the dialogue at which the server answers; `content` is the reply after the final dot. */
export type SmtpMoment =
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'content'
  | 'rset'
  | 'noop'
  | 'quit'
  | 'unknown';

/** Where the dialogue stands when a script is asked. */
export interface SmtpPlace {
  readonly moment: SmtpMoment;
  /** The connection, from 1. */
  readonly connection: number;
  /** How many MAIL commands the server has seen on all connections, this one included. */
  readonly message: number;
  readonly from: string;
  readonly to: readonly string[];
  /** The client's command; '' at greeting and content. */
  readonly command: string;
}

/** What the server does instead of its usual answer. */
export type SmtpAnswer =
  | {
      readonly is: 'reply';
      /** Whole lines without CRLF, such as `450 4.2.1 try later`; several lines by `\n`. */
      readonly text: string;
      /** The connection ends after the reply, as it does for a 421. */
      readonly thenDrop?: boolean;
      /** The reply waits for this. */
      readonly after?: Promise<unknown>;
      /** Bytes as they are, line ends and all: what no honest server writes. */
      readonly isRaw?: true;
    }
  /** Begins a reply and ends the connection within its line. At `content` the server has the mail all the same. */
  | { readonly is: 'half'; readonly text: string }
  /** The connection ends without a reply. At `content` the server has the mail all the same, unless `taken` is false. */
  | { readonly is: 'drop'; readonly taken?: boolean }
  /** No reply ever, and the connection stays: a half-open peer. */
  | { readonly is: 'silence' };

/** How one server behaves. Without any of it the server takes every mail. */
export interface SmtpScript {
  /** Asked at every moment; null for the usual answer. */
  readonly answer?: (place: SmtpPlace) => SmtpAnswer | null;
  /** Asked after DATA: drops the connection once this many bytes of the content have come; null does not. */
  readonly cutContentAfter?: (place: SmtpPlace) => number | null;
}

/** A reply in the server's words; a 421 also ends the connection, as RFC 5321 3.8 has it. */
export function reply(text: string): SmtpAnswer {
  return { is: 'reply', text, thenDrop: text.startsWith('421') };
}

/** Bytes of your own making, with `\r\n` where a line ends. */
export const raw = (text: string): SmtpAnswer => ({ is: 'reply', text, isRaw: true });
export const half = (text: string): SmtpAnswer => ({ is: 'half', text });
export const drop: SmtpAnswer = { is: 'drop' };
export const silence: SmtpAnswer = { is: 'silence' };
