import type { ImapSession } from './imap-session.ts';

/** What the server told unasked: EXISTS may come during any command, also between two waits. */
export interface ImapNews {
  hasCome: boolean;
  /** Ends the wait that is going on. */
  wake: () => void;
}

/**
 * Waits in IDLE (imapflow polls by NOOP where there is none). A server that has been silent for `probeAfterMs` is asked
 * by NOOP whether it is there, and loses the connection when it does not answer: a half-open one looks like a quiet one.
 */
export async function waitForImapNews(
  session: ImapSession,
  news: ImapNews,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'news' | 'timeout' | 'aborted'> {
  const { client, timeouts } = session;
  const endsAtMs = performance.now() + timeoutMs;
  for (;;) {
    if (signal.aborted) return 'aborted';
    if (news.hasCome) {
      news.hasCome = false;
      return 'news';
    }
    const lossReason = session.lossReason();
    if (lossReason !== null) throw new Error(`IMAP connection lost: ${lossReason}`);
    const nowMs = performance.now();
    if (nowMs >= endsAtMs) return 'timeout';
    const probeAtMs = session.answeredAtMs() + timeouts.probeAfterMs;
    if (nowMs >= probeAtMs) {
      // Breaks IDLE first, so this asks the server twice.
      await session.run(() => client.noop(), timeouts.probeMs);
      continue;
    }
    // Ends by the next command or with the connection, which tells by itself.
    void client.idle().catch(() => {});
    await pause(news, Math.min(endsAtMs, probeAtMs) - nowMs, signal);
  }
}

function pause(news: ImapNews, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      news.wake = () => {};
      resolve();
    };
    const timer = setTimeout(done, Math.ceil(ms));
    signal.addEventListener('abort', done, { once: true });
    news.wake = done;
  });
}
