import { describe, expect, test } from 'vitest';
import { parseDeliveryStatus } from '../../src/mail/delivery-status.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { reportRecipients } from '../../src/mail/report.ts';
import { mailFixture, mailOf } from './fixture.ts';

const reportOf = async (name: string) => reportRecipients(await parseMessage(mailFixture(name)));

test('a bounce says of each recipient whether trying again helps', async () => {
  expect(await reportOf('bounce-two-recipients-postfix')).toEqual({
    recipients: [
      {
        recipient: 'piet@quay.example',
        action: 'failed',
        status: '5.1.1',
        hardness: 'hard',
        diagnostic: '550 5.1.1 <piet@quay.example>: user unknown',
      },
      {
        recipient: 'mia@quay.example',
        action: 'failed',
        status: '5.2.2',
        hardness: 'soft',
        diagnostic: '552 5.2.2 mailbox full',
      },
    ],
    aboutMessageIds: ['<v1.ack.CCCC.DDDD@reply.desk.example>'],
    returnedMessageIds: ['<v1.ack.CCCC.DDDD@reply.desk.example>'],
    aboutTokens: [],
  });
});

test('a bounce without parts names its recipients in its text', async () => {
  const report = await reportOf('bounce-qmail-without-parts');
  expect(report.recipients).toMatchObject([{ recipient: 'piet@quay.example', action: 'failed', status: '5.7.1' }]);
  expect(report.aboutMessageIds).toEqual(['<v1.ack.EEEE.FFFF@reply.desk.example>']);
});

test('a bounce of Exim names its recipients in its header', async () => {
  const { recipients } = await reportOf('bounce-exim-failed-recipients');
  expect(recipients.map((row) => [row.recipient, row.hardness])).toEqual([
    ['piet@quay.example', 'hard'],
    ['mia@quay.example', 'hard'],
  ]);
});

test.each([
  ['delay-postfix', '<v1.ack.CCCC.DDDD@reply.desk.example>'],
  ['complaint-feedback-report', '<v1.ack.GGGG.HHHH@reply.desk.example>'],
  ['read-receipt', '<v1.ack.IIII.JJJJ@reply.desk.example>'],
])('%s names the message it is about', async (name, id) =>
  expect((await reportOf(name)).aboutMessageIds).toEqual([id]),
);

test('the message may be named by In-Reply-To and References alone, newest first, and never by itself', async () => {
  const parsed = await parseMessage(
    mailOf(['Message-ID: <me@x>', 'In-Reply-To: <c@x>', 'References: <a@x> <b@x> <c@x> <me@x>']),
  );
  expect(reportRecipients(parsed).aboutMessageIds).toEqual(['<c@x>', '<b@x>', '<a@x>']);
});

const statusPart = (fields: string, header: readonly string[] = [], text = 'Sorry.') =>
  mailOf(
    ['From: MAILER-DAEMON@x.example', ...header, 'Content-Type: multipart/report; boundary=r'],
    `--r\r\n\r\n${text}\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n${fields.replaceAll('\n', '\r\n')}\r\n\r\n--r--\r\n`,
  );
const readStatus = async (fields: string, header: readonly string[] = [], text?: string) =>
  reportRecipients(await parseMessage(statusPart(fields, header, text))).recipients;

test.each([
  [
    'folded, with comments',
    'Final-Recipient: rfc822;\n ana@x.example\nAction: Failed (mailbox)\nStatus: 5.1.1 (bad\n address)',
    '5.1.1',
    'hard',
  ],
  [
    'whom we wrote to, not where it went',
    'Original-Recipient: rfc822;ana@x.example\nFinal-Recipient: rfc822;bo@y.example\nAction: failed\nStatus: 5.2.2',
    '5.2.2',
    'soft',
  ],
  [
    'unless that is unknown',
    'Original-Recipient: rfc822;unknown\nFinal-Recipient: rfc822;<ana@x.example>\nAction: failed\nStatus: 5.0.0',
    '5.0.0',
    'hard',
  ],
  ['of another type', 'Final-Recipient: utf-8; ana@x.example\nAction: failed\nStatus: 5.1.2', '5.1.2', 'hard'],
  ['of a type that is none', 'Final-Recipient: rfc/822;ana@x.example\nAction: failed\nStatus: 4.4.7', '4.4.7', 'soft'],
  [
    'without a status, with a code',
    'Final-Recipient: rfc822;ana@x.example\nAction: failed\nStatus: null\nDiagnostic-Code: smtp; 550 5.1.1 no',
    '5.1.1',
    'hard',
  ],
  [
    'vague, with a code',
    'Final-Recipient: rfc822;ana@x.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 5.2.2 no',
    '5.2.2',
    'soft',
  ],
  [
    'vague, with words',
    'Final-Recipient: rfc822;ana@x.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 No such user here',
    '5.1.1',
    'hard',
  ],
  [
    'of one class, with words of the other',
    'Final-Recipient: rfc822;ana@x.example\nAction: delayed\nStatus: 4.0.0\nDiagnostic-Code: smtp; 450 user unknown',
    '4.0.0',
    'soft',
  ],
  [
    'vague, with what our own server says of our address',
    'Final-Recipient: rfc822;ana@x.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-Verification failed for <desk@desk.example>\n 550-No Such User Here\n 550 Sender verify failed',
    '5.1.7',
    'hard',
  ],
  ['with blanks', 'Final-Recipient: rfc822; ana@x.example \nAction: failed\nStatus: 5. 1. 1', '5.1.1', 'hard'],
])('the fields of a report may be %s', async (_, fields, status, hardness) =>
  expect(await readStatus(fields)).toMatchObject([{ recipient: 'ana@x.example', status, hardness }]),
);

test('each recipient of LMTP or of a list has a group of its own', async () =>
  expect(
    await readStatus(
      'Final-Recipient: rfc822;ana@x.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822;bo@x.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: x400;/C=de/\nAction: failed\nStatus: 5.1.1',
    ),
  ).toMatchObject([
    { recipient: 'ana@x.example', action: 'failed' },
    { recipient: 'bo@x.example', action: 'delivered' },
    { recipient: null, action: 'failed' },
  ]));

test('one recipient whom the fields leave unnamed is the one that the rest of the report names', async () => {
  const fields = 'Final-Recipient: LOCAL;<>\nAction: failed\nStatus: 5.1.1';
  expect(await readStatus(fields, ['X-Failed-Recipients: ana@x.example'])).toMatchObject([
    { recipient: 'ana@x.example' },
  ]);
  expect(await readStatus(fields, [], '<ana@x.example>: no such user')).toMatchObject([{ recipient: 'ana@x.example' }]);
  expect(await readStatus(fields, [], '<ana@x.example>: no\r\n<bo@x.example>: no')).toMatchObject([
    { recipient: null },
  ]);
});

describe('a report in words', () => {
  test.each([
    [
      'Exim',
      'A message that you sent could not be delivered. The following address(es) failed:\n\n  ana@x.example\n    host mx.x.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<ana@x.example>:\n    550 5.1.1 unknown user',
      '5.1.1',
    ],
    [
      'qmail',
      'Hi. This is the qmail-send program at y.example.\nI tried to deliver.\n\n<ana@x.example>:\nSorry, no mailbox here by that name. (#5.1.1)',
      '5.1.1',
    ],
    [
      'sendmail',
      '   ----- The following addresses had permanent fatal errors -----\n<ana@x.example>\n    (reason: 552 5.2.2 over quota)\n\n   ----- Transcript of session follows -----\n',
      '5.2.2',
    ],
    [
      'Postfix',
      'This is the mail system at host y.example.\n\n<ana@x.example>: host mx.x.example[192.0.2.1] said: 550 5.7.1\n    not now (in reply to RCPT TO command)',
      '5.7.1',
    ],
    [
      'OpenSMTPD',
      'An error has occurred for the following list of recipients:\n\nana@x.example: 550 5.1.1 no',
      '5.1.1',
    ],
    [
      'Exchange 2003',
      'did not reach the following recipient(s):\n\nana@x.example on Thu, 12 Nov 2026 10:00:00 +0100\n    The e-mail address could not be found. <y.example #5.1.1>',
      '5.1.1',
    ],
    [
      'Office 365',
      "Your message to ana@x.example couldn't be delivered.\n\nana@x.example<mailto:ana@x.example>\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'",
      '5.1.10',
    ],
    [
      'Yahoo',
      'Sorry, we were unable to deliver your message to the following address.\n\n<ana@x.example>:\n554: delivery error: dd This user does not have an account: mailbox disabled',
      '5.2.1',
    ],
    [
      'DragonFly',
      'There was an error delivering your mail to <ana@x.example>.\n\nmx.x.example did not like our RCPT TO:\n550 5.1.1 no',
      '5.1.1',
    ],
    ['IMail', 'User mailbox exceeds allowed size: ana@x.example\n\nOriginal message follows.', '5.2.2'],
    [
      'Mimecast',
      'an email you addressed to email address :\n-- ana@x.example\n\ncould not be delivered. The problem appears to be :\n-- 5.1.1 unknown',
      '5.1.1',
    ],
    [
      'WorkMail',
      'Technical report:\n\nReporting-MTA: dns; y.example\n\nAction: failed\nFinal-Recipient: rfc822; ana@x.example\nStatus: 5.1.1',
      '5.1.1',
    ],
  ])('as %s writes it', async (_, text, status) =>
    expect(
      reportRecipients(
        await parseMessage(
          mailOf(
            ['From: MAILER-DAEMON@y.example'],
            `${text}\n\nReceived: from y.example\nMessage-ID: <a@y.example>\nTo: other@x.example\n\nbo@x.example\n`.replaceAll(
              '\n',
              '\r\n',
            ),
          ),
        ),
      ),
    ).toMatchObject({
      recipients: [{ recipient: 'ana@x.example', action: 'failed', status }],
      aboutMessageIds: ['<a@y.example>'],
    }),
  );

  test('names each of several recipients with what was said of it', async () => {
    const text =
      '<ana@x.example>:\r\n550 5.1.1 no\r\n\r\n<bo@x.example>:\r\n452 4.2.2 full\r\n\r\nFor help write to postmaster@x.example\r\n';
    expect(reportRecipients(await parseMessage(mailOf(['From: MAILER-DAEMON'], text))).recipients).toMatchObject([
      { recipient: 'ana@x.example', status: '5.1.1', hardness: 'hard' },
      { recipient: 'bo@x.example', status: '4.2.2', hardness: 'soft' },
    ]);
  });
});

test('a token of ours is found in whom the report was sent to, and in the message it returns', async () => {
  const [one, two] = ['abcdefghijklmnopqrstuvwxyzabcdefghijklmnop', 'zyxwvutsrqponmlkjihgfedcbazyxwvutsrqponmlk'];
  const body = `--r\r\n\r\nSorry.\r\n--r\r\nContent-Type: text/rfc822-headers\r\n\r\nReply-To: reply+${two}@desk.example\r\n\r\n--r--\r\n`;
  const parsed = await parseMessage(
    mailOf([`To: <bounce+${one}@desk.example>`, 'Content-Type: multipart/report; boundary=r'], body),
  );
  expect(reportRecipients(parsed).aboutTokens).toEqual([
    { prefix: 'bounce', token: one, domain: 'desk.example' },
    { prefix: 'reply', token: two, domain: 'desk.example' },
  ]);
});

test('a million characters of the worst report are read', async () => {
  const parsed = await parseMessage(mailOf(['From: MAILER-DAEMON@x.example'], 'x'));
  for (const line of [
    'a@',
    '<a@b>:\n',
    'message-id: <',
    'a-',
    '> ',
    '\n',
    'exceed a a a ',
    'user ',
    '(reason: 5.1.1)\n',
  ]) {
    const text = line.repeat(Math.ceil(1e6 / line.length));
    const { recipients } = reportRecipients({ ...parsed, text, subject: text });
    expect(recipients.length).toBeLessThanOrEqual(1);
  }
});

test('a million characters of empty lines or groups in a report are read', () => {
  for (const line of ['\r', '\n', ' \n', 'a: b\n\n', 'Action: x\n\n']) {
    const part = Buffer.from(line.repeat(Math.ceil(1e6 / line.length)));
    expect(parseDeliveryStatus(part).length).toBeLessThanOrEqual(1_001);
  }
});

test('a recipient that is no strict address is none', async () => {
  const body =
    '--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; "a b"@x.example\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n--r--\r\n';
  const parsed = await parseMessage(mailOf(['Content-Type: multipart/report; boundary=r'], body));
  expect(reportRecipients(parsed).recipients).toMatchObject([{ recipient: null, status: '5.0.0', hardness: 'hard' }]);
});
