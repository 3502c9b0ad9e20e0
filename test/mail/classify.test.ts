import { describe, expect, test } from 'vitest';
import { classify } from '../../src/mail/classify.ts';
import { AWAY_SUBJECTS, OUT_OF_OFFICE_SUBJECTS } from '../../src/mail/out-of-office-subjects.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { identifySender } from '../../src/mail/sender.ts';
import { SIGNALS } from '../../src/mail/signals.ts';
import type { OwnMail } from '../../src/mail/signs.ts';
import { mailFixture, mailOf } from './fixture.ts';

const own: OwnMail = {
  isOwnLoopMark: (value) => value === 'mark-of-this-desk',
  isOwnMessageId: (id) => id.startsWith('<v1.') && id.endsWith('@reply.desk.example>'),
  isOwnAddress: (address) => address === 'support@desk.example',
};
const kindOf = async (bytes: Buffer) => {
  const parsed = await parseMessage(bytes);
  return classify(parsed, identifySender(parsed), own);
};
const kindOfLines = (lines: readonly string[], text?: string) =>
  kindOf(mailOf([...(lines.some((line) => line.startsWith('From:')) ? [] : ['From: ana@x.example']), ...lines], text));

test.each([
  ['personal-plain', 'personal', 'person', true],
  ['personal-question-about-a-bounce', 'personal', 'person', true],
  ['personal-exchange-suppresses-auto-replies', 'personal', 'auto_response_suppress', false],
  ['personal-no-reply-sender', 'personal', 'no_reply_sender', false],
  ['vacation-outlook-german', 'auto_reply', 'out_of_office_subject', false],
  ['vacation-sieve', 'auto_reply', 'auto_submitted_replied', false],
  ['vacation-exchange-inbox-rule', 'auto_reply', 'exchange_inbox_rule', false],
  ['machine-monitoring', 'auto_generated', 'auto_submitted_other', false],
  ['list-digest', 'bulk', 'list_id', false],
  ['own-acknowledgement-comes-back', 'own', 'own_loop_mark', false],
  ['bounce-two-recipients-postfix', 'bounce', 'delivery_status_failed', false],
  ['bounce-exim-failed-recipients', 'bounce', 'failed_recipients', false],
  ['bounce-qmail-without-parts', 'bounce', 'daemon_bounce', false],
  ['delay-postfix', 'delay', 'delivery_status_delayed', false],
  ['delivered-report', 'delivered_report', 'delivery_status_delivered', false],
  ['complaint-feedback-report', 'complaint', 'feedback_report', false],
  ['read-receipt', 'receipt', 'disposition_notification', false],
])('%s is %s', async (name, kind, signal, answerable) => {
  expect(await kindOf(mailFixture(name))).toMatchObject({ kind, signal, answerable });
});

describe('each sign by itself', () => {
  test.each([
    ['own_message_id_and_sender', 'own', ['From: support@desk.example', 'Message-ID: <v1.a.b@reply.desk.example>']],
    ['own_message_id', 'personal', ['Message-ID: <v1.a.b@reply.desk.example>']],
    ['own_sender', 'personal', ['From: support@desk.example']],
    ['loop_mark_of_another', 'personal', ['X-Deskbell-Loop: of-another']],
    ['precedence_auto_reply', 'auto_reply', ['Precedence: auto_reply']],
    ['x_autoreply', 'auto_reply', ['X-Autoreply: yes']],
    ['x_auto_reply', 'auto_reply', ['X-Auto-Reply: true']],
    ['preference_auto_reply', 'auto_reply', ['Preference: auto_reply']],
    ['x_precedence_auto_reply', 'auto_reply', ['X-Precedence: auto_reply']],
    ['x_post_message_class', 'auto_reply', ['X-POST-MessageClass: 9; Autoresponder']],
    ['x_cron_env', 'auto_generated', ['X-Cron-Env: <SHELL=/bin/sh>']],
    ['content_class_mdn', 'receipt', ['Content-Class: urn:content-classes:mdn']],
    ['receipt_in_words', 'receipt', ['Subject: Read: Crane'], 'Your message\r\n\r\nwas read on Thursday.'],
    [
      'receipt_in_words',
      'receipt',
      ['Subject: =?utf-8?Q?Lesebest=C3=A4tigung?='],
      'Ihre Nachricht wurde gelesen am 12.11.',
    ],
    ['person', 'personal', ['Subject: Read: Crane'], 'I read your answer.'],
    ['list_server_refusal', 'bounce', ['Subject: NOT MEMBER article from ana', 'X-MLServer: fml']],
    ['person', 'personal', ['Subject: NOT MEMBER article from ana']],
    ['person', 'personal', ['Subject: Delivery failed'], 'My parcel was not delivered.'],
    [
      'person',
      'personal',
      ['Subject: Mail delivery failed', 'User-Agent: Mozilla Thunderbird'],
      'I got: 550 5.1.1 user unknown',
    ],
    ['failed_recipients', 'bounce', ['X-Failed-Recipients: ana@x.example']],
    [
      'daemon_delay_subject',
      'delay',
      ['From: MAILER-DAEMON@x.example', 'X-Failed-Recipients: ana@x.example', 'Subject: Delivery Status Notification'],
      'THIS IS A WARNING MESSAGE ONLY.',
    ],
    [
      'daemon_bounce',
      'bounce',
      ['From: MAILER-DAEMON@x.example', 'Subject: Hm'],
      'Oh.\r\n\r\nReceived: from x\r\nTo: ana@x',
    ],
    ['daemon_bounce', 'bounce', ['From: postmaster@x.example', 'Subject: **Message you sent blocked by our filter**']],
    ['daemon_bounce', 'bounce', ['From: postmaster@x.example', 'Subject: [Postmaster] Email Delivery Failure']],
    ['x_autorespond', 'auto_reply', ['X-Autorespond: 1']],
    ['x_autoresponder', 'auto_reply', ['X-Autoresponder: 1']],
    ['x_autoresponse', 'auto_reply', ['X-Autoresponse: 1']],
    ['x_auto_reply_from', 'auto_reply', ['X-AutoReply-From: ana@x.example']],
    ['x_mail_autoreply', 'auto_reply', ['X-Mail-Autoreply: 1']],
    ['x_autogenerated_reply', 'auto_reply', ['X-Autogenerated: Reply']],
    ['x_apple_action', 'auto_reply', ['X-Apple-Action: VACATION/1']],
    ['delivered_to_autoresponder', 'auto_reply', ['Delivered-To: Autoresponder']],
    ['machine_generated', 'auto_generated', ['X-FC-MachineGenerated: true']],
    ['list_unsubscribe', 'bulk', ['List-Unsubscribe: <https://x.example>']],
    ['precedence_bulk', 'bulk', ['Precedence: Bulk']],
    ['null_return_path', 'personal', ['Return-Path: <>']],
    ['x_loop', 'personal', ['X-Loop: ana@x.example']],
    ['daemon_sender', 'personal', ['From: postmaster@x.example', 'Subject: Hello']],
    ['too_many_hops', 'personal', Array.from({ length: 51 }, () => 'Received: from a by b')],
    [
      'daemon_delay_subject',
      'delay',
      ['From: MAILER-DAEMON@x.example', 'Subject: Warning: could not send message for past 4 hours'],
    ],
    ['person', 'personal', ['Auto-Submitted: no']],
    ['person', 'personal', ['Precedence: first-class']],
    ['person', 'personal', ['X-Auto-Response-Suppress: None']],
    ['person', 'personal', ['Subject: Mail delivery failed'], 'What does this mean?'],
    ['bounce_subject_and_phrase', 'bounce', ['Subject: Mail delivery failed'], '550 5.1.1 user unknown'],
    ['person', 'personal', ['Subject: Mail delivery failed', 'In-Reply-To: <a@x>'], '550 5.1.1 user unknown'],
    ['null_return_path_and_phrase', 'bounce', ['Return-Path: <>'], 'Your mail could not be delivered.'],
    ['daemon_bounce', 'bounce', ['From: MAILER-DAEMON', 'Auto-Submitted: auto-replied'], 'Giving up on 192.0.2.1.'],
  ])('%s: %s', async (signal, kind, lines, text?: string) => {
    expect(await kindOfLines(lines, text)).toMatchObject({ signal, kind, answerable: signal === 'person' });
  });
});

describe('an automatic reply is known by the beginning of its subject', () => {
  const subject = (text: string) => `Subject: =?utf-8?B?${Buffer.from(text).toString('base64')}?=`;

  test.each(
    Object.entries(OUT_OF_OFFICE_SUBJECTS).flatMap(([language, phrases]) =>
      phrases.map((phrase) => [language, phrase]),
    ),
  )('in %s: %s', async (_, phrase = '') => {
    const kinds = [`${phrase}: [#12] Crane`, phrase.toUpperCase(), `[External] ${phrase} - Ana`, `${phrase}: 你好`];
    for (const text of kinds) expect(await kindOfLines([subject(text)])).toMatchObject({ kind: 'auto_reply' });
  });

  test.each([
    'Out of office until Monday',
    'Out of Office AutoReply: Crane',
    'Automatic reply Re: Crane',
    'Out of office 12 November',
    '【自動返信】お問い合わせ',
    '自動返信メール',
  ])('and by "%s"', async (text) =>
    expect(await kindOfLines([subject(text)])).toMatchObject({ signal: 'out_of_office_subject' }),
  );

  test.each([
    'Automatic replying machine',
    'Automatic reply does not work',
    'Out of office replies go to customers',
    'Annual leave: the calendar is wrong',
    'Abwesenheit am Freitag',
    'On vacation I lost my key',
    'Re: out of office',
    'My vacation notice',
    'Autosvarare trasig',
    'Afwezigen',
    '自動返信が届きません',
  ])('but not by "%s"', async (text) => expect(await kindOfLines([subject(text)])).toMatchObject({ signal: 'person' }));

  test.each(Object.entries(AWAY_SUBJECTS).flatMap(([language, [phrase = '']]) => [[language, phrase]]))(
    "in %s a person's own words count in an answer: %s",
    async (_, phrase) => {
      expect(await kindOfLines([subject(phrase), 'In-Reply-To: <a@x>'])).toMatchObject({ kind: 'auto_reply' });
      expect(await kindOfLines([subject(phrase)])).toMatchObject({ kind: 'personal' });
    },
  );

  test('there are at least 25 languages', () =>
    expect(Object.keys(OUT_OF_OFFICE_SUBJECTS).length).toBeGreaterThanOrEqual(25));
});

describe('a report without parts is known by the words of', () => {
  test.each([
    [
      'Exchange 5.5',
      'System Administrator <sysadmin@x.example>',
      'Undeliverable: Crane',
      'did not reach the following recipient(s):',
      'bounce',
    ],
    ['Exchange in German', 'postmaster@x.example', 'Unzustellbar: Crane', 'Oh.', 'bounce'],
    ['Exchange in Russian', 'postmaster@x.example', 'Не удается доставить: Crane', 'Oh.', 'bounce'],
    [
      'Exchange behind a no-reply address',
      'no-reply@x.example',
      'Undeliverable: Crane',
      'Delivery has failed to these recipients',
      'bounce',
    ],
    ['GroupWise', 'Mailer-Daemon@x.example', 'Message status - undeliverable', 'Oh.', 'bounce'],
    [
      'IronPort',
      'Mail Delivery System <MAILER-DAEMON@x.example>',
      'Undeliverable Message',
      '5.1.0 - Unknown address',
      'bounce',
    ],
    [
      'Courier',
      '"Courier mail server at x.example" <@x.example>',
      'NOTICE: mail delivery status.',
      'UNDELIVERABLE MAIL',
      'bounce',
    ],
    ['MDaemon', 'MDaemon at x.example <MDaemon@x.example>', 'Permanent Delivery Failure', 'Oh.', 'bounce'],
    ['Apache James', 'postmaster@x.example', '[BOUNCE] Crane', 'Oh.', 'bounce'],
    ['InterScan', '"InterScan MSS" <imss@x.example>', 'Mail could not be delivered', 'Oh.', 'bounce'],
    ['SurfControl', 'Mail Delivery System <x@x.example>', 'Crane', 'Your message could not be sent.', 'bounce'],
    ['QQ Mail', 'PostMaster@x.example', '系统退信/Systems bounce', '抱歉', 'bounce'],
    ['Naver', 'postmaster@x.example', '[메일] 메일이 발송되지 않았습니다.', 'Oh.', 'bounce'],
    ['anybody who lists an address as MAILER-DAEMON', 'MAILER-DAEMON@x.example', 'Hm', 'ana@y.example: nein', 'bounce'],
    ['Web.de, of a delay', 'mailer-daemon@x.example', 'WARNING. Mail Delayed: Crane', 'Oh.', 'delay'],
    ['Domino, of a delay', 'postmaster@x.example', 'DELAYED: Crane', 'Oh.', 'delay'],
  ])('%s', async (_, from, text, body, kind) => {
    const subject = `Subject: =?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
    expect(await kindOfLines([`From: ${from}`, subject], body)).toMatchObject({ kind, answerable: false });
  });
});

describe('a report that is passed on', () => {
  const report = (lines: readonly string[]) =>
    mailOf(
      [...lines, 'Content-Type: multipart/mixed; boundary=r'],
      '--r\r\n\r\nWhat is this?\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; ana@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--r--\r\n',
    );

  test.each([
    ['by a person is mail of a person', ['From: bo@x.example', 'Subject: Fwd: Undelivered'], 'personal'],
    ['by a mail system is a bounce', ['From: MAILER-DAEMON@x.example', 'Subject: Fwd: Undelivered'], 'bounce'],
    ['by nobody in particular is a bounce', ['From: bo@x.example', 'Subject: Undelivered'], 'bounce'],
  ])('%s', async (_, lines, kind) => expect(await kindOf(report(lines))).toMatchObject({ kind }));
});

test('Outlook.com complains with the message alone', async () => {
  const body = '--r\r\nContent-Type: message/rfc822\r\n\r\nSubject: Crane\r\n\r\nHello\r\n--r--\r\n';
  const lines = ['From: staff@hotmail.example', 'Subject: complaint about message from 192.0.2.1'];
  const type = 'Content-Type: multipart/mixed; boundary=r';
  expect(await kindOf(mailOf([...lines, type], body))).toMatchObject({
    kind: 'complaint',
    signal: 'outlook_complaint',
  });
  expect(await kindOf(mailOf(lines))).toMatchObject({ kind: 'personal' });
});

test('the ids of the table are unique, and every row says why no answer goes', () => {
  expect(new Set(SIGNALS.map((row) => row.id)).size).toBe(SIGNALS.length);
  expect(SIGNALS.filter((row) => row.because === '' || row.ref === '')).toEqual([]);
});

test('why no answer goes is a sentence', async () => {
  expect(await kindOfLines(['Precedence: bulk'])).toMatchObject({ unanswerableBecause: 'it was sent to a list' });
  expect(await kindOfLines([])).toMatchObject({ unanswerableBecause: null });
});
