import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { sleep } from '../../src/lib/abort.ts';
import type { CheckpointName } from '../../src/lib/checkpoint.ts';
import { listHolders } from '../../src/mailboxes/lease-store.ts';
import { createRandom } from '../support/random.ts';
import { comeToRest } from './drain.ts';
import { createPlan } from './plan.ts';
import type { Rig } from './rig.ts';
import { createTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';
import type { Verdict } from './verdict.ts';
import { reachVerdict } from './verdict.ts';
import { crashDatabases, fairWeather, killImap, passTime, roughSmtp } from './weather.ts';
import type { Weather } from './weather.ts';
import { createWorkers, PAUSE_MS } from './workers.ts';
import type { Workers } from './workers.ts';

export interface CampaignOptions {
  readonly kills: number;
  readonly messages: number;
  readonly seed: number;
}

export interface CampaignReport {
  readonly verdict: Verdict;
  readonly kills: ReadonlyMap<CheckpointName | 'at random', number>;
  readonly pauses: number;
  readonly weather: Weather;
}

interface Tally {
  readonly kills: Map<CheckpointName | 'at random', number>;
  pauses: number;
}

const NAMES = ['w1', 'w2'] as const;
const PROGRESS_MS = 5_000;
/** Then nobody is killed any more, and the same two processes must live through all the rest. */
const QUIET_MS = 8_000;
const STOP_MS = 20_000;

const killed = ({ kills }: Tally): number => [...kills.values()].reduce((sum, count) => sum + count, 0);

/**
 * Kills and breaks things while mail comes and goes, then heals everything, waits until all has come to rest, and
 * counts.
 *
 * @param say takes a line of progress
 */
export async function runCampaign(
  rig: Rig,
  options: CampaignOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<CampaignReport> {
  const random = createRandom(options.seed);
  const weather = fairWeather();
  const tally: Tally = { kills: new Map(), pauses: 0 };
  const traffic = createTraffic(rig, options.seed);
  const workers = await createWorkers(rig);
  signal.addEventListener('abort', () => workers.killAll(), { once: true });
  rig.smtp.play(roughSmtp(weather, random));

  const calm = new AbortController();
  const enough = new AbortController();
  const storms = AbortSignal.any([signal, calm.signal]);
  const writing = AbortSignal.any([signal, enough.signal]);
  const background = [
    crashDatabases(rig, weather, random, storms),
    killImap(rig, weather, random, storms),
    passTime(rig, storms),
    write(traffic, options.messages, () => killed(tally) / options.kills, writing),
    tellProgress(() => progressOf(tally, options, weather, traffic), say, writing),
  ];
  try {
    const broken = Promise.race(background.map((one) => one.then(() => new Promise<never>(() => {}))));
    const survivors = await Promise.race([killWorkers(rig, workers, options, tally), broken]);
    say(`quiet: nobody is killed any more, and both workers must survive everything else`);
    await Promise.race([pauseOnce(survivors[0], tally, signal).then(() => sleep(QUIET_MS, signal)), broken]);
    calm.abort();
    await Promise.all(background.slice(0, 3));
    rig.smtp.play({});
    while (traffic.delivered.length < options.messages && !signal.aborted) await traffic.deliverNext();
    enough.abort();
    await Promise.all(background);
    signal.throwIfAborted();
    const unrest = await comeToRest(rig, traffic.delivered.length, say, signal);
    const verdict = await reachVerdict(rig, traffic);
    const ends = await stopWorkers(survivors);
    return {
      verdict: { ...verdict, breaches: [...unrest, ...ends, ...verdict.breaches] },
      kills: tally.kills,
      pauses: tally.pauses,
      weather,
    };
  } finally {
    calm.abort();
    enough.abort();
    workers.killAll();
    await Promise.allSettled(background);
  }
}

/** Both workers die and come back until the plan is done. @returns the two processes that live on */
async function killWorkers(
  rig: Rig,
  workers: Workers,
  { kills, seed }: CampaignOptions,
  tally: Tally,
): Promise<readonly ChildProcess[]> {
  const plan = createPlan(kills, createRandom(seed + 2));
  const count = (what: CheckpointName | 'at random') => tally.kills.set(what, (tally.kills.get(what) ?? 0) + 1);
  return Promise.all(
    NAMES.map(async (name) => {
      for (let ownEnds = 0; ownEnds < 20;) {
        const death = plan.take(await holdsMailbox(rig, name));
        if (death === null) return workers.liveOn(name);
        const ended = await workers.live(name, death);
        if (death.by === 'pause' && ended === 'by chance') tally.pauses += 1;
        if (death.by === 'point' && ended === 'at the point') count(death.dieAt.point);
        else if (ended !== 'by itself') count('at random');
        ownEnds = ended === 'by itself' ? ownEnds + 1 : 0;
        plan.died(death, ended);
      }
      throw new Error(`worker ${name} ended by itself twenty times in a row: see its log`);
    }),
  );
}

/** A worker that was killed a moment ago still has its leases. While the database is away, anything may be. */
async function holdsMailbox({ db }: Rig, name: string): Promise<boolean> {
  const holders = await listHolders(db).catch(() => null);
  return holders === null || [...holders.values()].includes(name);
}

async function pauseOnce(child: ChildProcess | undefined, tally: Tally, signal: AbortSignal): Promise<void> {
  child?.kill('SIGSTOP');
  await sleep(PAUSE_MS, signal);
  child?.kill('SIGCONT');
  tally.pauses += 1;
}

async function stopWorkers(survivors: readonly ChildProcess[]): Promise<readonly string[]> {
  const breaches = await Promise.all(
    survivors.map(async (child, index) => {
      const name = NAMES[index] ?? '';
      if (child.exitCode !== null || child.signalCode !== null) return [`worker ${name} ended before it was asked to`];
      const gone = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
      child.kill('SIGTERM');
      return gone.then(
        () => (child.exitCode === 0 ? [] : [`worker ${name} ended with ${child.exitCode ?? child.signalCode}`]),
        () => [`worker ${name} did not end within ${STOP_MS / 1000} s of SIGTERM`],
      );
    }),
  );
  return breaches.flat();
}

const MAX_SILENCE_MS = 200;
const ANSWER_EVERY_MS = 400;
const AGENT_EVERY_MS = 700;
const BURST_EVERY_MS = 900;
const HEAD_START = 20;

/** New mail in step with the kills, never long without any; customers answer, agents reply and change tickets. Until the signal aborts. */
async function write(traffic: Traffic, messages: number, done: () => number, signal: AbortSignal): Promise<void> {
  let mailAt = 0;
  let answerAt = 0;
  let agentAt = 0;
  let burstAt = 0;
  while (!signal.aborted) {
    const now = performance.now();
    if (traffic.delivered.length < HEAD_START + messages * done() || now - mailAt > MAX_SILENCE_MS) {
      await traffic.deliverNext();
      mailAt = now;
    }
    if (now - answerAt > ANSWER_EVERY_MS && (await traffic.answerOurs())) answerAt = now;
    if (now - agentAt > AGENT_EVERY_MS) {
      await traffic.letAgentReply();
      agentAt = now;
    }
    if (now - burstAt > BURST_EVERY_MS) {
      await traffic.bursts.break();
      burstAt = now;
    }
    await sleep(20, signal);
  }
}

async function tellProgress(line: () => string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(PROGRESS_MS, signal);
    if (!signal.aborted) say(line());
  }
}

function progressOf(tally: Tally, options: CampaignOptions, weather: Weather, traffic: Traffic): string {
  return [
    `${killed(tally)} of ${options.kills} kills`,
    `${tally.pauses} pauses`,
    `${weather.databaseStops} database stops`,
    `${weather.imapKills} IMAP kills`,
    `${weather.dropsKept + weather.dropsLost} drops`,
    `${traffic.delivered.length} mails delivered`,
  ].join(', ');
}
