import type { Desk, HostAnswer } from './cli/host.ts';
import { openDb } from './db/client.ts';
import { explainMessages, explanationLines } from './inbound/explain.ts';
import { checkLedger, ledgerLines } from './inbound/ledger.ts';
import { openImap } from './mailboxes/imap.ts';

const LEDGER_LIMIT_MS = 300_000;

/** Why the mail became what it became; null when nobody knows such a mail. */
export async function explainMail(desk: Desk, reference: string): Promise<HostAnswer | null> {
  const found = await explainMessages(desk.db, reference);
  if (found.length === 0) {
    return reference === 'held' ? { lines: ['No message waits for a person.'], json: [], exitCode: 0 } : null;
  }
  return { lines: found.flatMap((one) => [...explanationLines(one), '']), json: found, exitCode: 0 };
}

/** The books of the desk, against its mailboxes. */
export async function readLedger({ db: { url }, deps: { keys } }: Desk): Promise<HostAnswer> {
  // The books of a large desk take longer than any other statement may.
  const applicationName = 'deskbell ledger';
  const db = openDb({ url, maxConnections: 1, applicationName, statementTimeoutMs: LEDGER_LIMIT_MS });
  const limit = AbortSignal.timeout(LEDGER_LIMIT_MS);
  const report = await checkLedger({ db, keys, openSource: openImap }, limit).finally(() => db.close());
  return { lines: ledgerLines(report), json: report, exitCode: report.isClean ? 0 : 1 };
}
