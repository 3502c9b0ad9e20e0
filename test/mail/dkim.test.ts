import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import { MAX_SIGNATURES, checkDkim } from '../../src/mail/dkim.ts';
import type { SignatureCheck, TxtAnswer } from '../../src/mail/dkim.ts';
import { mailOf } from './fixture.ts';
import { ed25519Key, rsaKey, signedMail, zoneOf } from './signed-mail.ts';

const KEY = rsaKey(1_024);
const WEAK_KEY = rsaKey(768);
const NOW = new Date('2026-03-13T09:00:00Z');
const NAME = 's1._domainkey.harbour.example';
const ZONE = { [NAME]: KEY.record };
const TROUBLE: TxtAnswer = { is: 'trouble', says: 'DNS said ESERVFAIL' };

const MAIL = mailOf(
  [
    'From: Ana Lima <ana@harbour.example>',
    'To: support@desk.example',
    'Subject: Dock 4',
    'Message-ID: <1@harbour.example>',
  ],
  'The gate at dock 4 does not close.\r\n\r\n  Ana \r\n\r\n\r\n',
);
const check = (bytes: Buffer, zone: Parameters<typeof zoneOf>[0] = ZONE) =>
  checkDkim(bytes, 'harbour.example', zoneOf(zone).resolve, NOW);
const resultsOf = async (
  bytes: Buffer,
  zone: Parameters<typeof zoneOf>[0] = ZONE,
): Promise<readonly SignatureCheck[]> => {
  const evidence = await check(bytes, zone);
  return evidence.is === 'checked' ? evidence.signatures : [];
};
const sign = (options = {}, domain = 'harbour.example', key = KEY) => signedMail(MAIL, domain, key, options);
const replaced = (bytes: Buffer, from: string, to: string): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

/** What nodemailer, which signs with code of its own, would send. */
async function sentWith(dkim: { readonly headerFieldNames?: string }): Promise<Buffer> {
  const transport = createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'windows',
    dkim: { domainName: 'harbour.example', keySelector: 's1', privateKey: KEY.privateKey, ...dkim },
  });
  const { message } = await transport.sendMail({
    from: { name: 'Änne Lima', address: 'ana@harbour.example' },
    to: 'support@desk.example',
    subject: 'Über das Tor an Dock 4, das sich nicht mehr schließen lässt, seit der Sturm vorüber ist',
    text: 'Grüße\n'.repeat(100),
    attachments: [{ filename: 'tor.bin', content: Buffer.alloc(10_000, 7) }],
  });
  if (!Buffer.isBuffer(message)) throw new Error('not buffered');
  return message;
}

describe('a signature of the sender’s organisation passes', () => {
  test.each([
    ['relaxed', { canonicalization: 'relaxed/relaxed' }],
    ['simple', { canonicalization: 'simple/simple' }],
    ['with no more than From covered', { headerList: ['from'] }],
    ['not yet expired', { signTime: '2026-03-13T08:00:00Z', expires: '2026-03-14T08:00:00Z' }],
  ])('%s', async (_, options) => {
    expect(await resultsOf(await sign(options))).toEqual([{ domain: 'harbour.example', result: 'pass', says: '' }]);
  });

  test('made with Ed25519', async () => {
    const key = ed25519Key();
    const bytes = await sign({}, 'harbour.example', key);
    expect(await resultsOf(bytes, { [NAME]: key.record })).toMatchObject([{ result: 'pass' }]);
  });

  test('made by a parent or a subdomain of the sender’s domain', async () => {
    const bytes = await sign({}, 'mail.harbour.example');
    const zone = { 's1._domainkey.mail.harbour.example': KEY.record };
    expect(await resultsOf(bytes, zone)).toEqual([{ domain: 'mail.harbour.example', result: 'pass', says: '' }]);
  });

  test('as another program makes it, over lines and attachments', async () => {
    expect(await resultsOf(await sentWith({}))).toMatchObject([{ result: 'pass' }]);
  });

  test('with another TXT record beside the key', async () => {
    const answer: TxtAnswer = { is: 'found', records: [['google-site-verification=x'], [KEY.record]] };
    expect(await resultsOf(await sign(), { [NAME]: answer })).toMatchObject([{ result: 'pass' }]);
  });
});

describe('a signature that proves nothing does not pass', () => {
  test.each<[string, (bytes: Buffer) => Buffer, SignatureCheck['result']]>([
    ['the body was changed', (bytes) => replaced(bytes, 'does not close', 'does close'), 'fail'],
    ['the subject was changed', (bytes) => replaced(bytes, 'Dock 4', 'Dock 5'), 'fail'],
    ['text was added', (bytes) => Buffer.concat([bytes, Buffer.from('Pay here.\r\n')]), 'fail'],
    [
      'a second Subject stands above the signed one',
      (bytes) => Buffer.concat([Buffer.from('Subject: Pay\r\n'), bytes]),
      'neutral',
    ],
    [
      'a second From stands above the signed one',
      (bytes) => Buffer.concat([Buffer.from('From: eve@x.example\r\n'), bytes]),
      'neutral',
    ],
    [
      'the header is longer than we read',
      (bytes) => Buffer.concat([Buffer.from(`X-A: ${'a'.repeat(300_000)}\r\n`), bytes]),
      'neutral',
    ],
    [
      'the signed fields are too long',
      (bytes) => replaced(bytes, 'Subject: Dock 4', `Subject: ${'a'.repeat(70_000)}`),
      'neutral',
    ],
  ])('%s', async (_, change, result) => {
    expect(await resultsOf(change(await sign()))).toMatchObject([{ result }]);
  });

  test('it is over a line longer than a mebibyte: checking it would take too long', async () => {
    const bytes = await signedMail(
      mailOf(['From: ana@harbour.example'], 'a b'.repeat(400_000)),
      'harbour.example',
      KEY,
    );
    expect(await resultsOf(bytes)).toMatchObject([{ result: 'neutral', says: 'its lines are too many or too long' }]);
  });

  test.each([
    ['it covers only part of the body', { maxBodyLength: 10 }],
    ['it has expired', { signTime: '2026-03-01T08:00:00Z', expires: '2026-03-02T08:00:00Z' }],
    ['it was made with SHA-1', { algorithm: 'rsa-sha1' }],
  ])('%s', async (_, options) => {
    expect(await resultsOf(await sign(options))).toMatchObject([
      { result: 'neutral', says: expect.stringMatching(/./) },
    ]);
  });

  test('it covers everything but From', async () => {
    const bytes = await sentWith({ headerFieldNames: 'subject:to' });
    expect(await resultsOf(bytes)).toMatchObject([{ result: 'neutral', says: 'From field not signed' }]);
  });

  test.each([
    ['the key is too short', WEAK_KEY, WEAK_KEY.record],
    ['the key was revoked', KEY, 'v=DKIM1; p='],
    ['the record is no key', KEY, 'v=spf1 -all'],
    ['the key is for something else', KEY, KEY.record.replace('k=rsa;', 'k=rsa; s=other;')],
  ])('%s', async (_, key, record) => {
    expect(await resultsOf(await sign({}, 'harbour.example', key), { [NAME]: record })).toMatchObject([
      { result: 'neutral' },
    ]);
  });

  test('there is no key', async () => {
    expect(await resultsOf(await sign(), {})).toEqual([
      { domain: 'harbour.example', result: 'neutral', says: 'no key' },
    ]);
  });
});

describe('DNS is asked only for what may prove the sender', () => {
  const askedFor = async (bytes: Buffer, zone: Parameters<typeof zoneOf>[0] = ZONE): Promise<readonly string[]> => {
    const { resolve, asked } = zoneOf(zone);
    await checkDkim(bytes, 'harbour.example', resolve, NOW);
    return asked;
  };

  test('nothing for mail without a signature, or with one of somebody else', async () => {
    expect(await askedFor(MAIL)).toEqual([]);
    expect(await askedFor(await sign({}, 'elsewhere.example'))).toEqual([]);
    expect(await check(await sign({}, 'elsewhere.example'))).toEqual({ is: 'checked', signatures: [] });
  });

  test('nothing for a body that was changed', async () => {
    expect(await askedFor(replaced(await sign(), 'does not', 'does'))).toEqual([]);
  });

  test('one key of two signatures, if the other is somebody else’s', async () => {
    const bytes = await signedMail(await sign(), 'elsewhere.example', KEY);
    expect(await askedFor(bytes)).toEqual([NAME]);
  });

  test(`at most ${MAX_SIGNATURES} keys`, async () => {
    let bytes = MAIL;
    for (let index = 0; index < 8; index += 1) {
      bytes = await signedMail(bytes, 'harbour.example', KEY, { selector: `x${index}` });
    }
    expect(await askedFor(bytes)).toHaveLength(MAX_SIGNATURES);
  });

  test('no name that is none', async () => {
    const bytes = replaced(await sign(), 's=s1;', 's=s 1/..%0a;');
    expect(await askedFor(bytes)).toEqual([]);
  });

  test('without an answer it is trouble, and it asks no more', async () => {
    const bytes = await signedMail(await sign({ selector: 's2' }), 'harbour.example', KEY);
    const { resolve, asked } = zoneOf({ [NAME]: TROUBLE, 's2._domainkey.harbour.example': TROUBLE });
    expect(await checkDkim(bytes, 'harbour.example', resolve, NOW)).toEqual({
      is: 'trouble',
      says: 'DNS said ESERVFAIL',
    });
    expect(asked).toHaveLength(1);
  });

  test('trouble with one key does not matter when another proves the sender', async () => {
    const bytes = await sign({ selector: 's2' }).then((once) => signedMail(once, 'harbour.example', KEY));
    const zone = { ...ZONE, 's2._domainkey.harbour.example': TROUBLE };
    expect(await resultsOf(bytes, zone)).toContainEqual({ domain: 'harbour.example', result: 'pass', says: '' });
  });
});

test.each([
  ['nothing', ''],
  ['a signature alone', 'DKIM-Signature: d=harbour.example'],
  [
    'a signature of rubbish',
    'DKIM-Signature: v=1; a=rsa-sha256; d=harbour.example; s=s1; h=from:::; bh=%%%; b=\0\r\nFrom: a\r\n\r\nx',
  ],
  [
    'numbers without end',
    `DKIM-Signature: v=1; a=rsa-sha256; d=harbour.example; s=s1; l=${'9'.repeat(400)}; x=-1; t=1e99; h=from; bh=; b=\r\nFrom: a\r\n\r\nx`,
  ],
])('any bytes are taken: %s', async (_, text) => {
  expect((await check(Buffer.from(text))).is).toBe('checked');
});
