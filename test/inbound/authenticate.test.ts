import { describe, expect, test } from 'vitest';
import { gatherEvidence } from '../../src/inbound/authenticate.ts';
import type { SenderChecks } from '../../src/inbound/authenticate.ts';
import { authenticate, troubleOf } from '../../src/mail/authenticate.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { identifySender } from '../../src/mail/sender.ts';
import { mailFixture, mailOf } from '../mail/fixture.ts';
import { rsaKey, signedMail, zoneOf } from '../mail/signed-mail.ts';

const KEY = rsaKey(1_024);
const NAME = 's1._domainkey.harbour.example';
const NOW = new Date('2026-03-13T09:00:00Z');
const CHECK: SenderChecks = { authentication: 'check', authservIds: ['mail.desk.example'] };
const ana = ['From: Ana <ana@harbour.example>', 'Subject: Dock 4'];

async function look(
  bytes: Buffer,
  mailbox = CHECK,
  zone: Parameters<typeof zoneOf>[0] = { [NAME]: KEY.record },
  isWhole = true,
) {
  const { resolve, asked } = zoneOf(zone);
  const parsed = await parseMessage(bytes);
  const sender = identifySender(parsed);
  const evidence = await gatherEvidence({ resolver: resolve, now: NOW }, mailbox, {
    headers: parsed.headers,
    bytes: isWhole ? bytes : null,
    sender,
  });
  return { asked, trouble: troubleOf(evidence), ...authenticate(sender, evidence) };
}

describe('who really wrote it', () => {
  test('the mail server’s word is enough: DNS is not asked', async () => {
    const bytes = await signedMail(mailFixture('authenticated-postfix-milters'), 'harbour.example', KEY);
    expect(await look(bytes)).toMatchObject({ verdict: 'pass', by: 'results', asked: [] });
  });

  test('where it says that DMARC failed, no signature changes that', async () => {
    const bytes = await signedMail(mailFixture('forged-authentication-results'), 'harbour.example', KEY);
    expect(await look(bytes)).toMatchObject({ verdict: 'fail', by: 'results', asked: [] });
  });

  test('where it says nothing, a signature of the sender’s domain proves it', async () => {
    const bytes = await signedMail(mailOf(ana), 'harbour.example', KEY);
    expect(await look(bytes)).toMatchObject({ verdict: 'pass', by: 'dkim', asked: [NAME], trouble: null });
  });

  test('a forged result below a good signature neither helps nor harms', async () => {
    const forged = 'Authentication-Results: mx.elsewhere.example; dmarc=pass header.from=harbour.example';
    expect(await look(mailOf([forged, ...ana]))).toMatchObject({ verdict: 'none', asked: [] });
  });

  test('mail rewritten by a list is not the author’s any more', async () => {
    const bytes = await signedMail(mailOf(ana), 'harbour.example', KEY);
    const rewritten = bytes.toString('latin1').replace('<ana@harbour.example>', '<list@lists.example>');
    expect(await look(Buffer.from(rewritten, 'latin1'))).toMatchObject({ verdict: 'none', asked: [] });
  });

  test('without an answer of DNS nothing is proven yet', async () => {
    const bytes = await signedMail(mailOf(ana), 'harbour.example', KEY);
    const looked = await look(bytes, CHECK, { [NAME]: { is: 'trouble', says: 'DNS said ETIMEOUT' } });
    expect(looked).toMatchObject({ verdict: 'none', by: 'nothing', trouble: 'DNS said ETIMEOUT' });
  });

  test('a message that was not read whole is not held against its signature', async () => {
    const bytes = await signedMail(mailOf(ana), 'harbour.example', KEY);
    expect(await look(bytes, CHECK, {}, false)).toMatchObject({ verdict: 'none', asked: [], trouble: null });
  });

  test('where senders are not checked, neither headers nor DNS are believed', async () => {
    const off: SenderChecks = { ...CHECK, authentication: 'off' };
    const bytes = await signedMail(mailFixture('authenticated-postfix-milters'), 'harbour.example', KEY);
    expect(await look(bytes, off)).toMatchObject({ verdict: 'none', by: 'off', asked: [] });
  });

  test('a sender who is ambiguous costs no DNS', async () => {
    const bytes = await signedMail(mailOf(['From: ana@harbour.example, eve@x.example']), 'harbour.example', KEY);
    expect(await look(bytes)).toMatchObject({ verdict: 'none', asked: [] });
  });
});
