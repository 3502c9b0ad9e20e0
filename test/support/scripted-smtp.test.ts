import { connect } from 'node:net';
import { createTransport } from 'nodemailer';
import { afterEach, expect, test } from 'vitest';
import { createTestCertificate } from './certificate.ts';
import { startScriptedSmtp } from './scripted-smtp.ts';
import type { ScriptedSmtp, ScriptedSmtpOptions } from './scripted-smtp.ts';
import { drop, reply } from './smtp-script.ts';
import type { SmtpScript } from './smtp-script.ts';

let server: ScriptedSmtp;
afterEach(() => server.stop());

const MAIL = {
  from: 'desk@desk.test',
  to: 'ana@customer.example',
  messageId: '<1@desk.test>',
  text: 'Hello\n.\n..two\n',
};
const ENVELOPE = 'MAIL FROM:<desk@desk.test>\r\nRCPT TO:<ana@customer.example>\r\n';
const CONTENT = 'Message-ID: <2@desk.test>\r\n\r\n..a line with a dot\r\n.\r\n';

/** Sends as a product does; the reply, or the error's code. */
async function send(options: object = {}, mail: object = MAIL): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: server.port, ignoreTLS: true, ...options });
  try {
    return (await transport.sendMail(mail)).response;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    transport.close();
  }
}

/** Says all of it at once, and everything that came back until the server ended the connection. */
function talk(lines: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(lines));
    socket.on('data', (chunk) => (heard += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

/** One line at a time, each after the reply to the one before. */
function ask(...lines: readonly string[]): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const heard: string[] = [];
    const left = [...lines];
    const socket = connect(server.port, '127.0.0.1');
    socket.on('data', (chunk) => {
      heard.push(chunk.toString().trim().split('\r\n').at(-1) ?? '');
      const line = left.shift();
      if (line === undefined) socket.end();
      else socket.write(line);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

const start = async (options: ScriptedSmtpOptions) => {
  server = await startScriptedSmtp(options);
};
const at = (moment: string, does: ReturnType<typeof reply>): SmtpScript => ({
  answer: (place) => (place.moment === moment ? does : null),
});

test('a mail is taken byte for byte', async () => {
  await start({ keepBytes: true });
  expect(await send()).toBe('250 2.0.0 taken as 1');
  const [mail] = server.accepted;
  expect(mail).toMatchObject({
    from: 'desk@desk.test',
    to: ['ana@customer.example'],
    messageId: '<1@desk.test>',
    outcome: 'accepted',
  });
  expect(mail?.bytes?.toString()).toContain('\r\n\r\nHello\r\n.\r\n..two\r\n');
  expect(server.copies()).toEqual(new Map([['<1@desk.test>', 1]]));
});

test('the end of the content is found wherever the packets are cut', async () => {
  await start({ keepBytes: true });
  for (let cut = 0; cut <= CONTENT.length; cut += 1) {
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.setNoDelay(true));
      const steps = ['EHLO me.test\r\n', `${ENVELOPE}DATA\r\n`, CONTENT.slice(0, cut)];
      socket.on('data', (chunk) => {
        if (chunk.includes('taken')) return void socket.end();
        const step = steps.shift();
        if (step !== undefined && chunk.includes('\r\n')) socket.write(step);
        if (steps.length === 0 && step !== undefined) setImmediate(() => socket.write(CONTENT.slice(cut)));
      });
      socket.on('close', () => resolve());
    });
  }
  expect(server.accepted).toHaveLength(CONTENT.length + 1);
  const contents = new Set(server.accepted.map((mail) => mail.bytes?.toString()));
  expect([...contents]).toEqual(['Message-ID: <2@desk.test>\r\n\r\n.a line with a dot\r\n']);
});

test.each([
  ['before the greeting', at('greeting', drop), 'ECONNECTION', []],
  ['after RCPT', at('rcpt', drop), 'ECONNECTION', []],
  ['after 354', at('data', { is: 'reply', text: '354 go', thenDrop: true }), 'ECONNECTION', []],
  ['in the content', { cutContentAfter: () => 100 }, 'ECONNECTION', ['cut 100']],
  ['after the dot', at('content', drop), 'ECONNECTION', ['unanswered 228']],
  ['after the dot, the mail forgotten', at('content', { is: 'drop', taken: false }), 'ECONNECTION', ['refused 228']],
] as const)('a connection dropped %s', async (_, script, code, received) => {
  await start({ script });
  expect(await send({}, { ...MAIL, date: new Date(0) })).toBe(code);
  expect(server.received.map((mail) => `${mail.outcome} ${mail.sizeBytes}`)).toEqual(received);
});

test.each([
  ['a greeting of 421', at('greeting', reply('421 4.3.2 closing')), ['421 4.3.2 closing']],
  [
    'a refused recipient',
    at('rcpt', reply('550 5.1.1 nobody')),
    [
      '220 scripted.test ESMTP',
      '250 ENHANCEDSTATUSCODES',
      '250 2.1.0 sender ok',
      '550 5.1.1 nobody',
      '503 5.5.1 no valid recipient',
      '500 5.5.2 what?',
    ],
  ],
  [
    'refused content',
    at('content', reply('451 4.3.0 later')),
    [
      '220 scripted.test ESMTP',
      '250 ENHANCEDSTATUSCODES',
      '250 2.1.0 sender ok',
      '250 2.1.5 recipient ok',
      '354 end with a dot',
      '451 4.3.0 later',
    ],
  ],
])('%s', async (_, script, said) => {
  await start({ script });
  expect(await ask('EHLO me.test\r\n', ...ENVELOPE.split(/(?<=\n)/), 'DATA\r\n', '.\r\n')).toEqual(said);
  expect(server.accepted).toEqual([]);
});

test('a script chooses by message, and can change while the server runs', async () => {
  await start({ script: { answer: ({ moment, message }) => (moment === 'content' && message === 2 ? drop : null) } });
  const transport = () => send({}, MAIL);
  expect(await transport()).toMatch(/^250/);
  expect(await transport()).toBe('ECONNECTION');
  expect(await transport()).toMatch(/^250/);
  expect(server.copies().get('<1@desk.test>')).toBe(3);
  server.play(at('mail', reply('450 4.2.1 later')));
  expect(await transport()).toBe('EENVELOPE');
});

test('a reply waits until it is let go', async () => {
  const gate = Promise.withResolvers<void>();
  await start({ script: at('content', { is: 'reply', text: '250 at last', after: gate.promise }) });
  const sending = send();
  const first = await Promise.race([sending, new Promise((resolve) => setImmediate(() => resolve('waiting')))]);
  expect(first).toBe('waiting');
  gate.resolve();
  expect(await sending).toBe('250 at last');
  expect(server.accepted).toMatchObject([
    { from: 'desk@desk.test', to: ['ana@customer.example'], outcome: 'accepted' },
  ]);
});

test.each([
  ['PLAIN', 'PLAIN', 'right', /^250/],
  ['LOGIN', 'LOGIN', 'right', /^250/],
  ['a wrong password', 'PLAIN', 'wrong', /^EAUTH/],
])('login by %s', async (_, method, pass, result) => {
  await start({ login: { user: 'desk', password: 'right' } });
  expect(await send({ authMethod: method, auth: { user: 'desk', pass } })).toMatch(result);
});

test('without a login mail is refused', async () => {
  await start({ login: { user: 'desk', password: 'right' } });
  expect(await send()).toBe('EENVELOPE');
});

test('TLS by STARTTLS and from the first byte; a broken one is no TLS', async () => {
  const certificate = await createTestCertificate();
  if (certificate === null) return;
  const { cert, key, caPem } = certificate;
  for (const mode of ['starttls', 'implicit', 'broken'] as const) {
    await start({ tls: { cert, key, mode } });
    const tls = { ignoreTLS: false, requireTLS: true, secure: mode === 'implicit', tls: { ca: caPem } };
    expect(await send(tls)).toMatch(mode === 'broken' ? /^(ETLS|ESOCKET|ECONNECTION)/ : /^250/);
    if (mode !== 'broken') await server.stop();
  }
});

test('a client that pipelines where that is not offered is refused', async () => {
  await start({ pipelining: false });
  expect(await talk(`EHLO me.test\r\n${ENVELOPE}`)).toContain('503 5.5.0 improper pipelining');
});

test('a declared or real size above the limit is refused', async () => {
  await start({ maxSizeBytes: 50 });
  expect((await ask('EHLO me.test\r\n', 'MAIL FROM:<a@desk.test> SIZE=51\r\n')).at(-1)).toBe('552 5.3.4 too large');
  const said = await ask('EHLO me.test\r\n', ...ENVELOPE.split(/(?<=\n)/), 'DATA\r\n', `${'a'.repeat(60)}\r\n.\r\n`);
  expect(said.at(-1)).toBe('552 5.3.4 too large');
});
