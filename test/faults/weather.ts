import { isDatabaseTrouble } from '../../src/db/client.ts';
import { sleep } from '../../src/lib/abort.ts';
import type { Random } from '../support/random.ts';
import type { SmtpScript } from '../support/smtp-script.ts';
import { reply } from '../support/smtp-script.ts';
import type { Rig } from './rig.ts';

/** What goes wrong around the workers, counted. */
export interface Weather {
  databaseStops: number;
  imapKills: number;
  dropsKept: number;
  dropsLost: number;
  refusals: number;
  /** For good: mail that comes to nothing, and of which operators are told. */
  refusedForGood: number;
}

export const fairWeather = (): Weather => ({
  databaseStops: 0,
  imapKills: 0,
  dropsKept: 0,
  dropsLost: 0,
  refusals: 0,
  refusedForGood: 0,
});

const DATABASE_STOP_EVERY_MS = 4_000;
const IMAP_KILL_EVERY_MS = 2_500;

/** Stops the database about every four seconds, until the signal aborts; then it runs. */
export async function crashDatabases(rig: Rig, weather: Weather, random: Random, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(DATABASE_STOP_EVERY_MS * (0.5 + random.next()), signal);
    if (signal.aborted) return;
    await rig.crashDatabase();
    weather.databaseStops += 1;
  }
}

/** Kills the server's processes of all IMAP connections now and then, until the signal aborts. */
export async function killImap(rig: Rig, weather: Weather, random: Random, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(IMAP_KILL_EVERY_MS * (0.5 + random.next()), signal);
    if (signal.aborted) return;
    weather.imapKills += await rig.dovecot.killImapProcesses();
  }
}

const PASS_EVERY_MS = 1_500;
const PASS_MINUTES = 5;

/** Now and then five minutes more have passed for mail that waits to be told together, and for budgets; until the signal aborts. */
export async function passTime(rig: Rig, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(PASS_EVERY_MS, signal);
    try {
      await letTimePass(rig);
    } catch (error) {
      if (!isDatabaseTrouble(error)) throw error;
    }
  }
}

/** What a worker has under its lock stays as it is: time passes there the next time. */
export async function letTimePass({ db }: Rig): Promise<void> {
  await db.sql`
    update notifications set created_at = created_at - ${PASS_MINUTES} * interval '1 minute' where id in (
      select id from notifications where state = 'folded' and folded_into is null for update skip locked)`;
  await db.sql`
    update budgets set updated_at = updated_at - ${PASS_MINUTES} * interval '1 minute' where (scope, key) in (
      select scope, key from budgets where scope in ('person_10min', 'alarm_hour', 'trouble_alarm') for update skip locked)`;
}

const DROPS = 0.01;
const CONTENT_REFUSALS = 0.005;
const RECIPIENT_REFUSALS = 0.01;
const RECIPIENTS_REFUSED_FOR_GOOD = 0.003;
const SHUT_DOORS = 0.001;

/** A server that drops the connection after the dot, half the time with the mail in its hands, and says "later" at times. */
export function roughSmtp(weather: Weather, random: Random): SmtpScript {
  const refuse = (text: string) => {
    weather.refusals += 1;
    return reply(text);
  };
  return {
    answer({ moment }) {
      const chance = random.next();
      if (moment === 'mail' && chance < SHUT_DOORS) return refuse('421 4.3.2 closing for a moment');
      if (moment === 'rcpt' && chance < RECIPIENT_REFUSALS) return refuse('451 4.7.1 greylisted');
      if (moment === 'rcpt' && chance > 1 - RECIPIENTS_REFUSED_FOR_GOOD) {
        weather.refusedForGood += 1;
        return reply('550 5.7.1 not from you, today');
      }
      if (moment !== 'content') return null;
      if (chance < CONTENT_REFUSALS) return refuse('451 4.3.0 try again');
      if (chance > CONTENT_REFUSALS + DROPS) return null;
      const taken = random.next() < 0.5;
      weather[taken ? 'dropsKept' : 'dropsLost'] += 1;
      return { is: 'drop', taken };
    },
  };
}
