import type { NotificationState } from '../../src/db/schema/notifications.ts';
import type { SmtpTimeouts } from '../../src/notifications/smtp-client.ts';
import type { SmtpAccount } from '../../src/notifications/transport-model.ts';
import { drop, half, raw, reply, silence } from '../support/smtp-script.ts';
import type { SmtpAnswer, SmtpMoment } from '../support/smtp-script.ts';

/** A certificate of a dialogue: a good one, or what is wrong with it. */
export type Certificate = 'good' | 'unknown' | 'expired' | 'another name';

/** One dialogue with a server, and what has to come of it. */
export interface Dialogue {
  readonly name: string;
  /** What the server does at which moment, each time it comes; else it does as it should. */
  readonly answers: Partial<Record<SmtpMoment, SmtpAnswer>>;
  /** The connection ends when so many bytes of the content have come. */
  readonly cutContentAfter?: number;
  readonly tls?: { readonly mode: 'starttls' | 'implicit' | 'broken' | 'cut'; readonly certificate: Certificate };
  readonly security?: SmtpAccount['security'];
  /** The server asks for a login; `wrong`: for another than ours. */
  readonly login?: 'right' | 'wrong';
  readonly timeouts?: Partial<SmtpTimeouts>;
  /** Of the mail, after one attempt. */
  readonly state: Extract<NotificationState, 'sent' | 'deferred' | 'failed' | 'uncertain'>;
  /** Whether everything behind it waits as well. */
  readonly route: 'open' | 'paused';
  /** Copies that the server has after that attempt. */
  readonly taken: 0 | 1;
  /** Whether the address is left alone from now on. */
  readonly isSuppressed?: true;
}

const at = (moment: SmtpMoment, answer: SmtpAnswer): Pick<Dialogue, 'answers'> => ({ answers: { [moment]: answer } });
const later = { state: 'deferred', route: 'open', taken: 0 } as const;
const routeLater = { state: 'deferred', route: 'paused', taken: 0 } as const;
const never = { state: 'failed', route: 'open', taken: 0 } as const;
const unsure = (taken: 0 | 1) => ({ state: 'uncertain', route: 'open', taken }) as const;
const sent = { state: 'sent', route: 'open', taken: 1 } as const;
const QUICK = 60;

/** RELIABILITY G28, SM1 to SM4 and SM7, issue 5. Each row is run with an automatic mail and with an operator's answer. */
export const DIALOGUES: readonly Dialogue[] = [
  { name: 'all is well', answers: {}, ...sent },

  // A reply of trouble, at each verb.
  { name: '554 instead of a greeting', ...at('greeting', reply('554 5.3.2 no service here')), ...routeLater },
  { name: '450 instead of a greeting', ...at('greeting', reply('450 4.3.2 busy')), ...routeLater },
  { name: '421 instead of a greeting', ...at('greeting', reply('421 4.7.0 too many connections')), ...routeLater },
  { name: '421 at EHLO', ...at('ehlo', reply('421 4.3.2 closing')), ...routeLater },
  { name: '450 at EHLO and at HELO', ...at('ehlo', reply('450 4.3.0 not now')), ...routeLater },
  { name: '550 at EHLO and at HELO', ...at('ehlo', reply('550 5.7.1 who are you')), ...routeLater },
  { name: '454 at STARTTLS', ...at('starttls', reply('454 4.7.0 no TLS for now')), ...starttls('good'), ...routeLater },
  { name: '502 at STARTTLS', ...at('starttls', reply('502 5.5.1 what is that')), ...starttls('good'), ...routeLater },
  { name: '421 at STARTTLS', ...at('starttls', reply('421 4.3.2 closing')), ...starttls('good'), ...routeLater },
  { name: '535 at AUTH: the password is another one', answers: {}, login: 'wrong', ...routeLater },
  { name: '454 at AUTH', ...at('auth', reply('454 4.7.0 try later')), login: 'right', ...routeLater },
  { name: '421 at AUTH', ...at('auth', reply('421 4.7.0 too many logins')), login: 'right', ...routeLater },
  { name: '530 at MAIL: a login is missing', ...at('mail', reply('530 5.7.0 log in first')), ...routeLater },
  { name: '451 at MAIL', ...at('mail', reply('451 4.7.1 later')), ...later },
  { name: '550 at MAIL', ...at('mail', reply('550 5.7.1 not from you')), ...never },
  { name: '421 at MAIL', ...at('mail', reply('421 4.7.0 slow down')), ...routeLater },
  { name: '450 at RCPT: greylisted', ...at('rcpt', reply('450 4.2.0 greylisted')), ...later },
  { name: '452 at RCPT: the mailbox is full for now', ...at('rcpt', reply('452 4.2.2 over quota')), ...later },
  { name: '550 5.1.1 at RCPT', ...at('rcpt', reply('550 5.1.1 no such user')), ...never, isSuppressed: true },
  { name: '552 5.2.2 at RCPT: full for good', ...at('rcpt', reply('552 5.2.2 mailbox full')), ...never },
  { name: '550 5.7.1 at RCPT: policy', ...at('rcpt', reply('550 5.7.1 blocked')), ...never },
  { name: '421 at RCPT', ...at('rcpt', reply('421 4.7.0 too many recipients')), ...routeLater },
  { name: '451 at DATA', ...at('data', reply('451 4.3.0 local error')), ...later },
  { name: '554 at DATA', ...at('data', reply('554 5.5.1 no valid recipients')), ...never },
  { name: '421 at DATA', ...at('data', reply('421 4.3.2 closing')), ...routeLater },
  { name: '452 after the dot', ...at('content', reply('452 4.3.1 no space')), ...later },
  { name: '550 after the dot', ...at('content', reply('550 5.7.1 looks like spam')), ...never },
  { name: '554 after the dot', ...at('content', reply('554 5.6.0 cannot read it')), ...never },
  { name: '421 after the dot', ...at('content', reply('421 4.3.2 closing')), ...routeLater },

  // Enhanced codes that say another thing than the reply: the reply counts (RFC 2034 4).
  { name: '450 with 5.1.1 behind it', ...at('rcpt', reply('450 5.1.1 no such user')), ...later },
  { name: '550 with 4.2.2 behind it', ...at('rcpt', reply('550 4.2.2 over quota')), ...never },
  { name: '451 with 2.0.0 after the dot', ...at('content', reply('451 2.0.0 fine, later')), ...later },

  // The connection ends.
  { name: 'a drop before the greeting', ...at('greeting', drop), ...routeLater },
  { name: 'a drop within the greeting', ...at('greeting', half('220 scri')), ...routeLater },
  { name: 'a drop at EHLO', ...at('ehlo', drop), ...routeLater },
  { name: 'a drop within the answer to EHLO', ...at('ehlo', half('250-scripted.test\r\n250 8BI')), ...routeLater },
  { name: 'a drop at AUTH', ...at('auth', drop), login: 'right', ...routeLater },
  { name: 'a drop after MAIL', ...at('mail', drop), ...later },
  { name: 'a drop within the answer to MAIL', ...at('mail', half('250 2.1')), ...later },
  { name: 'a drop after RCPT', ...at('rcpt', drop), ...later },
  { name: 'a drop within the answer to RCPT', ...at('rcpt', half('25')), ...later },
  { name: 'a drop after DATA', ...at('data', drop), ...later },
  { name: 'a drop within 354', ...at('data', half('354')), ...later },
  { name: 'a drop at the first byte of the content', answers: {}, cutContentAfter: 1, ...unsure(0) },
  { name: 'a drop in the header', answers: {}, cutContentAfter: 200, ...unsure(0) },
  { name: 'a drop in the text', answers: {}, cutContentAfter: 900, ...unsure(0) },
  { name: 'a drop after the dot, the mail is kept', ...at('content', drop), ...unsure(1) },
  {
    name: 'a drop after the dot, the mail is lost',
    ...at('content', { is: 'drop', taken: false }),
    ...unsure(0),
  },
  { name: 'a drop within the answer to the dot', ...at('content', half('250 2.0.0 tak')), ...unsure(1) },

  // The server is silent for longer than it may be.
  { name: 'silence instead of a greeting', ...at('greeting', silence), timeouts: { greetingMs: QUICK }, ...routeLater },
  { name: 'silence at EHLO', ...at('ehlo', silence), timeouts: { setupMs: QUICK }, ...routeLater },
  { name: 'silence at AUTH', ...at('auth', silence), login: 'right', timeouts: { setupMs: QUICK }, ...routeLater },
  { name: 'silence at MAIL', ...at('mail', silence), timeouts: { envelopeMs: QUICK }, ...later },
  { name: 'silence at RCPT', ...at('rcpt', silence), timeouts: { envelopeMs: QUICK }, ...later },
  { name: 'silence at DATA', ...at('data', silence), timeouts: { envelopeMs: QUICK }, ...later },
  // Its time begins at 354 and holds the commit of `submitting`: long enough for a busy machine.
  { name: 'silence after the dot', ...at('content', silence), timeouts: { contentMs: 1_500 }, ...unsure(1) },

  // TLS is asked for: nothing goes in plain text, and nothing to somebody else.
  { name: 'TLS from the first byte', answers: {}, ...implicit('good'), ...sent },
  { name: 'STARTTLS and a login behind it', answers: {}, ...starttls('good'), login: 'right', ...sent },
  { name: 'STARTTLS is not offered', answers: {}, security: 'starttls', ...routeLater },
  { name: 'a certificate of an unknown authority', answers: {}, ...starttls('unknown'), ...routeLater },
  { name: 'a certificate that has expired', answers: {}, ...implicit('expired'), ...routeLater },
  { name: 'a certificate of another name', answers: {}, ...starttls('another name'), ...routeLater },
  { name: 'a handshake that is no TLS', answers: {}, ...starttls('good', 'broken'), ...routeLater },
  { name: 'a handshake that is cut', answers: {}, ...starttls('good', 'cut'), ...routeLater },
  {
    name: 'plain text put in between 220 and the handshake is thrown away',
    ...at('starttls', raw('220 2.0.0 go ahead\r\n250 2.0.0 believe me\r\n')),
    ...starttls('good'),
    ...sent,
  },

  // Answers to what was never said.
  { name: '250 twice after the dot', ...at('content', raw('250 2.0.0 taken\r\n250 2.0.0 taken\r\n')), ...sent },
  { name: 'two greetings', ...at('greeting', raw('220 one ESMTP\r\n220 two ESMTP\r\n')), ...later },
  {
    name: '354 and 250 at once, before a byte of the mail has gone',
    ...at('data', raw('354 go\r\n250 2.0.0 taken, believe me\r\n')),
    ...later,
  },
  {
    name: 'MAIL, RCPT and DATA are answered before they were said',
    ...at('mail', raw('250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n250 2.0.0 taken\r\n')),
    ...later,
  },
  { name: 'no reply at all but noise', ...at('mail', raw('what a lovely day\r\n')), ...later },
];

function starttls(certificate: Certificate, mode: 'starttls' | 'broken' | 'cut' = 'starttls') {
  return { tls: { mode, certificate }, security: 'starttls' } as const;
}

function implicit(certificate: Certificate) {
  return { tls: { mode: 'implicit', certificate }, security: 'tls' } as const;
}
