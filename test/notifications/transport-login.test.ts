import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/mail/address.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import type { SendOutcome, SmtpAccount } from '../../src/notifications/transport-model.ts';
import { createTestCertificate } from '../support/certificate.ts';
import type { TestCertificate } from '../support/certificate.ts';
import { startScriptedSmtp } from '../support/scripted-smtp.ts';
import type { ScriptedSmtp, ScriptedSmtpOptions } from '../support/scripted-smtp.ts';
import { reply } from '../support/smtp-script.ts';

const login = { user: 'support@desk.example', password: 'kept secret' };
const never = new AbortController().signal;

let smtp: ScriptedSmtp | null = null;
afterEach(async () => {
  await smtp?.stop();
  smtp = null;
});

async function probe(options: ScriptedSmtpOptions, account: Partial<SmtpAccount>): Promise<SendOutcome> {
  smtp = await startScriptedSmtp(options);
  const full: SmtpAccount = {
    host: '127.0.0.1',
    port: smtp.port,
    security: 'none',
    login: null,
    caPem: null,
    ehloName: 'desk.example',
    ...account,
  };
  const route = openSmtpRoute(full);
  const outcome = await route.probe(never);
  await route.close();
  return outcome;
}

describe('a login', () => {
  test('is accepted', async () => {
    expect(await probe({ login }, { login })).toMatchObject({ is: 'accepted', reply: expect.stringMatching(/^250/) });
  });

  test('with a wrong password is the trouble of the route, never permanent', async () => {
    const outcome = await probe({ login }, { login: { ...login, password: 'guess' } });
    expect(outcome).toMatchObject({
      is: 'refused',
      stage: 'auth',
      code: 535,
      isPermanent: false,
      isRouteTrouble: true,
    });
  });

  test('whose server repeats the password is told without it', async () => {
    const answer = reply('535 5.7.8 no: kept secret');
    const outcome = await probe(
      { login, script: { answer: ({ moment }) => (moment === 'auth' ? answer : null) } },
      { login },
    );
    expect(outcome).toMatchObject({ text: '535 5.7.8 no: [secret]' });
  });

  test('that is wanted and missing stops the route', async () => {
    smtp = await startScriptedSmtp({ login });
    const route = openSmtpRoute({
      host: '127.0.0.1',
      port: smtp.port,
      security: 'none',
      login: null,
      caPem: null,
      ehloName: 'desk.example',
    });
    const envelopeTo = parseAddress('ana@customer.example');
    if (envelopeTo === null) throw new Error('unreachable');
    const outcome = await route.send({ envelopeFrom: '', envelopeTo, bytes: Buffer.from('x') }, async () => {}, never);
    expect(outcome).toMatchObject({ is: 'refused', code: 530, isRouteTrouble: true, isPermanent: false });
    await route.close();
  });
});

describe('TLS', () => {
  let certificate: TestCertificate | null = null;
  let expired: TestCertificate | null = null;
  beforeAll(async () => {
    certificate = await createTestCertificate();
    expired = await createTestCertificate(0);
  });

  const withTls = (own: TestCertificate | null, mode: 'starttls' | 'implicit' | 'broken'): ScriptedSmtpOptions => {
    if (own === null) throw new Error('openssl is not installed');
    return { login, tls: { cert: own.cert, key: own.key, mode } };
  };
  const refusedAtTls = { is: 'refused', stage: 'tls', isRouteTrouble: true, isPermanent: false };

  test.each([
    ['from the first byte', 'implicit', 'tls', 'localhost'],
    ['by STARTTLS', 'starttls', 'starttls', 'localhost'],
    ['for an address', 'starttls', 'starttls', '127.0.0.1'],
  ] as const)('%s works with the authority of the operator', async (_, mode, security, host) => {
    const outcome = await probe(withTls(certificate, mode), {
      security,
      host,
      login,
      caPem: certificate?.caPem ?? null,
    });
    expect(outcome).toMatchObject({ is: 'accepted' });
  });

  test.each([
    ['an unknown authority', 'implicit', 'tls'],
    ['an unknown authority after STARTTLS', 'starttls', 'starttls'],
  ] as const)('%s is refused', async (_, mode, security) => {
    expect(await probe(withTls(certificate, mode), { security, host: 'localhost', login })).toMatchObject(refusedAtTls);
  });

  test('an expired certificate is refused in words', async () => {
    const outcome = await probe(withTls(expired, 'implicit'), {
      security: 'tls',
      host: 'localhost',
      login,
      caPem: expired?.caPem ?? null,
    });
    expect(outcome).toMatchObject({ ...refusedAtTls, text: expect.stringContaining('expired') });
  });

  test('a server that says yes to STARTTLS and speaks none is refused', async () => {
    const outcome = await probe(withTls(certificate, 'broken'), {
      security: 'starttls',
      login,
      caPem: certificate?.caPem ?? null,
    });
    expect(outcome).toMatchObject(refusedAtTls);
  });

  test('that is required and not offered is refused, and the password stays here', async () => {
    const commands: string[] = [];
    const answer = ({ command }: { readonly command: string }) => {
      commands.push(command);
      return null;
    };
    expect(await probe({ login, script: { answer } }, { security: 'starttls', login })).toMatchObject({
      ...refusedAtTls,
      code: 502,
    });
    expect(commands.join('\n')).not.toMatch(/AUTH/);
  });

  test('a plain server at a TLS port is refused', async () => {
    expect(await probe({}, { security: 'tls' })).toMatchObject(refusedAtTls);
  });

  test('plain text to another machine is refused before connecting', async () => {
    const outcome = await probe({}, { host: 'smtp.desk.example', login });
    expect(outcome).toMatchObject({ ...refusedAtTls, text: expect.stringContaining('plain text') });
  });

  test('an authority that is no PEM is refused in words', async () => {
    const outcome = await probe({}, { security: 'tls', caPem: 'nonsense' });
    expect(outcome).toMatchObject({ ...refusedAtTls, text: expect.stringContaining('cannot be read') });
  });
});
