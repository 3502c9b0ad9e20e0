import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { findDovecot } from '../support/dovecot.ts';
import { PHASES } from './phases.ts';
import { printLines } from './report.ts';
import { startRig } from './rig.ts';

const USAGE = `npm run bench -- [options] [phase]...

  growth            100,000 contacts and 1,000,000 messages beside a small desk (15 minutes, 10 GB)

  --messages N      messages of a backlog (5000)
  --quick           leaves out what takes long
  --only a,b        only these: ${PHASES.map(({ id }) => id).join(', ')}
  --json FILE       writes the figures too
  --flags FLAGS     of Node for the product, such as "--cpu-prof --cpu-prof-dir=/tmp"
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string', default: '5000' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    flags: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
const messages = Number(values.messages);
const named = [...positionals, ...(values.only?.split(',') ?? [])];
const chosen = PHASES.filter(({ id, isLong, isOwn = false }) =>
  named.length === 0 ? !isOwn && !(values.quick && isLong) : named.includes(id),
);
const isUnknown = (id: string) => PHASES.every((phase) => phase.id !== id);
if (values.help || !Number.isInteger(messages) || messages < 1 || chosen.length === 0 || named.some(isUnknown)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
if (findDovecot() === null) {
  console.error('The bench needs Dovecot 2.3 on Linux (on Debian 12: apt-get install dovecot-imapd).');
  process.exit(3);
}

const began = performance.now();
const say = (line: string) => console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('interrupted')));

const stops: (() => Promise<unknown>)[] = [];
const figures: Record<string, unknown> = { messages, load_average: [loadavg()] };
try {
  const rig = await startRig(stops, { nodeFlags: values.flags.split(' ').filter((flag) => flag !== ''), say });
  for (const phase of chosen) {
    stop.signal.throwIfAborted();
    say(phase.about);
    const measured = await phase.measure(rig, { messages, isQuick: values.quick, signal: stop.signal, say });
    Object.assign(figures, measured.figures);
    printLines(phase.about, measured.lines, console.log);
  }
  const load = loadavg();
  Object.assign(figures, { load_average: load });
  console.log(
    `\nLoad average ${load.map((one) => one.toFixed(1)).join(', ')}: on a busy machine times mislead, CPU does less.`,
  );
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
} catch (error) {
  if (!stop.signal.aborted) throw error;
  console.error('interrupted');
  process.exitCode = 130;
} finally {
  say('ending what was started');
  for (const undo of stops.toReversed()) await undo().catch((error: unknown) => console.error(error));
}
