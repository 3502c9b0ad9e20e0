import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startScriptedSmtp } from './scripted-smtp.ts';

/** A mail that a sink has taken. */
interface SunkMail {
  readonly messageId: string;
  readonly to: readonly string[];
  /** Milliseconds since 1970 with fractions. */
  readonly atMs: number;
}

export interface SmtpSink {
  readonly port: number;
  readonly pid: number;
  /** Everything taken so far, in order. */
  accepted(): Promise<readonly SunkMail[]>;
  stop(): Promise<void>;
}

type Word =
  { readonly is: 'ready'; readonly port: number } | { readonly is: 'accepted'; readonly mails: readonly SunkMail[] };

/** Starts an SMTP server that takes everything, in a process of its own so that its CPU is not the sender's. */
export async function startSmtpSink(): Promise<SmtpSink> {
  const child = fork(import.meta.filename, ['sink']);
  const hear = async (): Promise<Word> => {
    const [word] = (await once(child, 'message')) as [Word];
    return word;
  };
  const ready = await hear();
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  return {
    port: ready.is === 'ready' ? ready.port : 0,
    pid: child.pid ?? 0,
    async accepted() {
      child.send('accepted');
      const word = await hear();
      return word.is === 'accepted' ? word.mails : [];
    },
    async stop() {
      process.off('exit', killAtExit);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function runSink(): Promise<void> {
  const server = await startScriptedSmtp();
  const tell = (word: Word) => process.send?.(word);
  process.on('message', () => {
    tell({ is: 'accepted', mails: server.accepted.map(({ messageId, to, atMs }) => ({ messageId, to, atMs })) });
  });
  process.on('disconnect', () => process.exit());
  tell({ is: 'ready', port: server.port });
}

if (process.argv[2] === 'sink' && process.argv[1] === import.meta.filename) await runSink();
