import type { Actor } from '../access/actor.ts';
import { perform } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { rejectMessage } from '../inbound/held-operations.ts';
import { countHeld, rejectMessages } from '../inbound/reject-operations.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Call, Command, ExitCode, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import type { Desk } from './host.ts';
import { askYes, printJson } from './io.ts';
import { onOperation, troubleOf, withDesk } from './on-desk.ts';
import { openProgress } from './progress.ts';
import { line, time } from './table.ts';

const VERB = 'held reject';
const BECAUSE = { flags: '--because <text>', says: 'why, for those who ask later' } as const;
const OPTIONS = [
  BECAUSE,
  { flags: '--reason <reason>', says: 'in place of a message: all that wait for this reason, such as flood' },
  { flags: '--sender <address>', says: 'with --reason: those of this address alone' },
  { flags: '--limit <count>', says: 'with --reason: at most so many, the oldest; all unless given' },
  { flags: '--yes', says: 'with --reason: do not ask, do it' },
] as const;

const one = onOperation({
  verb: VERB,
  says: '',
  arguments: ['<message>'],
  options: [BECAUSE],
  examples: [],
  operation: rejectMessage,
  show: ({ message, because }) =>
    `Message ${message} is rejected: ${line(because)}\nNothing is sent. It can be seen with: deskbell why ${message}`,
});

/** Lets nothing come of mail that waits: of one message, or of many after it was said how many they are. */
export const REJECT_COMMAND: Command = {
  ...one,
  says: 'let nothing come of mail that waits; nobody is told, and it stays findable',
  arguments: ['[message]'],
  options: OPTIONS,
  examples: [
    'deskbell held reject 17 --because "an advertisement"',
    'deskbell held reject --reason flood --sender pump@spam.example --because "a flood"',
  ],
  run: async (call) => {
    const { message, reason, sender, limit, yes } = call.fields;
    const isOne = message !== undefined;
    if (isOne === (reason !== undefined) || (isOne && (sender ?? limit ?? yes) !== undefined)) return err(ONE_OR_MANY);
    return isOne ? one.run(call) : withDesk(call, (desk, actor) => rejectMany(call, desk, actor));
  },
};

const ONE_OR_MANY: Trouble = {
  exitCode: EXIT.usage,
  message: 'It takes one message by its number, or with --reason (and --sender) all that wait for that reason.',
  mend: `See: deskbell ${VERB} --help`,
};

/** Rejected in one transaction, so that nothing is locked for long. */
const AT_ONCE = 100;
/** Fewer are done before anybody could have read of it. */
const WORTH_TELLING = 1_000;

async function rejectMany(call: Call, desk: Desk, actor: Actor): Promise<Result<ExitCode, Trouble>> {
  const { reason, sender, because } = call.fields;
  const { io, asJson } = call;
  const refuse = (refused: Refusal) => err(troubleOf(refused, VERB, ['[message]'], OPTIONS));
  const selection = { reason, ...(sender === undefined ? {} : { sender }) };
  const wanted = wantedOf(call);
  if (wanted === null) return err(NO_COUNT);
  if ((textOf(call.fields, 'because') ?? '').trim() === '') return err(NO_REASON_GIVEN);
  const counted = await perform(desk.deps, actor, countHeld, selection);
  if (!counted.ok) return refuse(counted.error);
  const { count, oldestAt, newest, says } = counted.value;
  const whose = sender === undefined ? '' : ` from ${line(textOf(call.fields, 'sender') ?? '')}`;
  const total = Math.min(count, wanted);
  const some = total < count ? `; of these the oldest ${total}` : '';
  if (!asJson) {
    io.stderr.write(
      `${messages(count)}${whose} wait${count === 1 ? 's' : ''} since ${time(oldestAt)} because: ${says}${some}.\n`,
    );
  }
  if (!(await isMeant(call, total))) {
    if (asJson) printJson(io, { ...counted.value, rejected: [], left: count });
    return ok(EXIT.refused);
  }
  const progress = openProgress(io, asJson);
  const show = (rejected: number) =>
    progress.show(
      Math.min(1, rejected / total),
      `Rejected: ${rejected} of ${total}`,
      total < WORTH_TELLING ? null : 'rejecting',
    );
  const done = await rejectUpTo(desk, actor, { ...selection, because, upTo: newest }, total, show);
  progress.end();
  if (!done.ok) return refuse(done.error);
  const { rejected, left } = done.value;
  if (asJson) printJson(io, { ...counted.value, rejected, left });
  else io.stdout.write(`${doneWords(rejected, left)}\n`);
  return ok(EXIT.ok);
}

/** Whether they are to be rejected; where nobody can be asked, only if it was said. */
async function isMeant({ fields, io }: Call, total: number): Promise<boolean> {
  if (fields.yes === true) return true;
  const mayAsk = io.stdin.isTTY === true;
  if (mayAsk && (await askYes(io, `Reject ${total === 1 ? 'it' : `all ${total}`}?`))) return true;
  io.stderr.write(mayAsk ? 'Nothing is rejected.\n' : 'Nothing is rejected: to do it now, say --yes.\n');
  return false;
}

/** Rejects so many, a part after the other; ends early where somebody else has seen to the rest. */
async function rejectUpTo(
  desk: Desk,
  actor: Actor,
  input: object,
  total: number,
  show: (rejected: number) => void,
): Promise<Result<{ readonly rejected: readonly number[]; readonly left: number }, Refusal>> {
  const rejected: number[] = [];
  for (;;) {
    const limit = Math.min(AT_ONCE, total - rejected.length);
    const done = await perform(desk.deps, actor, rejectMessages, { ...input, limit });
    if (!done.ok) return done;
    rejected.push(...done.value.rejected);
    show(rejected.length);
    if (done.value.rejected.length < limit || rejected.length >= total) return ok({ rejected, left: done.value.left });
  }
}

/** At most so many; null: what is written is no count. */
function wantedOf({ fields }: Call): number | null {
  const written = textOf(fields, 'limit');
  if (written === null) return Number.POSITIVE_INFINITY;
  return /^[1-9]\d{0,8}$/.test(written) ? Number(written) : null;
}

const NO_COUNT: Trouble = {
  exitCode: EXIT.usage,
  message: '--limit is a number from 1 to 999999999.',
  mend: 'Without it all that wait are meant.',
};
const NO_REASON_GIVEN: Trouble = {
  exitCode: EXIT.usage,
  message: '--because is missing: say why, for those who ask later.',
  mend: 'Such as: --because "a flood"',
};

const messages = (count: number): string => (count === 1 ? '1 message' : `${count} messages`);

function doneWords(rejected: readonly number[], left: number): string {
  const [first] = rejected;
  const rest = left === 0 ? '' : ` ${messages(left)} of them still wait${left === 1 ? 's' : ''}: type it again.`;
  if (first === undefined) return `Nothing is rejected: somebody else has seen to all of them.${rest}`;
  return (
    `${messages(rejected.length)} ${rejected.length === 1 ? 'is' : 'are'} rejected.${rest}\n` +
    `Nothing is sent. Each can be seen with: deskbell why ${first}`
  );
}
