import { access, cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKPOINTS } from '../../src/lib/checkpoint.ts';
import { findDovecot } from '../support/dovecot.ts';
import type { CampaignOptions, CampaignReport } from './campaign.ts';
import { runCampaign } from './campaign.ts';
import { startRig } from './rig.ts';

const HELP = `The crash campaign: two workers are killed while mail comes and goes, and in the end everything is counted.

  npm run faults -- [--kills 300] [--messages 4 for each kill] [--seed 1]`;

const startedMs = performance.now();
const say = (line: string) => {
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`[${String(seconds).padStart(4)} s] ${line}\n`);
};

function readOptions(): CampaignOptions | string {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { kills: text, messages: text, seed: text, help: { type: 'boolean' } },
  });
  if (values.help === true) return HELP;
  const kills = Number(values.kills ?? 300);
  const options = { kills, messages: Number(values.messages ?? 4 * kills), seed: Number(values.seed ?? 1) };
  const wrong = Object.entries(options).find(([, value]) => !Number.isInteger(value) || value < 1);
  return wrong === undefined ? options : `--${wrong[0]} is a whole number above zero.\n\n${HELP}`;
}

function print({ verdict, kills, pauses, weather }: CampaignReport): void {
  const rows: (readonly [string, number])[] = [
    ['kills', [...kills.values()].reduce((sum, count) => sum + count, 0)],
    ...[...CHECKPOINTS, 'at random' as const].map((point) => [`  ${point}`, kills.get(point) ?? 0] as const),
    ['pauses beyond the lease', pauses],
    ['immediate database stops', weather.databaseStops],
    ['IMAP processes killed', weather.imapKills],
    ['SMTP drops after the dot, mail kept', weather.dropsKept],
    ['SMTP drops after the dot, mail lost', weather.dropsLost],
    ['SMTP refusals for now (4xx)', weather.refusals],
    ['SMTP refusals for good (5xx)', weather.refusedForGood],
    ...verdict.figures,
    ['breaches', verdict.breaches.length],
  ];
  for (const [what, count] of rows) process.stdout.write(`${what.padEnd(40)}${String(count).padStart(7)}\n`);
  for (const breach of verdict.breaches.slice(0, 200)) process.stdout.write(`BREACH  ${breach}\n`);
}

async function keepLogs(folder: string): Promise<void> {
  const logs = join(folder, 'logs');
  const isThere = await access(logs).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  const kept = await mkdtemp(join(tmpdir(), 'deskbell-faults-logs-'));
  await cp(logs, kept, { recursive: true });
  process.stdout.write(`The workers' logs are kept in ${kept}\n`);
}

async function main(options: CampaignOptions): Promise<number> {
  if (findDovecot() === null) {
    process.stdout.write('*** NOTHING WAS PROVEN: the crash campaign needs Dovecot 2.3, and there is none. ***\n');
    process.stdout.write('*** On Debian 12: apt-get install dovecot-imapd                               ***\n');
    return process.env['CI'] === 'true' ? 1 : 0;
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const rig = await startRig();
  say(`${options.kills} kills, at least ${options.messages} mails, seed ${options.seed}`);
  try {
    const report = await runCampaign(rig, options, say, interrupted.signal);
    print(report);
    if (report.verdict.breaches.length === 0) return 0;
    await keepLogs(rig.folder);
    return 1;
  } catch (error) {
    if (interrupted.signal.aborted) {
      say('interrupted: nothing was proven');
      return 130;
    }
    await keepLogs(rig.folder);
    throw error;
  } finally {
    await rig.stop();
  }
}

const options = readOptions();
if (typeof options === 'string') {
  process.stdout.write(`${options}\n`);
  process.exitCode = options === HELP ? 0 : 2;
} else {
  process.exitCode = await main(options);
}
