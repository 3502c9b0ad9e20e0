import { expect, test } from 'vitest';
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

test('a recipient that is no strict address is none', async () => {
  const body =
    '--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; "a b"@x.example\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n--r--\r\n';
  const parsed = await parseMessage(mailOf(['Content-Type: multipart/report; boundary=r'], body));
  expect(reportRecipients(parsed).recipients).toMatchObject([{ recipient: null, status: '5.0.0', hardness: 'hard' }]);
});
