import { wordsKey } from './forward-words.ts';

/** The line that mail programs write above a message they pass on, without its dashes, per language, in lower case. */
const BEGIN: Readonly<Record<string, readonly string[]>> = {
  en: [
    'forwarded message',
    'begin forwarded message',
    'start of forwarded message',
    'forwarded email',
    'forwarded mail',
  ],
  de: [
    'weitergeleitete nachricht',
    'anfang der weitergeleiteten nachricht',
    'beginn der weitergeleiteten nachricht',
    'weitergeleitete e-mail',
    'weitergeleitete mail',
  ],
  fr: [
    'message transféré',
    'début du message transféré',
    'début du message réexpédié',
    'message réexpédié',
    'e-mail transféré',
  ],
  es: ['mensaje reenviado', 'inicio del mensaje reenviado', 'comienzo del mensaje reenviado', 'correo reenviado'],
  pt: [
    'mensagem encaminhada',
    'mensagem reencaminhada',
    'início da mensagem encaminhada',
    'início da mensagem reencaminhada',
  ],
  it: ['messaggio inoltrato', 'inizio messaggio inoltrato', 'inizio del messaggio inoltrato', 'e-mail inoltrata'],
  nl: ['doorgestuurd bericht', 'begin doorgestuurd bericht', 'doorgestuurde e-mail', 'doorgezonden bericht'],
  sv: [
    'vidarebefordrat meddelande',
    'vidarebefordrat brev',
    'vidarebefordrat mejl',
    'början på vidarebefordrat meddelande',
    'början av vidarebefordrat meddelande',
  ],
  da: ['videresendt besked', 'videresendt meddelelse', 'start på videresendt besked', 'videresendt e-mail'],
  no: [
    'videresendt melding',
    'videresendt e-post',
    'start på videresendt melding',
    'begynnelse på videresendt melding',
  ],
  fi: ['välitetty viesti', 'edelleenlähetetty viesti', 'välitetty viesti alkaa', 'välitetyn viestin alku'],
  pl: [
    'przekazana wiadomość',
    'wiadomość przekazana',
    'przesłana wiadomość',
    'treść przekazanej wiadomości',
    'początek przekazywanej wiadomości',
    'początek przekazanej wiadomości',
  ],
  cs: ['přeposlaná zpráva', 'předaná zpráva', 'začátek přeposílané zprávy', 'začátek přeposlané zprávy'],
  sk: ['preposlaná správa', 'začiatok preposlanej správy'],
  hr: ['proslijeđena poruka', 'početak proslijeđene poruke'],
  hu: ['továbbított üzenet', 'továbbított levél', 'továbbított üzenet kezdete', 'a továbbított üzenet kezdete'],
  ro: [
    'mesaj redirecționat',
    'mesaj redirecţionat',
    'mesaj retransmis',
    'mesaj transmis mai departe',
    'începutul mesajului redirecționat',
  ],
  el: ['προωθημένο μήνυμα', 'διαβιβασμένο μήνυμα', 'έναρξη προωθημένου μηνύματος', 'αρχή προωθημένου μηνύματος'],
  ru: [
    'пересылаемое сообщение',
    'пересланное сообщение',
    'переадресованное сообщение',
    'перенаправленное сообщение',
    'пересланное письмо',
    'начало пересылаемого сообщения',
    'начало пересланного сообщения',
    'начало переадресованного сообщения',
  ],
  uk: [
    'переслане повідомлення',
    'переадресоване повідомлення',
    'пересланий лист',
    'початок пересланого повідомлення',
    'початок переадресованого повідомлення',
    'початок листа, що пересилається',
  ],
  bg: ['препратено съобщение', 'начало на препратеното съобщение'],
  tr: [
    'iletilen mesaj',
    'iletilmiş mesaj',
    'iletilen ileti',
    'iletilmiş ileti',
    'yönlendirilen ileti',
    'yönlendirilmiş ileti',
    'iletilen ileti başlangıcı',
    'iletilmiş iletinin başlangıcı',
  ],
  he: ['הודעה שהועברה', 'תחילת ההודעה שהועברה'],
  ar: ['رسالة معاد توجيهها', 'رسالة مُعاد توجيهها', 'بدء الرسالة المعاد توجيهها'],
  vi: ['thư được chuyển tiếp', 'thư đã chuyển tiếp', 'bắt đầu thư được chuyển tiếp'],
  ja: ['転送されたメッセージ', '転送メッセージ', '転送されたメール', '転送メール', '転送されたメッセージの始まり'],
  zh: [
    ...[
      '转发的邮件',
      '转发邮件',
      '转发邮件信息',
      '转发的消息',
      '下面是被转发的邮件',
      '以下是转发的邮件',
      '开始转发的邮件',
    ],
    ...['轉寄的郵件', '轉寄郵件', '轉寄的訊息', '轉寄訊息', '以下是轉寄的郵件', '開始轉寄郵件', '轉寄信件'],
  ],
  ko: ['전달된 메시지', '전달된 메일', '전달된 이메일', '전달 메시지', '전달된 메시지 시작'],
};

/** What stands below the message where the program closes it. */
const END: readonly string[] = [
  ...['end forwarded message', 'end of forwarded message', 'ende der weitergeleiteten nachricht'],
  ...['fin du message transféré', 'fin del mensaje reenviado', 'fim da mensagem encaminhada'],
  ...['fine messaggio inoltrato', 'einde doorgestuurd bericht'],
  ...['конец пересылаемого сообщения', 'завершение пересылаемого сообщения', 'конец пересланного сообщения'],
];

const BEGINS: ReadonlySet<string> = new Set(Object.values(BEGIN).flat().map(wordsKey));
/** Mutt, Horde and Lotus Notes name on this line who wrote it, or who passes it on. */
const BEGINNINGS = ['forwarded message from ', 'forwarded by '].map(wordsKey);
const ENDS: ReadonlySet<string> = new Set(END.map(wordsKey));
const MAX_MARK_LENGTH = 200;

/** Whether a line says that a forwarded message follows. Mail programs put it between dashes or end it with a colon. */
export function beginsForward(line: string): boolean {
  const words = markIn(line);
  return words !== null && (BEGINS.has(words) || BEGINNINGS.some((beginning) => words.startsWith(beginning)));
}

/** Whether a line says that the forwarded message is over. */
export function endsForward(line: string): boolean {
  return ENDS.has(markIn(line) ?? '');
}

/** Whether a line is there to divide: nothing but dashes, or words between dashes ("-----Original Message-----"). */
export function dividesText(line: string): boolean {
  const text = line.trim().slice(0, MAX_MARK_LENGTH);
  return /^[-_=*~—–─]{2,}$/.test(text) || (/^[-_=—–─]{3}/.test(text) && /[-_=—–─]{3}$/.test(text));
}

function markIn(line: string): string | null {
  if (line.length > MAX_MARK_LENGTH) return null;
  const text = line.replace(/[\u200b-\u200f\u202a-\u202e\ufeff*]/g, '').trim();
  if (!/^[-_=—–─]{2}|[:：]$/.test(text)) return null;
  return wordsKey(text.replace(/^[-_=—–─\s]+/, '').replace(/[-_=—–─\s:：]+$/, ''));
}
