import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { ReceivedMail, ScriptedSmtpOptions } from './scripted-smtp.ts';
import { startAuth } from './smtp-auth.ts';
import type { AuthStep } from './smtp-auth.ts';
import { createContentReader } from './smtp-content.ts';
import type { ContentReader } from './smtp-content.ts';
import type { SmtpMoment, SmtpPlace, SmtpScript } from './smtp-script.ts';
import { capabilities, wire } from './smtp-wire.ts';

export interface DialogueDeps {
  readonly connection: number;
  readonly options: ScriptedSmtpOptions;
  readonly secureContext: SecureContext | null;
  readonly script: () => SmtpScript;
  /** Counts a MAIL command; the number of this one. */
  readonly nextMessage: () => number;
  readonly take: (mail: ReceivedMail) => void;
}

/** What became of a reply: sent with this text, or never sent. */
type Answered = { readonly is: 'sent'; readonly text: string } | { readonly is: 'unsent'; readonly taken: boolean };

const LINE_LIMIT = 64 * 1024;

/** Speaks the server's side of SMTP on one connection: RFC 5321 as the script bends it. */
export function converse(socket: Socket, deps: DialogueDeps): void {
  const { options } = deps;
  let stream: Socket = socket;
  let pending: Buffer = Buffer.alloc(0);
  let output = '';
  /** A reply is waited for, withheld for ever, or the connection has ended: nothing more is read. */
  let isHeld = false;
  let content: ContentReader | null = null;
  let isGreeted = false;
  let isLoggedIn = options.login === undefined;
  let onAuthLine: ((line: string) => void) | null = null;
  let message = 0;
  let from: string | null = null;
  let to: string[] = [];

  const place = (moment: SmtpMoment, command: string): SmtpPlace => ({
    moment,
    connection: deps.connection,
    message,
    from: from ?? '',
    to,
    command,
  });

  const flush = () => {
    if (output !== '' && stream.writable) stream.write(output);
    output = '';
  };

  const end = () => {
    isHeld = true;
    flush();
    stream.destroySoon();
  };

  /** Gives the scripted or the usual answer, and tells what became of it. */
  function answer(moment: SmtpMoment, command: string, usual: string, then: (answered: Answered) => void) {
    const scripted = deps.script().answer?.(place(moment, command)) ?? null;
    if (scripted === null) return respond(usual, false);
    if (scripted.is !== 'reply') {
      then({ is: 'unsent', taken: scripted.is !== 'drop' || scripted.taken !== false });
      if (scripted.is === 'half') {
        output += scripted.text;
        return end();
      }
      isHeld = true;
      flush();
      if (scripted.is === 'drop') stream.destroy();
      return;
    }
    const isRaw = scripted.isRaw === true;
    if (scripted.after === undefined) return respond(scripted.text, scripted.thenDrop ?? false, isRaw);
    isHeld = true;
    flush();
    void scripted.after.then(() => {
      isHeld = false;
      respond(scripted.text, scripted.thenDrop ?? false);
      pump();
    });

    function respond(text: string, thenDrop: boolean, isRaw = false) {
      if (stream.destroyed) return then({ is: 'unsent', taken: true });
      output += isRaw ? text : wire(text);
      then({ is: 'sent', text });
      if (thenDrop) end();
    }
  }

  /** The usual answer of a command, whose effect takes place when the reply is a yes. */
  const say = (moment: SmtpMoment, command: string, usual: string, effect: () => void = () => {}) =>
    answer(moment, command, usual, (answered) => {
      if (answered.is === 'sent' && /^[23]/.test(answered.text)) effect();
    });

  const forget = () => {
    from = null;
    to = [];
  };

  const COMMANDS: Readonly<Record<string, (line: string) => void>> = {
    EHLO: (line) => say('ehlo', line, capabilities(options, stream), () => (isGreeted = true)),
    HELO: (line) => say('ehlo', line, '250 scripted.test', () => (isGreeted = true)),
    STARTTLS: (line) =>
      options.tls?.mode === 'implicit' || deps.secureContext === null || stream !== socket
        ? say('starttls', line, '502 5.5.1 no STARTTLS here')
        : say('starttls', line, '220 2.0.0 go ahead', startTls),
    AUTH: (line) => stepAuth(line, startAuth(line, options.login ?? null)),
    MAIL(line) {
      const sender = /^MAIL FROM:\s*<([^>]*)>/i.exec(line)?.[1];
      const declared = Number(/\sSIZE=(\d+)/i.exec(line)?.[1] ?? 0);
      message = deps.nextMessage();
      if (!isGreeted || from !== null) return say('mail', line, '503 5.5.1 not now');
      if (!isLoggedIn) return say('mail', line, '530 5.7.0 log in first');
      if (sender === undefined) return say('mail', line, '501 5.5.4 MAIL FROM:<address>');
      if (declared > (options.maxSizeBytes ?? Infinity)) return say('mail', line, '552 5.3.4 too large');
      say('mail', line, '250 2.1.0 sender ok', () => (from = sender));
    },
    RCPT(line) {
      const recipient = /^RCPT TO:\s*<([^>]+)>/i.exec(line)?.[1];
      if (from === null) return say('rcpt', line, '503 5.5.1 MAIL first');
      if (recipient === undefined) return say('rcpt', line, '501 5.5.4 RCPT TO:<address>');
      say('rcpt', line, '250 2.1.5 recipient ok', () => (to = [...to, recipient]));
    },
    DATA(line) {
      if (to.length === 0) return say('data', line, '503 5.5.1 no valid recipient');
      say('data', line, '354 end with a dot', () => (content = createContentReader(options.keepBytes ?? false)));
    },
    RSET: (line) => say('rset', line, '250 2.0.0 forgotten', forget),
    NOOP: (line) => say('noop', line, '250 2.0.0 still here'),
    QUIT: (line) => say('quit', line, '221 2.0.0 goodbye', end),
  };

  function stepAuth(command: string, step: AuthStep) {
    if (step.is === 'end') return say('auth', command, step.reply, () => (isLoggedIn = true));
    output += wire(step.text);
    onAuthLine = (line) => stepAuth(command, step.next(line));
  }

  function startTls() {
    flush();
    pending = Buffer.alloc(0); // what was sent in clear ahead of the handshake must not count (RFC 3207 4.2)
    isGreeted = false;
    if (options.tls?.mode === 'cut') {
      isHeld = true;
      socket.once('data', () => socket.destroy()); // instead of a ServerHello
    } else if (options.tls?.mode === 'broken') {
      isHeld = true;
      socket.once('data', () => socket.write('this is no TLS\r\n')); // instead of a ServerHello
    } else secure();
  }

  function secure() {
    socket.removeListener('data', onData);
    stream = new TLSSocket(socket, {
      isServer: true,
      ...(deps.secureContext && { secureContext: deps.secureContext }),
    });
    listen();
  }

  /** Remembers the content under the envelope as it is now. */
  function recorder(reader: ContentReader): (outcome: ReceivedMail['outcome']) => void {
    const envelope = { connection: deps.connection, from: from ?? '', to };
    return (outcome) =>
      deps.take({
        ...envelope,
        messageId: reader.messageId(),
        sizeBytes: reader.sizeBytes,
        bytes: reader.bytes(),
        outcome,
        atMs: performance.timeOrigin + performance.now(),
      });
  }

  function readContent(reader: ContentReader) {
    const limit = deps.script().cutContentAfter?.(place('content', '')) ?? Infinity;
    const wanted = pending.subarray(0, Math.max(0, limit - reader.sizeBytes));
    const left = pending.subarray(wanted.length);
    const behind = reader.push(wanted);
    pending = behind === null ? Buffer.alloc(0) : Buffer.concat([behind, left]);
    if (behind !== null) finishContent(reader);
    else if (reader.sizeBytes >= limit) stream.destroy(); // 'close' records what came
  }

  function finishContent(reader: ContentReader) {
    const record = recorder(reader);
    content = null;
    const isTooLarge = reader.sizeBytes > (options.maxSizeBytes ?? Infinity);
    const usual = isTooLarge ? '552 5.3.4 too large' : `250 2.0.0 taken as ${message}`;
    answer('content', '', usual, (answered) => {
      if (answered.is === 'unsent') record(answered.taken ? 'unanswered' : 'refused');
      else record(answered.text.startsWith('2') ? 'accepted' : 'refused');
    });
    forget();
  }

  function readLine() {
    const lineEnd = pending.indexOf(0x0a);
    if (lineEnd === -1) return false;
    const line = pending.toString('latin1', 0, lineEnd).replace(/\r$/, '');
    pending = pending.subarray(lineEnd + 1);
    const verb = line.split(' ', 1)[0]?.toUpperCase() ?? '';
    // RFC 2920: DATA ends a group, and without PIPELINING there are no groups.
    if (pending.length > 0 && (options.pipelining === false || verb === 'DATA') && verb !== 'STARTTLS') {
      output += wire('503 5.5.0 improper pipelining');
      end();
    } else if (onAuthLine !== null) {
      const say = onAuthLine;
      onAuthLine = null;
      say(line);
    } else {
      const command = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
      if (command === undefined) say('unknown', line, '500 5.5.2 what?');
      else command(line);
    }
    return true;
  }

  function pump() {
    while (!isHeld && pending.length > 0 && !stream.destroyed) {
      if (content !== null) readContent(content);
      else if (!readLine()) break;
    }
    flush();
    if (pending.length > LINE_LIMIT && content === null) stream.destroy();
  }

  function onData(chunk: Buffer) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    pump();
  }

  function listen() {
    stream.on('data', onData);
    stream.on('error', () => {}); // 'close' follows
    stream.on('close', () => {
      isHeld = true;
      if (content !== null && content.sizeBytes > 0) recorder(content)('cut');
      content = null;
    });
  }

  if (options.tls?.mode === 'implicit') secure();
  else listen();
  say('greeting', '', '220 scripted.test ESMTP');
  flush();
}
