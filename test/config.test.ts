import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const KEY = Buffer.alloc(32, 9).toString('base64');

describe('configuration', () => {
  test('with nothing set is the trial on its default ports', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      ok: true,
      value: { mode: { kind: 'trial', smtpPort: 2525, imapPort: 1143 }, web: { host: '127.0.0.1', port: 3000 } },
    });
  });

  test('an empty variable is one that is not set', () => {
    expect(readConfig({ DATABASE_URL: '', PORT: '' })).toMatchObject({ ok: true, value: { mode: { kind: 'trial' } } });
  });

  test('with a database is production', () => {
    const config = readConfig({ DATABASE_URL: 'postgres://desk@db.example/desk', DESKBELL_KEY: KEY });
    expect(config).toMatchObject({ ok: true, value: { mode: { kind: 'production', key: Buffer.alloc(32, 9) } } });
    expect(JSON.stringify(config)).not.toContain('db.example');
  });

  test('all problems are told at once, each with its variable', () => {
    const config = readConfig({ DATABASE_URL: 'mysql://x', PORT: '99999', LOG_LEVEL: 'loud', DESKBELL_KEY: 'short' });
    expect(config.ok).toBe(false);
    const problems = config.ok ? [] : config.error;
    for (const name of ['DATABASE_URL', 'PORT', 'LOG_LEVEL', 'DESKBELL_KEY']) {
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
  });

  test.each([
    ['two keys', { DESKBELL_KEY: KEY, DESKBELL_KEY_FILE: '/nowhere' }, 'both set'],
    ['a key file that is not there', { DESKBELL_KEY_FILE: '/nowhere/key' }, 'cannot be read'],
    ['no database where the trial is switched off', { DESKBELL_TRIAL: 'never' }, 'DATABASE_URL is missing'],
  ])('%s is said', (_, env, words) => {
    const config = readConfig(env);
    expect(config.ok ? '' : config.error.join('\n')).toContain(words);
  });

  test.each([
    ['https://desk.example', 'https://desk.example'],
    ['https://desk.example/', 'https://desk.example'],
    ['https://desk.example:8443', 'https://desk.example:8443'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://localhost', 'http://localhost'],
    ['http://desk.example', null],
    ['https://desk.example/help', null],
    ['https://desk.example?x=1', null],
    ['https://me:secret@desk.example', null],
    ['desk.example', null],
    ['javascript:alert(1)', null],
  ])('the address of its pages may be %s: %s', (written, origin) => {
    const config = readConfig({ PUBLIC_URL: written });
    if (origin === null) expect(config.ok ? '' : config.error.join()).toMatch(/^PUBLIC_URL must be an address such as/);
    else expect(config).toMatchObject({ ok: true, value: { publicUrl: origin } });
  });

  test.each([
    [undefined, ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'], ['10.0.0.5', 'fe80::1', '192.168.0.1']],
    ['10.0.0.5, 192.168.1.0/24', ['10.0.0.5', '::ffff:10.0.0.5', '192.168.1.77', '127.0.0.1'], ['10.0.0.6', '::1:1']],
    ['2001:db8::/32', ['2001:db8:1::1'], ['2001:db9::1', '10.0.0.5', 'nobody']],
  ])('the proxies that are believed may be %s', (TRUSTED_PROXIES, believed, others) => {
    const config = readConfig(TRUSTED_PROXIES === undefined ? {} : { TRUSTED_PROXIES });
    const isTrusted = config.ok ? config.value.web.isTrustedProxy : () => false;
    expect(believed.filter((ip) => !isTrusted(ip))).toEqual([]);
    expect(others.filter(isTrusted)).toEqual([]);
  });

  test.each(['10.0.0.0/33', '10.0.0', 'proxy.desk.example', '10.0.0.1/8/8', '10.0.0.1,', 'fe80::1%eth0', '10.0.0.0/x'])(
    'proxies that are none are refused: %s',
    (written) => {
      const config = readConfig({ TRUSTED_PROXIES: written });
      expect(config.ok ? [] : config.error).toEqual([
        `TRUSTED_PROXIES must be addresses or ranges such as 10.0.0.5,192.168.1.0/24, not "${written}"`,
      ]);
    },
  );

  test('a secret does not print', () => {
    const config = readConfig({ DATABASE_URL: 'postgres://desk:hunter2@db.example/desk' });
    expect(JSON.stringify(config)).toContain('[secret]');
    expect(JSON.stringify(config)).not.toContain('hunter2');
  });
});
