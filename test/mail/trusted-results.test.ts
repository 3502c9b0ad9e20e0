import { describe, expect, test } from 'vitest';
import { authenticate } from '../../src/mail/authenticate.ts';
import { splitMessage } from '../../src/mail/headers.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { identifySender } from '../../src/mail/sender.ts';
import { learnAuthservIds, trustedResults } from '../../src/mail/trusted-results.ts';
import { mailFixture, mailOf } from './fixture.ts';

const verdictOf = async (bytes: Buffer, ids: readonly string[]): Promise<string> => {
  const parsed = await parseMessage(bytes);
  const results = trustedResults(parsed.headers, ids);
  return authenticate(identifySender(parsed), { is: 'gathered', results, dkim: null }).verdict;
};

const learn = (bytes: Buffer): readonly string[] => learnAuthservIds(splitMessage(bytes).fields);

describe('the results of our own provider count, wherever it writes them', () => {
  test.each([
    ['Gmail, below the Received of its boundary', 'authenticated-gmail', 'mx.google.com', 'pass'],
    [
      'Exchange Online, above it and without a name',
      'authenticated-exchange-online',
      '*.mail.protection.outlook.com',
      'pass',
    ],
    ['Fastmail, above it in three fields', 'authenticated-fastmail', 'mx4.messagingengine.com', 'fail'],
    ['Postfix with OpenDKIM and OpenDMARC, below it', 'authenticated-postfix-milters', 'mail.desk.example', 'pass'],
    ['Postfix with rspamd, above it', 'authenticated-postfix-rspamd', 'mail.desk.example', 'fail'],
    ['a sender who sends two of them as well', 'forged-authentication-results', 'mail.desk.example', 'fail'],
  ])('%s', async (_, fixture, id, verdict) => {
    const bytes = mailFixture(fixture);
    expect(learn(bytes)).toEqual([id]);
    expect(await verdictOf(bytes, [id.toUpperCase()])).toBe(verdict);
    expect(await verdictOf(bytes, ['mx.elsewhere.example'])).toBe('none');
    expect(await verdictOf(bytes, [])).toBe('none');
  });

  test('a provider of many names is configured by what they share', async () => {
    const bytes = mailFixture('authenticated-fastmail');
    expect(await verdictOf(bytes, ['*.messagingengine.com'])).toBe('fail');
    expect(await verdictOf(bytes, ['*.engine.com'])).toBe('none');
  });
});

const from = 'From: Ana <ana@harbour.example>';
const pass = 'Authentication-Results: mail.desk.example; dmarc=pass (p=reject) header.from=harbour.example';
const fail = 'Authentication-Results: mail.desk.example; dmarc=fail (p=reject) header.from=harbour.example';
const boundary =
  'Received: from x.example (x.example [192.0.2.66]) by mail.desk.example with ESMTP; Fri, 13 Mar 2026 09:00:05 +0000';
const liar =
  'Received: from mail.desk.example (x.example [192.0.2.66]) by mail.desk.example with ESMTP; Fri, 13 Mar 2026 09:00:05 +0000';
const local =
  'Received: from localhost (localhost [127.0.0.1]) by mail.desk.example with ESMTP; Fri, 13 Mar 2026 09:00:05 +0000';
const older =
  'Received: from y.example (y.example [192.0.2.10]) by x.example with ESMTP; Fri, 13 Mar 2026 09:00:04 +0000';

test.each([
  ['above the boundary', [pass, boundary, older], 'pass'],
  ['right below the boundary, if none stands above', [boundary, pass, older], 'pass'],
  ['behind a hop within the desk, as a content filter makes', [local, boundary, pass, older], 'pass'],
  ['below an older Received it is the sender’s', [boundary, older, pass], 'none'],
  ['the same, though the sender greeted with our name', [liar, older, pass], 'none'],
  ['the upper of two below the boundary', [boundary, fail, pass, older], 'fail'],
  ['one above the boundary and not the one below', [fail, boundary, pass, older], 'fail'],
  ['two above the boundary that contradict each other are nothing', [pass, fail, boundary, older], 'none'],
  ['nothing below one that cannot be read', [boundary, `${fail} (`, pass, older], 'none'],
  ['without any Received, the topmost', [fail, pass], 'fail'],
])('which results count: %s', async (_, lines, verdict) => {
  expect(await verdictOf(mailOf([...lines, from]), ['mail.desk.example'])).toBe(verdict);
});

test('a name is learnt only where our own provider writes', () => {
  expect(learn(mailOf([boundary, older, pass, from]))).toEqual([]);
  expect(learn(mailOf([pass, boundary, older, from]))).toEqual(['mail.desk.example']);
  expect(learn(mailOf([from]))).toEqual([]);
});
