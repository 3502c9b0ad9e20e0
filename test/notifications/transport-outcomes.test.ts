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

describe('a reply', () => {
  const refused = (
    stage: string,
    code: number,
    isPermanent: boolean,
    isRouteTrouble: boolean,
    enhanced: string | null,
  ) => ({
    is: 'refused',
    stage,
    code,
    isPermanent,
    isRouteTrouble,
    enhanced,
  });

  test.each([
    ['at the greeting', 'greeting', '554 5.3.2 no service', refused('greeting', 554, false, true, '5.3.2')],
    ['at EHLO', 'ehlo', '421 4.3.2 going down', refused('greeting', 421, false, true, '4.3.2')],
    ['at MAIL for now', 'mail', '451 4.7.1 later', refused('mail', 451, false, false, '4.7.1')],
    ['at MAIL for good', 'mail', '550 5.7.1 not you', refused('mail', 550, true, false, '5.7.1')],
    ['at MAIL, a login is missing', 'mail', '530 5.7.0 log in first', refused('mail', 530, false, true, '5.7.0')],
    ['at RCPT for now', 'rcpt', '450 4.2.1 greylisted', refused('rcpt', 450, false, false, '4.2.1')],
    ['at RCPT for good', 'rcpt', '550 5.1.1 no such user', refused('rcpt', 550, true, false, '5.1.1')],
    ['at DATA for now', 'data', '451 local error', refused('data', 451, false, false, null)],
    ['at DATA for good', 'data', '554 5.5.1 no', refused('data', 554, true, false, '5.5.1')],
    ['after the dot for now', 'content', '452 4.3.1 full', refused('content', 452, false, false, '4.3.1')],
    ['after the dot for good', 'content', '550 5.7.1 spam', refused('content', 550, true, false, '5.7.1')],
    ['421 at MAIL', 'mail', '421 4.7.0 too many', refused('mail', 421, false, true, '4.7.0')],
    [
      '421 at RCPT',
      'rcpt',
      '421 4.7.0 too many',
      { ...refused('rcpt', 421, false, true, '4.7.0'), stage: expect.any(String) },
    ],
    ['421 at DATA', 'data', '421 4.3.2 bye', refused('data', 421, false, true, '4.3.2')],
    ['421 after the dot', 'content', '421 4.3.2 bye', refused('content', 421, false, true, '4.3.2')],
    ['an enhanced code of another class is none', 'rcpt', '550 4.1.1 odd', refused('rcpt', 550, true, false, null)],
  ] as const)('%s is told with its words', async (_, moment, text, expected) => {
    for (const pipelining of [true, false]) {
      const smtp = await server({ script: { answer: at(moment, reply(text)) }, pipelining });
      const outcome = await routeTo(smtp.port).send(mail, nothing, never);
      expect(outcome).toMatchObject(expected);
      expect(outcome).toHaveProperty('text', text);
      expect(smtp.accepted).toHaveLength(0);
    }
  });
});

describe('a lost connection', () => {
  test.each([
    ['before the greeting', 'greeting', { is: 'refused', stage: 'greeting', isRouteTrouble: true, code: null }],
    ['at EHLO', 'ehlo', { is: 'refused', stage: 'greeting', isRouteTrouble: true }],
    ['at MAIL', 'mail', { is: 'refused', stage: 'mail', isPermanent: false, code: null }],
    ['at RCPT', 'rcpt', { is: 'refused', isPermanent: false, code: null }],
    ['at DATA', 'data', { is: 'refused', isPermanent: false, code: null }],
    ['after the dot', 'content', { is: 'uncertain' }],
  ] as const)('%s', async (_, moment, expected) => {
    for (const pipelining of [true, false]) {
      const smtp = await server({ script: { answer: at(moment, drop) }, pipelining });
      const beforeContent = vi.fn(nothing);
      expect(await routeTo(smtp.port).send(mail, beforeContent, never)).toMatchObject(expected);
      expect(beforeContent).toHaveBeenCalledTimes(expected.is === 'uncertain' ? 1 : 0);
      expect(smtp.connections).toBe(1);
    }
  });

  test('in the middle of the content leaves the outcome uncertain', async () => {
    const smtp = await server({ script: { cutContentAfter: () => 30 } });
    expect(await routeTo(smtp.port).send(mail, nothing, never)).toMatchObject({ is: 'uncertain' });
    expect(smtp.received.map(({ outcome }) => outcome)).toEqual(['cut']);
  });

  test('after 354, before a byte of content, is a refusal that comes after beforeContent is through', async () => {
    const smtp = await server();
    const order: string[] = [];
    const sending = routeTo(smtp.port).send(
      mail,
      async () => {
        smtp.dropAll();
        await vi.waitFor(() => expect(smtp.openConnections).toBe(0));
        for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
        order.push('committed');
      },
      never,
    );
    const outcome = await sending.finally(() => order.push('outcome'));
    expect(outcome).toMatchObject({ is: 'refused', stage: 'data', isPermanent: false });
    expect(order).toEqual(['committed', 'outcome']);
    expect(smtp.received).toHaveLength(0);
  });

  test('that looks alive is given up when the server never ends the dialogue', async () => {
    const short = { ...SMTP_TIMEOUTS, envelopeMs: 100, contentMs: 100 };
    const silentAtMail = await server({ script: { answer: at('mail', silence) } });
    const first = await routeTo(silentAtMail.port, {}, { timeouts: short }).send(mail, nothing, never);
    expect(first).toMatchObject({ is: 'refused', stage: 'mail', isPermanent: false });
    const silentAfterDot = await server({ script: { answer: at('content', silence) } });
    const second = await routeTo(silentAfterDot.port, {}, { timeouts: short }).send(mail, nothing, never);
    expect(second).toMatchObject({ is: 'uncertain' });
  });

  test('a silent greeting is the trouble of the route', async () => {
    const smtp = await server({ script: { answer: at('greeting', silence) } });
    const route = routeTo(smtp.port, {}, { timeouts: { ...SMTP_TIMEOUTS, greetingMs: 50 } });
    expect(await route.send(mail, nothing, never)).toMatchObject({ stage: 'greeting', isRouteTrouble: true });
  });

  test('a refused port is the trouble of the route', async () => {
    const smtp = await server();
    await smtp.stop();
    closers.length = 0;
    const outcome = await routeTo(smtp.port).send(mail, nothing, never);
    expect(outcome).toMatchObject({
      stage: 'connect',
      isRouteTrouble: true,
      isPermanent: false,
      text: expect.stringContaining('refuses'),
    });
  });
});
