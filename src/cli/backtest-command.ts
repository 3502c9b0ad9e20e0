import { perform } from '../access/operation.ts';
import { backtestToggle } from '../inbound/backtest-operations.ts';
import type { ReplayProgress } from '../inbound/replay.ts';
import { err, ok } from '../lib/result.ts';
import { backtestReport } from './backtest-report.ts';
import type { Command, OptionRow } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { askYes, printJson } from './io.ts';
import { troubleOf, withDesk } from './on-desk.ts';
import { openProgress } from './progress.ts';

const OPTIONS: readonly OptionRow[] = [
  { flags: '--backtest <time>', says: 'first show what it would have done to the mail of the last 30d, 12h, ...' },
  { flags: '--yes', says: 'with --backtest: do not ask, do it' },
];

/** Fewer are decided about again before anybody could have read of it. */
const WORTH_TELLING_MAILS = 5_000;

/**
 * A verb that changes a toggle, and may first show what the change would have done (FEATURES B-03). Then it asks; where
 * nobody can be asked, it changes nothing unless `--yes` is given.
 */
export function withBacktest(change: Command): Command {
  const options = [...change.options, ...OPTIONS];
  return {
    ...change,
    options,
    run: async (call) => {
      const { backtest, yes, ...fields } = call.fields;
      if (backtest === undefined && yes === undefined) return change.run(call);
      if (backtest === undefined) {
        const message = '--yes goes with --backtest: without it nothing is asked.';
        return err({ exitCode: EXIT.usage, message, mend: `See: deskbell ${change.verb} --help` });
      }
      const progress = openProgress(call.io, call.asJson);
      const onProgress = ({ done, of }: ReplayProgress) =>
        progress.show(
          done / of,
          `Deciding again: ${done} of ${of} mails`,
          of < WORTH_TELLING_MAILS ? null : 'deciding',
        );
      const input = { ...fields, value: textOf(fields, 'value'), backtest, onProgress };
      const shown = await withDesk(call, async (desk, actor) => {
        const done = await perform(desk.deps, actor, backtestToggle, input).finally(progress.end);
        if (!done.ok) return err(troubleOf(done.error, change.verb, change.arguments, options));
        if (call.asJson) printJson(call.io, done.value);
        else call.io.stdout.write(`${backtestReport(done.value)}\n`);
        return ok(EXIT.ok);
      });
      if (!shown.ok) return shown;
      if (yes === true || (await mayAsk(call.io))) return change.run({ ...call, fields });
      if (call.io.stdin.isTTY === true) call.io.stderr.write('Nothing is changed.\n');
      else call.io.stderr.write('Nothing is changed: to change it now, say --yes.\n');
      return ok(EXIT.refused);
    },
  };
}

const mayAsk = async (io: Parameters<typeof askYes>[0]): Promise<boolean> =>
  io.stdin.isTTY === true && (await askYes(io, 'Change it now?'));
