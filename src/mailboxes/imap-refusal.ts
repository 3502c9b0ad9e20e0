import type { ImapAccount, SourceRefusal } from './source.ts';

/** What imapflow, the socket, TLS and the server said when opening failed. Absent texts are ''. */
export interface OpeningTrouble {
  /** Of Node, OpenSSL or imapflow: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `GREETING_TIMEOUT`. */
  readonly code: string;
  readonly message: string;
  /** The text of the server's NO, BAD or BYE. */
  readonly serverText: string;
  /** RFC 5530: `AUTHENTICATIONFAILED`, `LIMIT`. */
  readonly serverCode: string;
  readonly isLoginRefused: boolean;
  readonly isStarttlsFailed: boolean;
  readonly isFolderMissing: boolean;
  /** From when the folder was asked for. */
  readonly isAfterLogin: boolean;
  /** Microsoft 365 names its wait. */
  readonly throttleMs: number | null;
  /** Folders that exist, when the one asked for does not; at most 10. */
  readonly folders: readonly string[];
}

interface Row {
  readonly step: SourceRefusal['step'];
  readonly when: (trouble: OpeningTrouble, account: ImapAccount) => boolean;
  readonly reason: (trouble: OpeningTrouble, account: ImapAccount) => string;
  readonly advice: string;
}

/** RELIABILITY IM7: the first wait when a server sends us away without naming one. */
const AWAY_MS = 30_000;
const MAX_WORDS = 300;

const code =
  (...codes: readonly string[]) =>
  (trouble: OpeningTrouble) =>
    codes.includes(trouble.code);

/** RFC 5530 codes that are no fault of ours, or words for them; never when the server says that it is the login. */
const isSentAway = ({ serverCode, serverText }: OpeningTrouble) =>
  /^(LIMIT|UNAVAILABLE|INUSE|SERVERBUG)$/.test(serverCode) ||
  (!/^(AUTH|EXPIRED)/.test(serverCode) && /\[(LIMIT|UNAVAILABLE|INUSE)\]|too many|throttl|temporar/i.test(serverText));

/** The first row that fits speaks. Order is meaning: the exact before the general, the server's own word before guesses. */
const REFUSALS: readonly Row[] = [
  {
    step: 'resolve',
    when: code('ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL'),
    reason: (_, { host }) => `The name ${host} could not be looked up.`,
    advice: "Check the host's spelling, and that this machine can resolve names.",
  },
  {
    step: 'connect',
    when: code('ECONNREFUSED'),
    reason: (_, { host, port }) => `${host} refuses connections on port ${port}.`,
    advice: 'Check the port (993 for TLS, 143 for STARTTLS) and that IMAP is switched on at the server.',
  },
  {
    step: 'connect',
    when: code('CONNECT_TIMEOUT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'),
    reason: (_, { host, port }) => `${host} does not answer on port ${port}.`,
    advice: 'Check host and port, and whether a firewall between this machine and the server lets them through.',
  },
  {
    step: 'tls',
    when: code('DEPTH_ZERO_SELF_SIGNED_CERT'),
    reason: (_, { host }) => `The certificate of ${host} is self-signed.`,
    advice:
      'Give this mailbox that certificate as its authority (PEM), or put a certificate of a public authority on the server.',
  },
  {
    step: 'tls',
    when: code(
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_UNTRUSTED',
    ),
    reason: (_, { host }) => `The certificate of ${host} was signed by an authority that this machine does not know.`,
    advice: 'Give this mailbox the certificate of that authority (PEM), or let the server send its whole chain.',
  },
  {
    step: 'tls',
    when: code('CERT_HAS_EXPIRED'),
    reason: (_, { host }) => `The certificate of ${host} has expired.`,
    advice: 'Renew the certificate on the server, and check the date of this machine.',
  },
  {
    step: 'tls',
    when: code('CERT_NOT_YET_VALID'),
    reason: (_, { host }) => `The certificate of ${host} is not valid yet.`,
    advice: 'Check the date of this machine and of the certificate.',
  },
  {
    step: 'tls',
    when: code('ERR_TLS_CERT_ALTNAME_INVALID'),
    reason: ({ message }, { host }) => `The certificate is not for ${host}: ${message}.`,
    advice: "Use the server's name as its certificate has it.",
  },
  {
    step: 'tls',
    when: ({ message }) => /PREAUTH/.test(message),
    reason: () => 'The server greets us as already logged in (PREAUTH), so nothing proves who it is.',
    advice: 'Use a port of the server that asks for a login.',
  },
  {
    step: 'tls',
    when: ({ isStarttlsFailed, message }) => isStarttlsFailed && /not support/.test(message),
    reason: (_, { host, port }) => `${host} does not offer STARTTLS on port ${port}.`,
    advice: 'Use TLS from the start (port 993), or switch STARTTLS on at the server.',
  },
  {
    step: 'tls',
    when: ({ code: name }, { security }) =>
      security === 'tls' && /^(EPROTO|ERR_SSL_WRONG_VERSION|ERR_SSL_PACKET)/.test(name),
    reason: (_, { host, port }) => `${host} does not speak TLS on port ${port}.`,
    advice: 'Use port 993, or STARTTLS if this port begins in plain text (143).',
  },
  {
    step: 'tls',
    when: ({ code: name, message, isStarttlsFailed }) =>
      isStarttlsFailed ||
      /^(EPROTO|ERR_SSL|ERR_TLS|UPGRADE_TIMEOUT)/.test(name) ||
      /secure TLS connection/.test(message),
    reason: ({ message }, { host }) => `TLS with ${host} failed: ${message}.`,
    advice: 'Check that the server offers TLS 1.2 or later on this port.',
  },
  {
    step: 'connect',
    when: code('GREETING_TIMEOUT'),
    reason: (_, { host, port }) => `${host} accepts connections on port ${port} but says nothing.`,
    advice: 'Check the port: a server that waits for TLS from the start is silent here, then use TLS (port 993).',
  },
  {
    step: 'login',
    when: (trouble) =>
      !trouble.isAfterLogin && (trouble.throttleMs !== null || (trouble.isLoginRefused && isSentAway(trouble))),
    reason: ({ serverText }) => `The server turns us away for now: ${serverText}.`,
    advice: 'Nothing to do if it passes; else use fewer connections to this account.',
  },
  {
    step: 'login',
    when: ({ isLoginRefused, message }) => isLoginRefused && /disabled|No matching/.test(message),
    reason: () => 'The server allows no login with a password on this connection.',
    advice: 'Use TLS or STARTTLS, and check that password logins are allowed for this account.',
  },
  {
    step: 'login',
    when: ({ isLoginRefused }) => isLoginRefused,
    reason: ({ serverText }, { user }) =>
      `The login of ${user} was refused${serverText === '' ? '' : `: ${serverText}`}.`,
    advice: 'Check user and password; with two-step verification the provider wants an app password instead.',
  },
  {
    step: 'folder',
    when: ({ isFolderMissing }) => isFolderMissing,
    reason: (_, { folder }) => `There is no folder ${folder}.`,
    advice: 'Choose a folder that exists.',
  },
  {
    step: 'folder',
    when: ({ isAfterLogin, serverText }) => isAfterLogin && serverText !== '',
    reason: ({ serverText }, { folder }) => `The folder ${folder} cannot be opened: ${serverText}.`,
    advice: 'Check that this account may read the folder.',
  },
  {
    step: 'connect',
    when: () => true,
    reason: ({ message, serverText }, { host }) =>
      `The connection to ${host} ended: ${serverText === '' ? message : serverText}.`,
    advice: 'Check that this is an IMAP server; if it is, it may be restarting.',
  },
];

/** Why a mailbox could not be opened, for the operator: by the first row of the table that fits. */
export function refusalOf(trouble: OpeningTrouble, account: ImapAccount): SourceRefusal {
  const heard = {
    ...trouble,
    message: words(trouble.message, account),
    serverText: words(trouble.serverText, account),
  };
  const row = REFUSALS.find(({ when }) => when(heard, account));
  if (row === undefined) throw new Error('the last row fits always');
  const exist = heard.folders.length === 0 ? '' : ` The account has: ${heard.folders.join(', ')}.`;
  return {
    step: row.step,
    reason: row.reason(heard, account),
    advice: row.advice + exist,
    retryAfterMs: heard.throttleMs ?? (isSentAway(heard) ? AWAY_MS : null),
  };
}

/** One line without the password, should a server repeat it, and without the full stop that a sentence brings. */
function words(text: string, { password }: ImapAccount): string {
  const line = text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
  return (password === '' ? line : line.replaceAll(password, '[secret]')).slice(0, MAX_WORDS);
}
