import { describe, expect, test } from 'vitest';
import { originalOf } from '../../src/mail/forward.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { mailFixture, mailOf } from './fixture.ts';

const forwardOf = async (text: string, subject = 'Fwd: Lamp', html = false) =>
  originalOf(
    await parseMessage(
      mailOf(
        [
          'From: Olga Desk <olga@desk.example>',
          `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
          `Content-Type: text/${html ? 'html' : 'plain'}; charset=utf-8`,
          'Content-Transfer-Encoding: base64',
        ],
        Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n'),
      ),
    ),
  );

/** Mark as the language's mail programs write it, labels of From, Date, To and Subject. */
const LANGUAGES: readonly (readonly [string, string, string, string, string, string])[] = [
  ['English', '---------- Forwarded message ---------', 'From', 'Sent', 'To', 'Subject'],
  ['German', '-------- Weitergeleitete Nachricht --------', 'Von', 'Gesendet', 'An', 'Betreff'],
  ['French', '-------- Message transféré --------', 'De ', 'Envoyé ', 'À ', 'Objet '],
  ['Spanish', '-------- Mensaje reenviado --------', 'De', 'Enviado el', 'Para', 'Asunto'],
  ['Portuguese', '-------- Mensagem encaminhada --------', 'De', 'Enviada em', 'Para', 'Assunto'],
  ['Italian', '-------- Messaggio Inoltrato --------', 'Da', 'Inviato', 'A', 'Oggetto'],
  ['Dutch', '-------- Doorgestuurd bericht --------', 'Van', 'Verzonden', 'Aan', 'Onderwerp'],
  ['Swedish', '-------- Vidarebefordrat meddelande --------', 'Från', 'Skickat', 'Till', 'Ämne'],
  ['Danish', '-------- Videresendt besked --------', 'Fra', 'Sendt', 'Til', 'Emne'],
  ['Norwegian', '-------- Videresendt melding --------', 'Fra', 'Dato', 'Til', 'Emne'],
  ['Finnish', '-------- Välitetty viesti --------', 'Lähettäjä', 'Lähetetty', 'Vastaanottaja', 'Aihe'],
  ['Polish', '-------- Przekazana wiadomość --------', 'Od', 'Wysłano', 'Do', 'Temat'],
  ['Czech', '-------- Přeposlaná zpráva --------', 'Od', 'Odesláno', 'Komu', 'Předmět'],
  ['Russian', '-------- Пересылаемое сообщение --------', 'От кого', 'Дата', 'Кому', 'Тема'],
  ['Ukrainian', '-------- Переслане повідомлення --------', 'Від', 'Надіслано', 'Кому', 'Тема'],
  ['Turkish', '-------- İletilmiş Mesaj --------', 'Kimden', 'Gönderildi', 'Kime', 'Konu'],
  ['Japanese', '-------- 転送されたメッセージ --------', '差出人', '送信日時', '宛先', '件名'],
  ['simplified Chinese', '-------- 转发的邮件 --------', '发件人', '发送时间', '收件人', '主题'],
  ['traditional Chinese', '-------- 轉寄的郵件 --------', '寄件者', '寄件日期', '收件者', '主旨'],
  ['Korean', '-------- 전달된 메시지 --------', '보낸 사람', '보낸 날짜', '받는 사람', '제목'],
  ['Hungarian', '-------- Továbbított üzenet --------', 'Feladó', 'Elküldve', 'Címzett', 'Tárgy'],
  ['Romanian', '-------- Mesaj redirecționat --------', 'De la', 'Trimis', 'Către', 'Subiect'],
  ['Greek', '-------- Προωθημένο μήνυμα --------', 'Από', 'Στάλθηκε', 'Προς', 'Θέμα'],
];
const ANA = {
  is: 'original',
  how: 'inline',
  from: 'ana@x.example',
  name: 'Ana Bell',
  subject: 'Lamp',
  dateText: 'Monday 10:00',
  messageId: null,
  text: 'It is out.\n\nAna',
  comment: 'Please open one.',
};

describe.each(LANGUAGES)('in %s', (_, mark, from, date, to, subject) => {
  const block = `${from}: Ana Bell <ana@x.example>\n${date}: Monday 10:00\n${to}: Olga <olga@desk.example>\n${subject}: Lamp`;

  test('a forward is known by its mark, whatever its subject', async () =>
    expect(await forwardOf(`Please open one.\n\n${mark}\n${block}\n\nIt is out.\n\nAna`, 'A lamp')).toEqual(ANA));

  test('a forward is known by its subject and its header block', async () =>
    expect(
      await forwardOf(`Please open one.\n\n________________________________\n${block}\n\nIt is out.\n\nAna`),
    ).toEqual(ANA));
});

test.each([
  [
    'Gmail',
    '---------- Forwarded message ---------\nFrom: *Ana Bell* <ana@x.example>\nDate: Monday 10:00\nSubject: Lamp\nTo: <olga@desk.example>, Bo Crane\n <bo@desk.example>\n\n',
  ],
  [
    'Outlook',
    '-----Original Message-----\nFrom: Ana Bell [mailto:ana@x.example] \nSent: Monday 10:00\nTo: Olga Desk; bo@desk.example\nCc: x@y.example\nSubject: Lamp\nImportance: High\n\n',
  ],
  [
    'Outlook for Mac',
    'From: Ana Bell <ana@x.example>\nDate: Monday 10:00\nTo: Olga <olga@desk.example>\nSubject: Lamp\n',
  ],
  [
    'Outlook for iOS',
    '________________________________\nFrom: Ana Bell <ana@x.example<mailto:ana@x.example>>\nSent: Monday 10:00\nTo: olga@desk.example <olga@desk.example>\nSubject: Lamp\n\n',
  ],
  [
    'Outlook on the web, as text',
    '________________________________\n*From:* Ana Bell <ana@x.example>\n*Sent:* Monday 10:00\n*To:* Olga <olga@desk.example>\n*Subject:* Lamp\n\n',
  ],
  [
    'Apple Mail',
    'Begin forwarded message:\n\nFrom: "Ana Bell" <ana@x.example>\nSubject: Lamp\nDate: Monday 10:00\nTo: olga@desk.example\n\n',
  ],
  [
    'Apple Mail in German',
    'Anfang der weitergeleiteten Nachricht:\n\nVon: Ana Bell <ana@x.example>\nBetreff: Lamp\nDatum: Monday 10:00\nAn: olga@desk.example\n\n',
  ],
  [
    'Thunderbird',
    '-------- Forwarded Message --------\nSubject: \tLamp\nDate: \tMonday 10:00\nFrom: \tAna Bell <ana@x.example>\nReply-To: \tana@x.example\nTo: \tolga@desk.example\n\n',
  ],
  [
    'Yahoo',
    '----- Forwarded Message -----\nFrom: "Ana Bell" <ana@x.example>\nTo: "olga@desk.example" <olga@desk.example>\nSent: Monday 10:00\nSubject: Lamp\n\n',
  ],
  [
    'Proton',
    '------- Forwarded Message -------\nFrom: Ana Bell <ana@x.example>\nDate: Monday 10:00\nSubject: Lamp\nTo: olga@desk.example <olga@desk.example>\n\n',
  ],
  [
    'Samsung',
    '-------- Original message --------\nFrom: Ana Bell <ana@x.example> \nDate: Monday 10:00 \nTo: olga@desk.example \nSubject: Lamp \n\n',
  ],
  ['GMX', 'Gesendet: Monday 10:00\nVon: "Ana Bell" <ana@x.example>\nAn: olga@desk.example\nBetreff: Lamp\n\n'],
  [
    'QQ Mail',
    '------------------ 原始邮件 ------------------\n发件人: "Ana Bell" <ana@x.example>;\n发送时间: Monday 10:00\n收件人: "olga"<olga@desk.example>;\n主题: Lamp\n\n',
  ],
  [
    '163',
    '-------- 转发邮件信息 --------\n发件人："Ana Bell" <ana@x.example>\n发送日期：Monday 10:00\n收件人：olga@desk.example\n主题：Lamp\n\n',
  ],
  [
    'Lotus Notes',
    '----- Forwarded by Olga Desk/DESK on 11/12/2026 10:00 -----\n\nFrom:        Ana Bell <ana@x.example>\nTo:        olga@desk.example\nDate:        Monday 10:00\nSubject:        Lamp\n\n',
  ],
  [
    'a program that puts values on lines of their own',
    'From:\nAna Bell <ana@x.example>\nDate:\nMonday 10:00\nTo:\nolga@desk.example\nSubject:\nLamp\n\n',
  ],
  [
    'a program that leaves lines empty',
    'From: Ana Bell <ana@x.example>\n\nSent: Monday 10:00\n\nTo: olga@desk.example\n\nSubject: Lamp\n\n',
  ],
])('a forward by %s names who wrote first', async (_, header) =>
  expect(await forwardOf(`Please open one.\n\n${header}It is out.\n\nAna\n`)).toEqual(ANA),
);

test('Yandex names the writer in one line', async () =>
  expect(
    await forwardOf(
      'Please open one.\n\n-------- Пересылаемое сообщение --------\n12.11.2026, 13:41, "Ana Bell" <ana@x.example>:\n\nIt is out.\n\nAna\n-------- Конец пересылаемого сообщения --------\n',
      'Fwd: Lamp',
    ),
  ).toEqual({ ...ANA, subject: '', dateText: '12.11.2026, 13:41' }));

test('Mutt closes a forward and shows the Message-ID', async () =>
  expect(
    await forwardOf(
      'Please open one.\n\n----- Forwarded message from Ana Bell <ana@x.example> -----\n\nDate: Monday 10:00\nFrom: Ana Bell <ana@x.example>\nTo: olga@desk.example\nSubject: Lamp\nMessage-ID: <a@x.example>\nUser-Agent: Mutt\n\nIt is out.\n\nAna\n\n----- End forwarded message -----\n\nOlga',
    ),
  ).toEqual({ ...ANA, messageId: '<a@x.example>' }));

test('Apple Mail quotes what it forwards as plain text, and the mark is not needed again', async () =>
  expect(
    await forwardOf(
      'Please open one.\n\nBegin forwarded message:\n\n> From: Ana Bell <ana@x.example>\n> Subject: Lamp\n> Date: Monday 10:00\n> To: olga@desk.example\n> \n> It is out.\n> \n> Ana\n\nOlga\n',
    ),
  ).toEqual({ ...ANA, comment: 'Please open one.\n\nOlga' }));

test('a mail without plain text is read from its HTML', async () =>
  expect(
    await forwardOf(
      '<p>Please open one.</p><hr><b>From:</b> Ana Bell &lt;<a href="mailto:ana@x.example">ana@x.example</a>&gt;<br><b>Sent:</b> Monday 10:00<br><b>To:</b> Olga<br><b>Subject:</b> Lamp<br><p>It is out.</p><p>Ana</p>',
      'WG: Lamp',
      true,
    ),
  ).toEqual(ANA));

test('only the outermost forward counts', async () => {
  const inner = '---------- Forwarded message ---------\nFrom: bo@y.example\nSubject: Crane\n\nOh.';
  const text = `---------- Forwarded message ---------\nFrom: Ana Bell <ana@x.example>\nDate: Monday 10:00\nSubject: Fwd: Crane\n\nSee.\n\n${inner}`;
  expect(await forwardOf(text)).toMatchObject({ from: 'ana@x.example', text: `See.\n\n${inner}`, comment: '' });
});

const block = (from: string) => `From: ${from}\nSent: Monday\nTo: olga@desk.example\nSubject: Lamp\n\nHello`;

describe('the writer is one strict address', () => {
  test.each([
    ['ana@x.example', ''],
    ['Ana@X.Example', ''],
    ['ana@x.example <ana@x.example>', ''],
    ["'ana@x.example' <ana@x.example>", ''],
    ['"Bell, Ana" <ana@x.example>', 'Bell, Ana'],
    ['Bell, Ana [CRANE] <ana@x.example>', 'Bell, Ana [CRANE]'],
    ['Ana Bell (ana@x.example)', 'Ana Bell'],
    ['Ana Bell <mailto:ana@x.example>', 'Ana Bell'],
    ["O'Neil <ana@x.example>", "O'Neil"],
  ])('%s', async (from, name) =>
    expect(await forwardOf(block(from))).toMatchObject({ is: 'original', from: 'ana@x.example', name }),
  );

  test.each([
    ['nobody', ''],
    ['a name', 'Ana Bell'],
    ['two', 'Ana <ana@x.example>, Bo <bo@x.example>'],
    ['one as the name of another', '"bo@x.example" <ana@x.example>'],
    ['on behalf of', 'desk@x.example [mailto:desk@x.example] On Behalf Of Ana Bell'],
    ['a quoted local part', '"ana bell"@x.example'],
    ['an invisible letter', 'Ana <ana\u00ad@x.example>'],
    ['two at-signs', 'Ana <ana@y@x.example>'],
    ['a comment in it', 'Ana <ana(bell)@x.example>'],
  ])('and not %s', async (_, from) =>
    expect(await forwardOf(block(from))).toEqual({ is: 'ambiguous', how: 'inline', raw: from }),
  );

  test('and not two From lines', async () =>
    expect(await forwardOf(`From: bo@x.example\n${block('ana@x.example')}`)).toMatchObject({ is: 'ambiguous' }));
});

test.each([
  ['an answer, whatever it quotes', 'Re: Lamp', `Yes.\n\n${block('ana@x.example')}`],
  [
    'an answer to a forward',
    'AW: WG: Lamp',
    `Yes.\n\n---------- Forwarded message ---------\n${block('ana@x.example')}`,
  ],
  ['a mail with a header block and no forward in subject or text', 'Lamp', `Hello\n\n${block('ana@x.example')}`],
  [
    'a forward that is only quoted',
    'Lamp',
    `> ---------- Forwarded message ---------\n> From: ana@x.example\n> Subject: x`,
  ],
  ['a person who writes of forwarded messages', 'Lamp', 'Forwarded message\nFrom: ana@x.example\nSubject: x'],
  ['a mark with nothing behind it', 'Lamp', 'Begin forwarded message:\n\nHello'],
  ['a forward without anything to go by', 'Fwd: Lamp', 'From: my side this is all.\n\nOlga'],
  ['an ordinary mail', 'Lamp', 'Hello'],
])('%s passes nothing on', async (_, subject, text) => expect(await forwardOf(text, subject)).toBeNull());

test.each([
  [
    'forward-inline-gmail',
    {
      from: 'ana.bell@quay.example',
      name: 'Ana Bell',
      subject: 'Lamp 7 is out',
      comment: 'Can you take this one?\n\nOlga',
    },
  ],
  [
    'forward-inline-outlook-german',
    {
      from: 'piet@quay.example',
      name: 'Piet Kade',
      subject: 'Kran 3 steht',
      comment: 'Bitte anlegen, der Kunde wartet.\n\nOlga',
    },
  ],
])('%s', async (name, expected) =>
  expect(originalOf(await parseMessage(mailFixture(name)))).toMatchObject({
    is: 'original',
    how: 'inline',
    ...expected,
  }),
);

test('a million characters of the worst lines are read', async () => {
  const parsed = await parseMessage(mailOf(['From: olga@desk.example', 'Subject: Fwd: x'], 'x'));
  const worst = [
    'From:\n',
    'Subject: a\n',
    'Begin forwarded message:\n',
    '---------- ',
    'To: a@b,\n',
    'a@',
    '>',
    '\n',
    ':',
  ];
  for (const line of worst) {
    const text = line.repeat(Math.ceil(1e6 / line.length));
    expect(originalOf({ ...parsed, text, html: text })?.is ?? 'none').not.toBe('original');
  }
});
