import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { SMTP_TIMEOUTS } from '../../src/notifications/smtp-client.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import type { OutgoingMail, SmtpAccount, SmtpRoute } from '../../src/notifications/transport-model.ts';
import { startScriptedSmtp } from '../support/scripted-smtp.ts';
import type { ScriptedSmtp, ScriptedSmtpOptions } from '../support/scripted-smtp.ts';
import { drop, reply, silence } from '../support/smtp-script.ts';
import type { SmtpAnswer, SmtpMoment, SmtpScript } from '../support/smtp-script.ts';

const BYTES = Buffer.from('Message-ID: <1@desk.example>\r\nSubject: hello\r\n\r\n.dot\r\nlast line\r\n');

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function server(options: ScriptedSmtpOptions = {}): Promise<ScriptedSmtp> {
  const started = await startScriptedSmtp({ keepBytes: true, ...options });
  closers.push(() => started.stop());
  return started;
}

function routeTo(
  port: number,
  account: Partial<SmtpAccount> = {},
  options: Parameters<typeof openSmtpRoute>[1] = {},
): SmtpRoute {
  const full: SmtpAccount = {
    host: '127.0.0.1',
    port,
    security: 'none',
    login: null,
    caPem: null,
    ehloName: 'desk.example',
    ...account,
  };
  const route = openSmtpRoute(full, options);
  closers.push(() => route.close());
  return route;
}

function address(raw: string): EmailAddress {
  const parsed = parseAddress(raw);
  if (parsed === null) throw new Error(raw);
  return parsed;
}

const mail: OutgoingMail = {
  envelopeFrom: address('support@desk.example'),
  envelopeTo: address('ana@customer.example'),
  bytes: BYTES,
};
const nothing = async () => {};
const never = new AbortController().signal;
const at =
  (moment: SmtpMoment, answer: SmtpAnswer, connection = 0): NonNullable<SmtpScript['answer']> =>
  (place) =>
    place.moment === moment && (connection === 0 || place.connection === connection) ? answer : null;

describe('a message', () => {
  test.each([true, false])('is accepted byte for byte, with pipelining: %s', async (pipelining) => {
    const smtp = await server({ pipelining });
    const beforeContent = vi.fn(nothing);
    expect(await routeTo(smtp.port).send(mail, beforeContent, never)).toEqual({
      is: 'accepted',
      reply: '250 2.0.0 taken as 1',
    });
    expect(beforeContent).toHaveBeenCalledTimes(1);
    expect(smtp.accepted[0]).toMatchObject({
      from: 'support@desk.example',
      to: ['ana@customer.example'],
      bytes: BYTES,
    });
  });

  test('goes out under the null reverse-path', async () => {
    const smtp = await server();
    await routeTo(smtp.port).send({ ...mail, envelopeFrom: '' }, nothing, never);
    expect(smtp.accepted[0]?.from).toBe('');
  });

  test('of several megabytes arrives whole', async () => {
    const smtp = await server();
    const bytes = Buffer.from(`Subject: large\r\n\r\n${'.line of text\r\n'.repeat(300_000)}`);
    expect(await routeTo(smtp.port).send({ ...mail, bytes }, nothing, never)).toMatchObject({ is: 'accepted' });
    expect(smtp.accepted[0]?.bytes?.equals(bytes)).toBe(true);
  });

  test('larger than the server takes is refused for good, before any of it is sent', async () => {
    const smtp = await server({ maxSizeBytes: 20 });
    const beforeContent = vi.fn(nothing);
    const outcome = await routeTo(smtp.port).send(mail, beforeContent, never);
    expect(outcome).toMatchObject({ is: 'refused', isPermanent: true, isRouteTrouble: false, stage: 'mail' });
    expect(beforeContent).not.toHaveBeenCalled();
  });
});

describe('what must be stored before the content', () => {
  test('stops the message when it cannot be stored: the server gets no content, and the next message goes out', async () => {
    const smtp = await server();
    const route = routeTo(smtp.port);
    const failure = new Error('database gone');
    await expect(route.send(mail, () => Promise.reject(failure), never)).rejects.toBe(failure);
    expect(await route.send(mail, nothing, never)).toMatchObject({ is: 'accepted' });
    expect(smtp.received).toHaveLength(1);
    expect(smtp.connections).toBe(2);
  });

  test('is waited for', async () => {
    const smtp = await server();
    let receivedBefore = -1;
    await routeTo(smtp.port).send(
      mail,
      async () => {
        for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
        receivedBefore = smtp.received.length;
      },
      never,
    );
    expect(receivedBefore).toBe(0);
    expect(smtp.accepted).toHaveLength(1);
  });
});

describe('connections', () => {
  test('one serves many messages, also after refusals before the content', async () => {
    const refuseSecond: SmtpScript = {
      answer: ({ moment, message }) => (moment === 'rcpt' && message === 2 ? reply('550 5.1.1 nobody') : null),
    };
    const smtp = await server({ script: refuseSecond });
    const route = routeTo(smtp.port);
    const outcomes = [];
    for (let i = 0; i < 4; i += 1) outcomes.push((await route.send(mail, nothing, never)).is);
    expect(outcomes).toEqual(['accepted', 'refused', 'accepted', 'accepted']);
    expect(smtp.connections).toBe(1);
  });

  test('are at most as many as allowed, and messages wait in the order they came', async () => {
    const smtp = await server();
    const route = routeTo(smtp.port, {}, { maxConnections: 2 });
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    const done: number[] = [];
    await Promise.all(
      numbers.map(async (n) => {
        await route.send({ ...mail, envelopeTo: address(`n${n}@customer.example`) }, nothing, never);
        done.push(n);
      }),
    );
    expect(smtp.connections).toBe(2);
    expect(
      smtp.accepted
        .map(({ to }) => Number(/\d+/.exec(to[0] ?? '')?.[0]))
        .slice(0, 2)
        .sort((a, b) => a - b),
    ).toEqual([0, 1]);
    expect(done).toHaveLength(20);
  });

  // RELIABILITY SM4.
  test.each(['421 4.7.0 too many connections from you', '421 4.3.2 busy', '454 4.7.0 too many concurrent sessions'])(
    'are two at most once the server has said %s',
    async (text) => {
      const smtp = await server({ script: { answer: at('greeting', reply(text)) } });
      const route = routeTo(smtp.port, {}, { maxConnections: 4 });
      expect(await route.send(mail, nothing, never)).toMatchObject({ isRouteTrouble: true });
      smtp.play({});
      let together = 0;
      let most = 0;
      const count = async () => {
        most = Math.max(most, (together += 1));
        for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
        together -= 1;
      };
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => route.send(mail, count, never)));
      expect(outcomes.every(({ is }) => is === 'accepted')).toBe(true);
      expect(smtp.connections).toBe(1 + 2);
      expect(most).toBeLessThanOrEqual(2);
      await route.close();
    },
  );

  test('a pooled one that the server has dropped is replaced once, in silence', async () => {
    const smtp = await server();
    const route = routeTo(smtp.port);
    await route.send(mail, nothing, never);
    smtp.play({ answer: at('mail', drop, 1) });
    expect(await route.send(mail, nothing, never)).toMatchObject({ is: 'accepted' });
    smtp.play({ answer: at('mail', reply('421 4.4.2 idle too long'), 2) });
    expect(await route.send(mail, nothing, never)).toMatchObject({ is: 'accepted' });
    smtp.dropAll();
    expect(await route.send(mail, nothing, never)).toMatchObject({ is: 'accepted' });
    smtp.play({ answer: at('mail', drop) });
    expect(await route.send(mail, nothing, never)).toMatchObject({ is: 'refused', stage: 'mail' });
    expect(smtp.accepted).toHaveLength(4);
    expect(smtp.connections).toBe(5);
  });

  test('without work are closed by QUIT', async () => {
    const quits: string[] = [];
    const answer: NonNullable<SmtpScript['answer']> = ({ moment, command }) => {
      if (moment === 'quit') quits.push(command);
      return null;
    };
    const smtp = await server({ script: { answer } });
    await routeTo(smtp.port, {}, { timeouts: { ...SMTP_TIMEOUTS, idleMs: 10 } }).send(mail, nothing, never);
    await vi.waitFor(() => expect(smtp.openConnections).toBe(0), { interval: 5 });
    expect(quits).toEqual(['QUIT']);
  });
});

describe('stopping', () => {
  test('refuses what is not yet in its content, and lets the rest finish', async () => {
    const smtp = await server();
    const route = routeTo(smtp.port, {}, { maxConnections: 1 });
    const stop = new AbortController();
    const first = route.send(mail, async () => stop.abort(), stop.signal);
    const second = route.send(mail, nothing, stop.signal);
    expect(await first).toMatchObject({ is: 'accepted' });
    expect(await second).toMatchObject({ is: 'refused', isRouteTrouble: true, isPermanent: false, text: 'stopping' });
  });

  test('cuts a dialogue before its content', async () => {
    const smtp = await server({ script: { answer: at('mail', silence) } });
    const stop = new AbortController();
    const sending = routeTo(smtp.port).send(mail, nothing, stop.signal);
    await vi.waitFor(() => expect(smtp.openConnections).toBe(1), { interval: 5 });
    stop.abort();
    expect(await sending).toMatchObject({ is: 'refused', text: 'stopping' });
  });

  test('a closed route sends nothing more', async () => {
    const smtp = await server();
    const route = routeTo(smtp.port);
    await route.send(mail, nothing, never);
    await route.close();
    expect(await route.send(mail, nothing, never)).toMatchObject({ is: 'refused', text: 'stopping' });
  });

  test('a route that closes waits for contents, but not for ever: then nobody knows', async () => {
    const smtp = await server({ script: { answer: at('content', silence) } });
    const route = routeTo(smtp.port, {}, { timeouts: { ...SMTP_TIMEOUTS, closeMs: 50 } });
    const started = Promise.withResolvers<void>();
    const sending = route.send(mail, async () => started.resolve(), never);
    await started.promise;
    await route.close();
    expect(await sending).toMatchObject({ is: 'uncertain' });
  });
});
