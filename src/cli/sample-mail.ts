import { randomUUID } from 'node:crypto';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf, parseAddress } from '../mail/address.ts';
import { composeMail } from '../mail/compose.ts';
import { firstHeader, splitMessage } from '../mail/headers.ts';
import type { SendOutcome } from '../notifications/transport-model.ts';
import type { Call, ExitCode, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import type { Desk } from './host.ts';
import { printJson, readInputFile } from './io.ts';
import { withDesk } from './on-desk.ts';
import { line } from './table.ts';

interface Sample {
  readonly from: EmailAddress;
  readonly to: EmailAddress;
  readonly bytes: Buffer;
  readonly subject: string;
  readonly messageId: string | null;
}

const DEADLINE_MS = 30_000;

const SAMPLE = {
  from: 'ana@customer.example',
  to: 'support@deskbell.test',
  subject: 'The lamps go off too early',
  text: `Hello,

since last week the lamps in the yard go off an hour before sunrise. Can you have a look?

Kind regards`,
};

/** Sends one mail into the trial over SMTP, as a customer's server would. */
export async function sendSample(call: Call): Promise<Result<ExitCode, Trouble>> {
  const { fields, io } = call;
  const [fromText, toText] = [textOf(fields, 'from') ?? SAMPLE.from, textOf(fields, 'to') ?? SAMPLE.to];
  const [from, to] = [parseAddress(fromText), parseAddress(toText)];
  if (from === null) return err(usage(`--from is no e-mail address: ${line(fromText)}.`));
  if (to === null) return err(usage(`--to is no e-mail address: ${line(toText)}.`));
  return withDesk(call, async (desk) => {
    const { trial, deps } = desk;
    if (trial === null) {
      const message = 'This desk is no trial, so there is no mail server to send a sample into.';
      return err({ exitCode: EXIT.refused, message, mend: 'Send a mail to the mailbox with any mail program.' });
    }
    const sample = await writeSample(call, from, to, deps.clock.now());
    if (!sample.ok) return sample;
    const outcome = await send(desk, trial.smtpPort, sample.value);
    if (outcome.is !== 'accepted') {
      return err({
        exitCode: EXIT.unreachable,
        message: `The trial's mail server did not take it: ${line(outcome.text)}.`,
        mend: 'Check that "deskbell start" runs.',
      });
    }
    const { subject, messageId } = sample.value;
    if (call.asJson) printJson(io, { from, to, subject, messageId, reply: outcome.reply });
    else io.stdout.write(`${told(sample.value)}\n`);
    return ok(EXIT.ok);
  });
}

async function writeSample(
  { fields }: Call,
  from: EmailAddress,
  to: EmailAddress,
  now: Date,
): Promise<Result<Sample, Trouble>> {
  const [file, givenSubject, givenText] = [textOf(fields, 'file'), textOf(fields, 'subject'), textOf(fields, 'text')];
  if (file !== null) {
    if (givenSubject !== null || givenText !== null) {
      return err(usage('--file is a whole mail: --subject and --text have no place in it.'));
    }
    const read = await readInputFile(file);
    if (!read.ok) return err(usage(read.error));
    const bytes = withCrlf(read.value);
    const { fields: headers } = splitMessage(bytes);
    const id = firstHeader(headers, 'message-id');
    return ok({ from, to, bytes, subject: firstHeader(headers, 'subject') ?? '', messageId: id?.trim() ?? null });
  }
  const subject = givenSubject ?? SAMPLE.subject;
  const text = givenText ?? SAMPLE.text;
  const messageId = `<${randomUUID()}@${domainOf(from)}>`;
  const bytes = composeMail({
    from: { name: nameOf(from), address: from },
    to: { name: '', address: to },
    subject,
    messageId,
    inReplyTo: null,
    references: [],
    date: now,
    text,
    html: `<p>${escaped(text).replaceAll('\n', '<br>\n')}</p>`,
    extraHeaders: [],
  });
  return ok({ from, to, bytes, subject, messageId });
}

async function send({ deps }: Desk, port: number, { from, to, bytes }: Sample): Promise<SendOutcome> {
  const route = deps.openSmtpRoute({
    host: '127.0.0.1',
    port,
    security: 'none',
    login: null,
    caPem: null,
    ehloName: domainOf(from),
  });
  try {
    const mail = { envelopeFrom: from, envelopeTo: to, bytes };
    return await route.send(mail, () => Promise.resolve(), AbortSignal.timeout(DEADLINE_MS));
  } finally {
    await route.close();
  }
}

function told({ from, to, subject, messageId }: Sample): string {
  const why = messageId === null ? [] : [`  deskbell why '${line(messageId)}'`];
  return [
    `Sent "${line(subject)}" from ${from} to ${to}.`,
    'See what became of it:',
    '  deskbell ticket list',
    ...why,
  ].join('\n');
}

/** "ana.peralta" is Ana Peralta. */
function nameOf(address: EmailAddress): string {
  const words = address.slice(0, address.indexOf('@')).split(/[._+-]+/);
  return words
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ')
    .trim();
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** A file that an editor wrote has LF; mail has CRLF. */
const withCrlf = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');

const usage = (message: string): Trouble => ({ exitCode: EXIT.usage, message, mend: 'See: deskbell send --help' });
