import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMessage } from '../../src/mail/parse.ts';
import { foldReply, replyText, visibleText } from '../../src/mail/reply.ts';
import { shinglesOf } from '../../src/mail/shingles.ts';
import { mailFixture } from './fixture.ts';

const OURS = 'Hello Ana,\n\nthe printer on the second floor works again.\n\nYour desk';
const marked = (text: string): string => text.replace(/^/gm, '> ');
const reply = (text: string, subject = 'Re: Printer'): { text: string; html: null; subject: string } => ({
  text,
  html: null,
  subject,
});

const ADDRESS = '<desk@help.example>';
/** As mail programs set to these languages write it; "bare" ones are followed by a quote without marks. */
const ATTRIBUTIONS: readonly [string, string][] = [
  ['English, Gmail', `On Tue, May 4, 2027 at 10:00 AM Desk ${ADDRESS} wrote:`],
  [
    'English, Gmail, wrapped',
    `On Tue, May 4, 2027 at 10:00 AM The Help Desk of Harbour Street <\ndesk@help.example> wrote:`,
  ],
  [
    'English, wrapped before the verb',
    `On Nov 30, 2027, at 12:47 PM, Somebody <\n416ffd3258d4d2fa4@help.example>\nwrote:`,
  ],
  ['English, Apple Mail', 'On 4 May 2027, at 10:00, The Desk wrote:'],
  ['English, Apple Mail, narrow space', 'On May 4, 2027, at 10:00\u202fAM, The Desk wrote:'],
  ['English, Thunderbird', 'On 04/05/2027 10:00, Desk wrote:'],
  ['English, Outlook for Mac', `On 5/4/27, 10:00 AM, "Desk" ${ADDRESS} wrote:`],
  ['English, Yahoo', `On Tuesday, 4 May 2027, 10:00:00 am BST, Desk ${ADDRESS} wrote:`],
  ['English, old Gmail', `2027-05-04 10:00 GMT+02:00 Desk ${ADDRESS}:`],
  ['English, name first', `Desk ${ADDRESS} wrote on 4 May 2027 at 10:00:`],
  ['English, name and address', `The Desk ${ADDRESS} wrote:`],
  ['English, between dashes', '---- The Desk wrote ----'],
  ['English, between dashes with a date', `---- On Tue, 04 May 2027 10:00:00 +0200 Desk ${ADDRESS} wrote ----`],
  ['English, mail.ru', `Tuesday, 4 May 2027, 10:00 AM +0300 from Desk ${ADDRESS}:`],
  ['German, Gmail', `Am Di., 4. Mai 2027 um 10:00 Uhr schrieb Desk ${ADDRESS}:`],
  ['German, Thunderbird', 'Am 04.05.27 um 10:00 schrieb Desk:'],
  ['German, Roundcube', 'Am 2027-05-04 10:00, schrieb Desk:'],
  ['German, verb last', `Desk ${ADDRESS} hat am 4. Mai 2027 um 10:00 geschrieben:`],
  ['French, Gmail', `Le mar. 4 mai 2027 à 10:00, Desk ${ADDRESS} a écrit :`],
  ['French, wrapped', `Le mar. 4 mai 2027 à 10:00, Desk ${ADDRESS}\na écrit :`],
  ['Spanish, Gmail', `El mar, 4 may 2027 a las 10:00, Desk (${ADDRESS}) escribió:`],
  ['Portuguese, Gmail', `Em ter., 4 de mai. de 2027 às 10:00, Desk ${ADDRESS} escreveu:`],
  ['Italian, Gmail', `Il giorno mar 4 mag 2027 alle ore 10:00 Desk ${ADDRESS} ha scritto:`],
  ['Dutch, Gmail', `Op di 4 mei 2027 om 10:00 schreef Desk ${ADDRESS}:`],
  ['Danish, Gmail', `Den tirs. 4. maj 2027 kl. 10.00 skrev Desk ${ADDRESS}:`],
  ['Norwegian, Gmail, wrapped in the address', 'tir. 4. mai 2027 kl. 10:00 skrev Desk <desk@help.example\n>:'],
  ['Swedish, Gmail', `Den tis 4 maj 2027 kl 10:00 skrev Desk ${ADDRESS}:`],
  ['Finnish, Gmail', `ti 4. toukok. 2027 klo 10.00 Desk (desk@help.example) kirjoitti:`],
  ['Polish, Gmail', `wt., 4 maj 2027 o 10:00 Desk ${ADDRESS} napisał(a):`],
  ['Polish, Thunderbird', 'W dniu 04.05.2027 o 10:00, Desk pisze:'],
  ['Czech, Gmail', `út 4. 5. 2027 v 10:00 odesílatel Desk ${ADDRESS} napsal:`],
  ['Czech, Thunderbird', 'Dne 04. 05. 27 v 10:00 Desk napsal(a):'],
  ['Slovak, Gmail', `ut 4. 5. 2027 o 10:00 Desk ${ADDRESS} napísal(a):`],
  ['Hungarian, Gmail', `Desk ${ADDRESS} ezt írta (időpont: 2027. máj. 4., K, 10:00):`],
  ['Romanian, Gmail', `În mar., 4 mai 2027 la 10:00, Desk ${ADDRESS} a scris:`],
  ['Russian, Gmail', `вт, 4 мая 2027 г. в 10:00, Desk ${ADDRESS}:`],
  ['Russian, Thunderbird', '04.05.2027 10:00, Desk пишет:'],
  ['Ukrainian, Gmail', `вт, 4 трав. 2027 р. о 10:00 Desk ${ADDRESS} пише:`],
  ['Bulgarian, Gmail', `На вт, 4.05.2027 г. в 10:00 ч. Desk ${ADDRESS} написа:`],
  ['Greek, Gmail', `Στις Τρί 4 Μαΐ 2027 στις 10:00 π.μ., ο χρήστης Desk ${ADDRESS} έγραψε:`],
  ['Turkish, Gmail', `Desk ${ADDRESS}, 4 May 2027 Sal, 10:00 tarihinde şunu yazdı:`],
  [
    'Hebrew, Gmail',
    `\u202bבתאריך יום ג׳, 4 במאי 2027 ב-10:00 מאת \u202aDesk\u202c\u200f <\u202adesk@help.example\u202c\u200f>:\u202c`,
  ],
  ['Arabic, Gmail', `في الثلاثاء، 4 مايو 2027 في 10:00 ص Desk ${ADDRESS} كتب:`],
  ['Chinese, Gmail', `Desk ${ADDRESS} 于2027年5月4日周二 10:00写道：`],
  ['Japanese, Gmail', `2027年5月4日(火) 10:00 Desk ${ADDRESS}:`],
  ['Korean, Gmail', `2027년 5월 4일 (화) 오전 10:00, Desk ${ADDRESS}님이 작성:`],
  ['Vietnamese, Gmail', `Vào Th 3, 4 thg 5, 2027 vào lúc 10:00 Desk ${ADDRESS} đã viết:`],
  ['Indonesian, Gmail', `Pada Sel, 4 Mei 2027 pukul 10.00 Desk ${ADDRESS} menulis:`],
  ['Thai, Gmail', `ในวันที่ อ. 4 พ.ค. 2027 เวลา 10:00 Desk ${ADDRESS} เขียนว่า:`],
  ['Croatian, Gmail', `uto, 4. svi 2027. u 10:00 Desk ${ADDRESS} napisao je:`],
  ['Slovenian, Gmail', `V V tor., 4. maj 2027 ob 10:00 je oseba Desk ${ADDRESS} napisala:`],
  ['Estonian, Gmail', `Kuupäeval T, 4. mai 2027 kell 10:00 kirjutas Desk ${ADDRESS}:`],
  ['Catalan, Gmail', `Missatge de Desk ${ADDRESS} del dia dt., 4 de maig 2027 a les 10:00:`],
];

test.each(ATTRIBUTIONS)('an attribution is folded with its quote: %s', (_, attribution) => {
  expect(replyText(reply(`Thank you!\n\n${attribution}\n\n${marked(OURS)}\n`))).toBe('Thank you!');
});

test.each(ATTRIBUTIONS)('an attribution is enough where quotes carry no marks: %s', (_, attribution) => {
  expect(replyText(reply(`Thank you!\n\n${attribution}\n\n${OURS}\n`))).toBe('Thank you!');
});

test.each([
  ['English', 'From: Desk <desk@help.example>\nSent: Tuesday, May 4, 2027 10:00\nTo: Ana\nSubject: Printer'],
  ['English, bold', '*From:* Desk <desk@help.example>\n*Sent:* Tuesday, May 4, 2027\n*To:* Ana\n*Subject:* Printer'],
  ['English, with a rule', '________________________________\nFrom: Desk\nSent: 4 May\nTo: Ana\nSubject: Printer'],
  ['English, each a paragraph', 'From: Desk\n\nSent: 4 May\n\nTo: Ana\n\nSubject: Printer'],
  ['English, subject first', 'Subject: Printer\nFrom: Desk <desk@help.example>\nDate: 4 May\nTo: Ana'],
  [
    'English, many recipients',
    'From: Desk\nTo: ana@corp.example,\nbo@corp.example,\ncy@corp.example\nSubject: Printer',
  ],
  ['English, sender and time alone', 'From: desk@help.example\nDate: Tue, 4 May 2027 10:00:00 +0200'],
  ['German', 'Von: Desk\nGesendet: Dienstag, 4. Mai 2027 10:00\nAn: Ana\nBetreff: Drucker'],
  ['French', 'De : Desk\nEnvoyé : mardi 4 mai 2027 10:00\nÀ : Ana\nObjet : Imprimante'],
  ['Spanish', 'De: Desk\nEnviado: martes, 4 de mayo de 2027 10:00\nPara: Ana\nAsunto: Impresora'],
  ['Portuguese', 'De: Desk\nEnviada em: terça-feira, 4 de maio de 2027 10:00\nPara: Ana\nAssunto: Impressora'],
  ['Italian', 'Da: Desk\nInviato: martedì 4 maggio 2027 10:00\nA: Ana\nOggetto: Stampante'],
  ['Dutch', 'Van: Desk\nVerzonden: dinsdag 4 mei 2027 10:00\nAan: Ana\nOnderwerp: Printer'],
  ['Danish', 'Fra: Desk\nSendt: 4. maj 2027 10:00\nTil: Ana\nEmne: Printer'],
  ['Swedish', 'Från: Desk\nSkickat: den 4 maj 2027 10:00\nTill: Ana\nÄmne: Skrivare'],
  ['Finnish', 'Lähettäjä: Desk\nLähetetty: tiistai 4. toukokuuta 2027\nVastaanottaja: Ana\nAihe: Tulostin'],
  ['Polish', 'Od: Desk\nWysłano: wtorek, 4 maja 2027 10:00\nDo: Ana\nTemat: Drukarka'],
  ['Czech', 'Od: Desk\nOdesláno: úterý 4. května 2027 10:00\nKomu: Ana\nPředmět: Tiskárna'],
  ['Russian', 'От: Desk\nОтправлено: 4 мая 2027 г. 10:00\nКому: Ana\nТема: Принтер'],
  ['Turkish', 'Kimden: Desk\nGönderildi: 4 Mayıs 2027 Salı 10:00\nKime: Ana\nKonu: Yazıcı'],
  ['Chinese', '发件人: Desk\n发送时间: 2027年5月4日 10:00\n收件人: Ana\n主题: 打印机'],
  ['Japanese', '差出人: Desk\n送信日時: 2027年5月4日 10:00\n宛先: Ana\n件名: プリンター'],
  ['an English separator', '-----Original Message-----'],
  ['a German separator', '-------- Ursprüngliche Nachricht --------'],
  ['a French separator', "-----Message d'origine-----"],
  ['a Danish separator', '-------- Oprindelig besked --------'],
])('the header of the mail that is answered folds all below it: %s', (_, header) => {
  const folded = foldReply(reply(`Thank you!\n\n${header}\n\n${OURS}\n`));
  expect(visibleText(folded)).toBe('Thank you!');
});

const GMAIL = `On Tue, May 4, 2027 at 10:00 AM Desk ${ADDRESS} wrote:`;

test.each([
  ['below the quote', `${GMAIL}\n\n${marked(OURS)}\n\nThank you!`, 'Thank you!'],
  ['right below the quote', `${GMAIL}\n> Does it work?\nIt does.`, 'It does.'],
  ['around the quote', `Hello,\n\n${GMAIL}\n${marked(OURS)}\n\nThank you! Ana`, 'Hello,\n\n\nThank you! Ana'],
  ['on the attribution line', `Thanks On Tue, May 4, 2027 at 10:00 AM, Desk wrote:\n> x`, 'Thanks'],
  ['above a quote of its own', `Thanks\n\n${marked(OURS)}`, 'Thanks'],
  ['above wrapped quotes', `Thanks\n\n${GMAIL}\n> ${'long '.repeat(14)}\nrest\n> more`, 'Thanks'],
  ['above quotes with a link between', `Thanks\n\n${GMAIL}\n> a\n(https://help.example/1) >\n> b`, 'Thanks'],
  ['in a quote that is all', marked(OURS), marked(OURS)],
  ['in a text like a header', 'From: Berlin\nTo: Paris\nDate: 4 May\n\nTwo seats.', null],
  ['in a text with an appointment', 'Date: Tuesday 4 May\nTime: 7:00\nAddress: 130 Fox St\n\nBring it.', null],
  ['of what others wrote', 'Bo wrote to me on 4 May at 10:00 that it works:\nit does not.', null],
  ['in a list', 'On Tuesday 4 May at 10:00 three things happened:\n- a\n- b', null],
  ['with ">" in it', 'See\n>>> https://shop.example <<<\nfor more', null],
  [
    'about a forward',
    'Look:\n\n---------- Forwarded message ---------\nFrom: Bo <bo@corp.example>\nDate: 4 May\nSubject: x\n\nText',
    null,
  ],
  [
    'about an Apple forward',
    'Look:\n\nBegin forwarded message:\n\n> From: Bo <bo@corp.example>\n> Subject: x\n>\n> Text',
    null,
  ],
])('what the customer wrote stays: %s', (_, text, expected) => {
  expect(replyText(reply(text))).toBe(expected ?? text);
});

test('an answer point by point keeps the points', () => {
  const text = '> Is it on?\n\nYes.\n\n> Is there paper?\n\nNo.';
  expect(replyText(reply(text))).toBe(text);
});

test('an answer point by point keeps its first point, without who asked', () => {
  const points = '> Is it on?\n\nYes.\n\n> Is there paper?\n\nNo.';
  expect(replyText(reply(`${GMAIL}\n${points}\n\n> Bye`))).toBe(points);
});

test.each([
  ['RFC 3676', 'Thanks\n\n-- \nAna Lopez\nCorp', 'Thanks'],
  ['without its space', 'Thanks\n\n--\nAna Lopez', 'Thanks'],
  ['of a telephone', 'Thanks\n\nSent from my iPhone', 'Thanks'],
  ['of a telephone, above the quote', `Thanks\n\nSent from my iPhone\n\n${GMAIL}\n> x`, 'Thanks'],
  ['of Outlook, with its link', 'Danke\n\nOutlook für Android<https://mail.example/get> herunterladen', 'Danke'],
  ['below the quote', `Thanks\n\n${GMAIL}\n> x\n\n-- \nAna`, 'Thanks'],
  ['above the text', 'Sent from my iPhone\n\nThe printer is broken.', 'The printer is broken.'],
  ['alone', 'Sent from my iPhone', 'Sent from my iPhone'],
  ['that is a dash in a long letter', `a\n--\n${'b\n'.repeat(20)}`, `a\n--\n${'b\n'.repeat(20)}`.trim()],
])('a signature is told apart: %s', (_, text, expected) => expect(replyText(reply(text))).toBe(expected));

test('a signature is no quote: a reader may show it', () => {
  const { folded } = foldReply(reply(`Thanks\n\n-- \nAna\n\n${GMAIL}\n> x`));
  expect(folded.map((span) => span.why)).toEqual(['signature', 'attribution', 'quote_marks']);
});

test('a mail passed on is shown whole', () => {
  const text = `Please see below.\n\n${GMAIL}\n\n${OURS}`;
  expect(replyText(reply(text, 'Fwd: Printer'))).toBe(text);
  expect(replyText(reply(text, 'WG: Drucker'))).toBe(text);
  expect(replyText(reply(text, 'Re: Fwd: Printer'))).toBe('Please see below.');
});

test('what we sent is folded without any mark, and only that', () => {
  const sent = shinglesOf([OURS]);
  const text = `It does not.\n\n${OURS}\n\nSo what now?`;
  const folded = foldReply(reply(text, 'Fwd: Printer'), sent);
  expect(visibleText(folded)).toBe('It does not.\n\n\nSo what now?');
  expect(folded.folded.map((span) => span.why)).toEqual(['sent']);
});

test("the customer's words between our lines stay, whatever the marks", () => {
  const ours = 'Is the printer on the second floor switched on?\nIs there enough paper in the lower tray?';
  const text = `${GMAIL}\n\n> Is the printer on the second floor switched on?\n> It was on Monday.\n> Is there enough paper in the lower tray?\nYes.`;
  expect(replyText(reply(text), shinglesOf([ours]))).toContain('Yes.');
});

test('below an attribution what we sent is enough of a mark: the answer under it stays', () => {
  const text = `${GMAIL}\n\n${OURS}\n\nThank you!`;
  expect(replyText(reply(text), shinglesOf([OURS]))).toBe('Thank you!');
});

test.each([
  ['reply-gmail-html-only', 'It prints again, thank you.\n\nAna'],
  ['reply-gmail-answers-inside-the-quote', 'Yes, it is on.'],
  ['reply-outlook-html-only', 'Das Papier ist leer.'],
  ['reply-flowed-delsp', 'It prints again, and nobody knows why it had stopped in the first place.'],
])('a reply as a mail program sends it: %s', async (name, expected) => {
  expect(replyText(await parseMessage(mailFixture(name)))).toBe(expected);
});

test('nothing is lost: the pieces are in order, within the text, and the rest is visible', () => {
  const line = fc.constantFrom(
    '> a',
    'a',
    '',
    GMAIL,
    '-- ',
    'From: a',
    'Subject: b',
    'To: c',
    '>',
    '____',
    'Sent from my x',
    '| a',
  );
  const html = fc.constantFrom(
    '<blockquote>',
    '</blockquote>',
    '<div class=gmail_quote>',
    '</div>',
    'a',
    'b c',
    '<hr id=zwchr>',
    '&lt;',
    '<p>',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.array(html, { maxLength: 30 }), (lines, pieces) => {
      for (const message of [reply(lines.join('\n')), { ...reply(pieces.join('')), html: pieces.join('') }]) {
        const { text, folded } = foldReply(message, shinglesOf(['a b c a b c a b c a b c']));
        expect(text).toBe(message.text);
        let at = 0;
        for (const { start, end } of folded) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 500 },
  );
});
