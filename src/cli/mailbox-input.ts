import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Call, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { askSecret, readInputFile, readStdin } from './io.ts';

/** The input of `mailbox add`: certificates come out of files, passwords from wherever they are kept. */
export async function readMailboxInput(call: Call): Promise<Result<unknown, Trouble>> {
  const { imapPasswordFile, smtpPasswordFile, smtpNoLogin, imapCa, smtpCa, passwordStdin: _, ...fields } = call.fields;
  const files = { imapPasswordFile, smtpPasswordFile, imapCa, smtpCa };
  const contents: Record<string, string> = {};
  for (const [name, path] of Object.entries(files)) {
    if (typeof path !== 'string') continue;
    const read = await readInputFile(path);
    if (!read.ok) return err(usage(read.error, 'Give the path of a file that can be read.'));
    contents[name] = read.value.toString('utf8');
  }
  const imapPassword = await imapPasswordOf(call, contents['imapPasswordFile']);
  if (!imapPassword.ok) return imapPassword;
  const smtpPassword = contents['smtpPasswordFile'] ?? call.io.env['DESKBELL_SMTP_PASSWORD'];
  return ok({
    ...fields,
    ...(imapPassword.value === null ? {} : { imapPassword: imapPassword.value }),
    ...(smtpPassword === undefined || smtpPassword === '' ? {} : { smtpPassword: withoutLineEnd(smtpPassword) }),
    ...(contents['imapCa'] === undefined ? {} : { imapCa: contents['imapCa'] }),
    ...(contents['smtpCa'] === undefined ? {} : { smtpCa: contents['smtpCa'] }),
    ...(smtpNoLogin === true ? { smtpLogin: false } : {}),
  });
}

/** The first place where there is one; on a terminal, a new mailbox's is asked for. */
async function imapPasswordOf(
  { fields, io }: Call,
  fromFile: string | undefined,
): Promise<Result<string | null, Trouble>> {
  const given = [fromFile, fields['passwordStdin'], fields['imapPassword']].filter((one) => one !== undefined);
  if (given.length > 1) {
    return err(
      usage('The IMAP password is given in more than one way.', 'Give it once: --imap-password-file is best.'),
    );
  }
  if (fromFile !== undefined) return ok(withoutLineEnd(fromFile));
  if (fields['passwordStdin'] === true) {
    const input = await readStdin(io);
    return input === null
      ? err(usage('Standard input is no password: it is too long.', 'Give the password, and nothing else.'))
      : ok(withoutLineEnd(input.toString('utf8')));
  }
  const { imapPassword } = fields;
  if (typeof imapPassword === 'string') {
    io.stderr.write('Careful: your shell keeps that password in its history; --imap-password-file does not.\n');
    return ok(imapPassword);
  }
  const fromEnv = io.env['DESKBELL_IMAP_PASSWORD'];
  if (fromEnv !== undefined && fromEnv !== '') return ok(fromEnv);
  if (fields['replace'] !== true && io.stdin.isTTY === true) {
    return ok(await askSecret(io, `Password for IMAP of ${textOf(fields, 'address') ?? ''}: `));
  }
  return ok(null);
}

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

const usage = (message: string, mend: string): Trouble => ({ exitCode: EXIT.usage, message, mend });
