import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { compareAddresses } from './address-differential.ts';
import { decisions } from './facts.ts';
import { GENERATORS } from './messages.ts';
import type { Generator } from './messages.ts';
import { STAGES, walk } from './walk.ts';
import type { Stage, Timing } from './walk.ts';

const IDS = [...GENERATORS.map(({ id }) => id), 'facts', 'reference'];
const HELP = `Hostile and broken mail through everything that reads it: nothing may throw, nothing may take over a second.

  npm run fuzz -- [--inputs 20000] [--seed N] [--only ${IDS.join(',')}]

"reference" compares the address grammar with that of Python's email package.`;

const SLOW_MS = 1_000;
const PROGRESS_MS = 5_000;

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { inputs: text, seed: text, only: text, help: { type: 'boolean' } } });
const inputs = Number(values.inputs ?? 20_000);
const seed = Number(values.seed ?? Date.now() % 0x7fff_ffff);
const only = values.only?.split(',') ?? IDS;
if (
  values.help === true ||
  !Number.isInteger(inputs) ||
  inputs < 1 ||
  !Number.isInteger(seed) ||
  !only.every((id) => IDS.includes(id))
) {
  console.log(HELP);
  process.exit(values.help === true ? 0 : 2);
}

const startedMs = performance.now();
const say = (line: string) => {
  console.log(`[${String(Math.round((performance.now() - startedMs) / 1_000)).padStart(4)} s] ${line}`);
};
const slowest = new Map<Stage, { ms: number; by: string; bytes: Buffer }>();
const slow: { by: string; ms: number; bytes: Buffer }[] = [];
let done = 0;
let crashes = 0;
let spokenMs = startedMs;

async function runOne({ id: by, verdict }: Generator, bytes: Buffer): Promise<void> {
  let timing: Timing = new Map();
  const found = await walk(bytes, timing);
  // Null: its header ended before the sender, so that nobody is named whom it could pretend to be.
  if (verdict !== undefined && found !== null && found !== verdict)
    throw new Error(`the verdict is ${found}, not ${verdict}`);
  // Once more: the machine may have been busy.
  if (total(timing) > SLOW_MS) await walk(bytes, (timing = new Map()));
  if (total(timing) > SLOW_MS) slow.push({ by, ms: total(timing), bytes });
  for (const [stage, ms] of timing) {
    if (ms > (slowest.get(stage)?.ms ?? 0)) slowest.set(stage, { ms, by, bytes });
  }
  done += 1;
  if (performance.now() - spokenMs < PROGRESS_MS) return;
  spokenMs = performance.now();
  say(`${done} inputs, ${crashes} crashes, ${slow.length} slow; now ${by}`);
}

const total = (timing: Timing): number => [...timing.values()].reduce((sum, ms) => sum + ms, 0);

/** Base64, so that it can be put back together, and as text, so that it can be read. */
function show(bytes: Buffer): void {
  const shown = bytes.subarray(0, 4_000);
  console.log(shown.toString('base64'));
  console.log(JSON.stringify(shown.toString('latin1')));
}

console.log(`Seed ${seed}.`);
const chosen = GENERATORS.filter(({ id }) => only.includes(id));
for (const [index, generator] of chosen.entries()) {
  const { id, about, messages } = generator;
  const numRuns = Math.floor(inputs / chosen.length) + (index < inputs % chosen.length ? 1 : 0);
  say(`${numRuns} ${about}`);
  const found = await fc.check(
    fc.asyncProperty(messages, (bytes) => runOne(generator, bytes)),
    { numRuns, seed },
  );
  if (!found.failed) continue;
  crashes += 1;
  say(`CRASH in ${id}, after ${found.numShrinks} steps of making it smaller: ${String(found.errorInstance)}`);
  show(found.counterexample?.[0] ?? Buffer.alloc(0));
}
if (only.includes('facts')) {
  say(`${inputs} facts`);
  const found = fc.check(decisions, { numRuns: inputs, seed });
  if (found.failed) {
    crashes += 1;
    say(`CRASH in facts: ${String(found.errorInstance)} ${JSON.stringify(found.counterexample)}`);
  }
}
if (only.includes('reference'))
  crashes += (await compareAddresses({ inputs: Math.ceil(inputs / 4), seed, say })) ? 0 : 1;

say('done');
console.log(`\n${'messages'.padEnd(24)}${String(done).padStart(10)}`);
console.log(`${'crashes'.padEnd(24)}${String(crashes).padStart(10)}`);
console.log(`${'over 1 s'.padEnd(24)}${String(slow.length).padStart(10)}`);
for (const stage of STAGES) {
  const { ms, by, bytes } = slowest.get(stage) ?? { ms: 0, by: '', bytes: Buffer.alloc(0) };
  console.log(`${`slowest ${stage}`.padEnd(24)}${`${ms.toFixed(1)} ms`.padStart(10)}  ${by}, ${bytes.length} bytes`);
}
for (const { by, ms, bytes } of slow.slice(0, 5)) {
  console.log(`\nSLOW  ${by}, ${ms.toFixed(0)} ms`);
  show(bytes);
}
process.exit(crashes === 0 && slow.length === 0 ? 0 : 1);
