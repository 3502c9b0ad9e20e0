import { sleep } from '../lib/abort.ts';
import { openImapSentFolder } from '../mailboxes/imap-sent.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { sweepTroubles } from '../notifications/trouble.ts';
import type { SentLookDeps } from './sent-look.ts';
import { lookForSent } from './sent-look.ts';

export interface OutboxCareDeps extends Omit<SentLookDeps, 'openSentFolder'> {
  readonly uncertainWaitMs: number;
  /** The mailboxes as last read. */
  readonly mailboxes: () => readonly Mailbox[];
}

const SWEEP_MS = 30_000;
/** After a server that could not be asked. */
const NOT_AGAIN_MS = 5 * 60_000;

/** Tells operators of mail that does not go, and finds out what became of mail whose fate is unknown, until the signal aborts. */
export async function runOutboxCare(deps: OutboxCareDeps, signal: AbortSignal): Promise<void> {
  const { db, keys, log, uncertainWaitMs, mailboxes } = deps;
  await Promise.all([
    repeat(SWEEP_MS, async () => {
      const raised = await sweepTroubles(db, keys);
      if (raised > 0) log.warn('outbox.trouble_told', { raised });
    }),
    lookNowAndThen(),
  ]);

  async function lookNowAndThen(): Promise<void> {
    const notBefore = new Map<number, number>();
    await repeat(Math.min(SWEEP_MS, uncertainWaitMs / 3), async () => {
      const now = performance.now();
      const due = mailboxes().filter(({ id }) => (notBefore.get(id) ?? 0) <= now);
      const failed = await lookForSent(
        { ...deps, openSentFolder: openImapSentFolder },
        due,
        uncertainWaitMs / 3,
        signal,
      );
      for (const { id } of failed) notBefore.set(id, performance.now() + NOT_AGAIN_MS);
    });
  }

  async function repeat(everyMs: number, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (!signal.aborted) log.error('outbox.care_failed', { err: error });
      }
      await sleep(everyMs, signal);
    }
  }
}
