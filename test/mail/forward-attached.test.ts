import { describe, expect, test } from 'vitest';
import { forwardedAttachment, originalOf } from '../../src/mail/forward.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { mailFixture, mailOf } from './fixture.ts';

describe('a message that is attached', () => {
  const originalIn = async (bytes: Buffer) => {
    const parsed = await parseMessage(bytes);
    const attachment = forwardedAttachment(parsed);
    return attachment && originalOf(parsed, await parseMessage(Buffer.from(attachment.content)));
  };

  test('is the one that is passed on', async () =>
    expect(await originalIn(mailFixture('forwarded-as-attachment'))).toMatchObject({
      is: 'original',
      how: 'attached',
    }));

  const mailWith = (from: string, subject = 'Fwd: Lamp', copies = 1, type = 'multipart/mixed') =>
    mailOf(
      ['From: olga@desk.example', `Subject: ${subject}`, `Content-Type: ${type}; boundary=b`],
      `--b\r\n\r\nPlease open one.\r\n${`--b\r\nContent-Type: message/rfc822\r\n\r\n${from}\r\nMessage-ID: <a@x.example>\r\nDate: Thu, 12 Nov 2026 10:00:00 +0000\r\nSubject: Lamp\r\n\r\nIt is out.\r\n`.repeat(copies)}--b--\r\n`,
    );

  test('says who wrote it, when, and its Message-ID', async () =>
    expect(await originalIn(mailWith('From: Ana Bell <ana@x.example>'))).toMatchObject({
      is: 'original',
      from: 'ana@x.example',
      name: 'Ana Bell',
      subject: 'Lamp',
      comment: 'Please open one.',
      how: 'attached',
      dateText: 'Thu, 12 Nov 2026 10:00:00 +0000',
      messageId: '<a@x.example>',
      text: expect.stringContaining('It is out.'),
    }));

  test.each([
    ['From: ana@x.example, bo@x.example', 'ana@x.example, bo@x.example'],
    ['From: ana@x.example\r\nFrom: bo@x.example', 'ana@x.example | bo@x.example'],
    ['X-From: nobody', ''],
  ])('is ambiguous with %j', async (from, raw) =>
    expect(await originalIn(mailWith(from))).toEqual({ is: 'ambiguous', how: 'attached', raw }),
  );

  test.each([
    ['to an answer', mailWith('From: ana@x.example', 'Re: Lamp')],
    ['beside another', mailWith('From: ana@x.example', 'Fwd: Lamp', 2)],
    ['to a report', mailWith('From: ana@x.example', 'Undelivered', 1, 'multipart/report')],
  ])('is not passed on when attached %s', async (_, bytes) => expect(await originalIn(bytes)).toBeNull());
});
