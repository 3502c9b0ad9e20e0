import type { StoredServer } from '../db/schema/mailboxes.ts';
import type { Secret } from '../lib/crypto.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { isLoopback, trust } from './imap-security.ts';
import type { Mailbox } from './model.ts';

type Security = StoredServer['security'];

/** What somebody said of one server; null where they said nothing. */
export interface GivenServer {
  readonly host: string | null;
  readonly port: number | null;
  readonly security: Security | null;
  readonly user: string | null;
  readonly password: Secret | null;
  readonly caPem: string | null;
}

/** The servers of a mailbox as they will be; a password that is kept stays sealed as it is. */
export interface Servers {
  readonly imap: StoredServer;
  readonly imapPassword: Secret | 'kept';
  readonly smtp: StoredServer;
  /** null: the server takes our mail without a login. */
  readonly smtpPassword: Secret | 'kept' | null;
}

interface ServerProblem {
  readonly field: string;
  readonly says: string;
}

const IMAP_PORTS: Readonly<Record<Security, number>> = { tls: 993, starttls: 143, none: 143 };
const SMTP_PORTS: Readonly<Record<Security, number>> = { tls: 465, starttls: 587, none: 25 };

/**
 * Fills in what was not given: from the mailbox as it is, else SMTP from IMAP, else from custom (RFC 8314). Pure.
 *
 * @param smtpLogin false: no login; null: as it was, or with one
 * @returns every problem at once, each with the field's name
 */
export function planServers(
  address: EmailAddress,
  given: { readonly imap: GivenServer; readonly smtp: GivenServer; readonly smtpLogin: boolean | null },
  existing: Mailbox | null,
): Result<Servers, readonly ServerProblem[]> {
  const old = existing === null ? null : { imap: existing.imap, smtp: existing.smtp };
  const host = given.imap.host ?? old?.imap.host ?? '';
  const user = given.imap.user ?? old?.imap.user ?? address;
  const imap = fill(given.imap, old?.imap ?? null, IMAP_PORTS, host, user);
  const imapPassword = given.imap.password ?? (existing === null ? null : 'kept');

  const smtpHost = given.smtp.host ?? (old === null || old.smtp.host === old.imap.host ? host : old.smtp.host);
  const hasLogin = given.smtpLogin ?? (given.smtp.user !== null || old === null || old.smtp.user !== null);
  const isSameUser = old === null || (old.smtp.user ?? address) === (old.imap.user ?? address);
  const smtpUser = hasLogin ? (given.smtp.user ?? (isSameUser ? user : old.smtp.user)) : null;
  const smtp = fill(given.smtp, old?.smtp ?? null, SMTP_PORTS, smtpHost, smtpUser);
  const keptPassword = existing === null || existing.smtpSecret === null ? null : 'kept';
  const sharedPassword = smtpUser === user ? given.imap.password : null;
  const smtpPassword = smtpUser === null ? null : (given.smtp.password ?? sharedPassword ?? keptPassword);

  const problems: ServerProblem[] = [...problemsOf('imap', imap), ...problemsOf('smtp', smtp)];
  if (host === '') problems.unshift({ field: 'imapHost', says: 'is missing: the name of the IMAP server' });
  if (imapPassword === null) problems.push({ field: 'imapPassword', says: 'is missing' });
  if (smtpUser !== null && smtpPassword === null && imapPassword !== null) {
    problems.push({ field: 'smtpPassword', says: `is missing: ${smtpUser} needs one` });
  }
  if (problems.length > 0 || imapPassword === null) return err(problems);
  return ok({ imap, imapPassword, smtp, smtpPassword });
}

function fill(
  given: GivenServer,
  old: StoredServer | null,
  ports: Readonly<Record<Security, number>>,
  host: string,
  user: string | null,
): StoredServer {
  const security = given.security ?? old?.security ?? 'tls';
  const oldPort = old !== null && old.security === security ? old.port : null;
  return {
    host,
    port: given.port ?? oldPort ?? ports[security],
    security,
    user,
    caPem: given.caPem ?? old?.caPem ?? null,
  };
}

function problemsOf(of: 'imap' | 'smtp', { host, security, caPem }: StoredServer): readonly ServerProblem[] {
  const problems: ServerProblem[] = [];
  if (security === 'none' && host !== '' && !isLoopback(host)) {
    const says = `is tls or starttls for ${host}: without them mail and password would cross the network in plain text`;
    problems.push({ field: `${of}Security`, says });
  }
  if (caPem !== null && !isAuthority(caPem)) {
    problems.push({ field: `${of}Ca`, says: 'is a certificate as PEM, beginning with -----BEGIN CERTIFICATE-----' });
  }
  return problems;
}

function isAuthority(caPem: string): boolean {
  try {
    trust(caPem);
    return true;
  } catch {
    return false; // OpenSSL's words say nothing to whoever gave the file
  }
}
