import { describe, expect, test } from 'vitest';
import { complaintAbout } from '../../src/mail/complaint.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { mailFixture, mailOf } from './fixture.ts';

describe('a complaint', () => {
  test('names who complained, and of which mail', async () =>
    expect(complaintAbout(await parseMessage(mailFixture('complaint-feedback-report')))).toMatchObject({
      feedbackType: 'abuse',
      aboutMessageIds: ['<v1.ack.GGGG.HHHH@reply.desk.example>'],
    }));

  const arf = (report: string, header: string) =>
    mailOf(
      ['Content-Type: multipart/report; report-type=feedback-report; boundary=r'],
      `--r\r\nContent-Type: message/feedback-report\r\n\r\n${report}\r\n\r\n--r\r\nContent-Type: message/rfc822\r\n\r\n${header}\r\n\r\nHello\r\n--r--\r\n`,
    );

  test.each([
    [
      'in its own field',
      'Feedback-Type: opt-out\r\nOriginal-Rcpt-To: <ana@x.example>\r\nOriginal-Rcpt-To: rfc822; bo@x.example',
      'To: c@x.example',
      'opt-out',
      ['ana@x.example', 'bo@x.example'],
    ],
    ['in the mail', 'Feedback-Type: abuse', 'To: Ana <ana@x.example>', 'abuse', ['ana@x.example']],
    ['nowhere', 'Version: 1', 'To: undisclosed-recipients:;', 'abuse', []],
  ])('may name its reader %s', async (_, report, header, feedbackType, recipients) =>
    expect(complaintAbout(await parseMessage(arf(report, header)))).toMatchObject({ feedbackType, recipients }),
  );
});
