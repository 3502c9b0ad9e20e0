import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openDb } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startPostgres } from '../../src/trial/postgres.ts';
import { temporaryFolder } from '../support/postgres.ts';
import { MX, openDesk } from '../walk/desk.ts';
import type { StormReport, StormSize } from './storm.ts';
import { runStorm } from './storm.ts';

const HELP = `The storm (RELIABILITY G10): one sender and many forged ones, as hard as the desk takes it; honest mail in between.

  node test/storm/main.ts [--flood 10000] [--forged 5000] [--others 500] [--unproven-off]`;

const { values } = parseArgs({
  options: {
    flood: { type: 'string', default: '10000' },
    forged: { type: 'string', default: '5000' },
    others: { type: 'string', default: '500' },
    'unproven-off': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const size: StormSize = { flood: Number(values.flood), forged: Number(values.forged), others: Number(values.others) };
const isUsable = Object.values(size).every((count) => Number.isInteger(count) && count > 0);

/** What RELIABILITY G10 allows of each figure. */
const LIMITS: Partial<Record<keyof StormReport, number>> = {
  floodTickets: 21,
  floodAcknowledged: 3,
  failedAcknowledged: 0,
  mostOfADomain: 60,
  operatorMails: 4,
  othersP95Seconds: 60,
};

if (values.help || !isUsable) process.stdout.write(`${HELP}\n`);
else process.exitCode = (await blow(size, values['unproven-off'])) ? 0 : 1;

async function blow(of: StormSize, isUnprovenOff: boolean): Promise<boolean> {
  const folder = await temporaryFolder();
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false });
  await migrate(postgres.url);
  const db = openDb({ url: postgres.url, maxConnections: 4, applicationName: 'deskbell storm' });
  const database = { url: postgres.url, db, drop: () => db.close() };
  const desk = await openDesk({ database, authservIds: [MX] });
  const say = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const run = () => runStorm(desk, of, say);
    const report = await (isUnprovenOff ? desk.withToggle('acknowledge_unauthenticated', 'off', run) : run());
    return print(report, of, isUnprovenOff);
  } finally {
    await desk.close();
    await postgres.kill('immediate');
    await rm(folder, { recursive: true, force: true });
  }
}

function print(report: StormReport, of: StormSize, isUnprovenOff: boolean): boolean {
  let isWithin = report.ledgerBreaches.length === 0 && report.rawKept === report.mails;
  isWithin &&= report.floodTickets + report.floodHeld === of.flood && report.otherTickets === of.others;
  isWithin &&= !isUnprovenOff || report.unprovenAcknowledged === 0;
  for (const [name, figure] of Object.entries(report)) {
    const limit = LIMITS[name as keyof StormReport];
    const shown = Array.isArray(figure) ? figure.length : Math.round(Number(figure) * 100) / 100;
    process.stdout.write(
      `${name.padEnd(24)}${String(shown).padStart(10)}${limit === undefined ? '' : `   at most ${limit}`}\n`,
    );
    if (limit !== undefined && Number(figure) > limit) isWithin = false;
  }
  for (const breach of report.ledgerBreaches.slice(0, 50)) process.stdout.write(`BREACH  ${breach}\n`);
  process.stdout.write(isWithin ? 'within RELIABILITY G10\n' : 'NOT within RELIABILITY G10\n');
  return isWithin;
}
