import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createSecureContext } from 'node:tls';
import { converse } from './smtp-dialogue.ts';
import type { SmtpScript } from './smtp-script.ts';

/** Content that reached the server, and what became of it. */
export interface ReceivedMail {
  readonly connection: number;
  readonly from: string;
  readonly to: readonly string[];
  /** With angle brackets; '' when the content has none. */
  readonly messageId: string;
  /** As sent, without dot-stuffing and the final dot. */
  readonly sizeBytes: number;
  /** null unless `keepBytes`. */
  readonly bytes: Buffer | null;
  /** `unanswered`: the server has the mail and its client was never told. `cut`: the final dot never came. */
  readonly outcome: 'accepted' | 'unanswered' | 'refused' | 'cut';
  /** Milliseconds since 1970 with fractions, to compare with other processes of this machine. */
  readonly atMs: number;
}

export interface ScriptedSmtpOptions {
  readonly script?: SmtpScript;
  /** Keeps the content of every mail. */
  readonly keepBytes?: boolean;
  /** Offers STARTTLS; `broken` answers 220 and then speaks no TLS, `cut` ends the connection instead. Implicit TLS: from the first byte. */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    readonly mode: 'starttls' | 'implicit' | 'broken' | 'cut';
  };
  /** Requires AUTH PLAIN or LOGIN with these. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Whether PIPELINING is offered, by default yes; when not, a client that pipelines is refused with 503 and dropped. */
  readonly pipelining?: boolean;
  /** Offered as SIZE, and kept to. */
  readonly maxSizeBytes?: number;
  /** A port of your choice, such as that of a server before; by default a free one. */
  readonly port?: number;
}

export interface ScriptedSmtp {
  readonly port: number;
  /** Everything the server took responsibility for: `accepted` and `unanswered`, in order. */
  readonly accepted: readonly ReceivedMail[];
  /** All content of which at least one byte came, whatever became of it, in order. */
  readonly received: readonly ReceivedMail[];
  /** How many connections there have been. */
  readonly connections: number;
  /** How many are open now. */
  readonly openConnections: number;
  /** How often each Message-ID was taken: more than 1 is a second copy in somebody's inbox. */
  copies(): ReadonlyMap<string, number>;
  /** From now on another script. */
  play(script: SmtpScript): void;
  /** Resolves when this many mails have been taken in all. */
  untilAccepted(count: number): Promise<void>;
  /** Ends every connection without a word. */
  dropAll(): void;
  stop(): Promise<void>;
}

/** Starts an SMTP server on 127.0.0.1 that behaves as its script says, and remembers all that reached it. */
export async function startScriptedSmtp(options: ScriptedSmtpOptions = {}): Promise<ScriptedSmtp> {
  const accepted: ReceivedMail[] = [];
  const received: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const secureContext = options.tls === undefined ? null : createSecureContext(options.tls);
  let script = options.script ?? {};
  let connections = 0;
  let messages = 0;

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
    converse(socket, {
      connection: connections,
      options,
      secureContext,
      script: () => script,
      nextMessage: () => (messages += 1),
      take(mail) {
        received.push(mail);
        if (mail.outcome === 'refused' || mail.outcome === 'cut') return;
        accepted.push(mail);
        waiting.forEach((look) => look());
      },
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', 1024, resolve);
  });

  const dropAll = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    accepted,
    received,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    copies: () => countBy(accepted.map((mail) => mail.messageId)),
    play(next) {
      script = next;
    },
    untilAccepted: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (accepted.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    dropAll,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      dropAll();
      await closed;
    },
  };
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
