/** What stands between dashes above the mail that is answered, in lower case. */
const ORIGINAL_MESSAGE = new Set([
  ...['original message', 'reply message', 'original email', 'previous message', 'original appointment'],
  ...['ursprüngliche nachricht', 'originalnachricht', 'original-nachricht', 'original nachricht', 'antwort nachricht'],
  ...['ursprüngliche e-mail', "message d'origine", 'message d’origine', 'message original', 'message initial'],
  ...['mensaje original', 'mensagem original', 'messaggio originale', 'messaggio di origine', 'missatge original'],
  ...['oorspronkelijk bericht', 'origineel bericht', 'oprindelig meddelelse', 'oprindelig besked', 'original besked'],
  ...['opprinnelig melding', 'opprinnelig e-post', 'original melding', 'ursprungligt meddelande', 'originalmeddelande'],
  ...['alkuperäinen viesti', 'oryginalna wiadomość', 'wiadomość oryginalna', 'původní zpráva', 'původní e-mail'],
  ...['pôvodná správa', 'eredeti üzenet', 'mesajul original', 'mesaj original', 'orijinal mesaj', 'özgün ileti'],
  ...['исходное сообщение', 'оригинальное сообщение', 'первоначальное сообщение', 'початкове повідомлення'],
  ...['оригінальне повідомлення', 'оригинално съобщение', 'αρχικό μήνυμα', 'הודעה מקורית', 'الرسالة الأصلية'],
  ...['原始邮件', '原始郵件', '原邮件', '元のメッセージ', '원본 메시지', 'izvorna poruka', 'originalna poruka'],
  ...['izvirno sporočilo', 'algne kiri', 'thư gốc', 'pesan asli', 'ข้อความต้นฉบับ', 'quoted message'],
]);

/** What stands above a mail that is passed on: it is what the customer wants to show us. */
const FORWARDED_MESSAGE = new Set([
  ...['forwarded message', 'begin forwarded message', 'forwarded mail', 'weitergeleitete nachricht'],
  ...['anfang der weitergeleiteten nachricht', 'weitergeleitete mail', 'message transféré', 'message transmis'],
  ...['début du message transféré', 'début du message réexpédié', 'mensaje reenviado', 'inicio del mensaje reenviado'],
  ...['mensagem encaminhada', 'mensagem reencaminhada', 'início da mensagem encaminhada', 'messaggio inoltrato'],
  ...['início da mensagem reencaminhada', 'inizio messaggio inoltrato', 'inizio del messaggio inoltrato'],
  ...['doorgestuurd bericht', 'begin doorgestuurd bericht', 'begin van doorgestuurd bericht', 'missatge reenviat'],
  ...['videresendt meddelelse', 'videresendt besked', 'start på videresendt besked', 'videresendt melding'],
  ...['start på videresendt melding', 'videresendt e-post', 'vidarebefordrat meddelande', 'vidarebefordrat brev'],
  ...['välitetty viesti', 'edelleenlähetetty viesti', 'przekazana wiadomość', 'wiadomość przekazana'],
  ...['początek przekazywanej wiadomości', 'přeposlaná zpráva', 'začátek přeposlané zprávy', 'preposlaná správa'],
  ...['továbbított üzenet', 'mesaj redirecționat', 'iletilen mesaj', 'yönlendirilen ileti', 'iletilmiş mesaj'],
  ...['пересылаемое сообщение', 'перенаправленное сообщение', 'начало переадресованного сообщения'],
  ...['переслане повідомлення', 'прехвърлено съобщение', 'προωθημένο μήνυμα', 'הודעה שהועברה', 'رسالة معاد توجيهها'],
  ...['转发的邮件', '转发邮件信息', '轉寄的郵件', '轉寄郵件', '開始轉寄郵件', '転送されたメッセージ', '転送メッセージ'],
  ...['전달된 메시지', '전달된 메일', 'proslijeđena poruka', 'thư đã được chuyển tiếp', 'pesan terusan'],
]);

/** Whether the line says that the mail being answered follows, between dashes: "-----Original Message-----". */
export function isOriginalMessageLine(line: string): boolean {
  const bare = withoutRules(line);
  return bare !== null && bare.hasRule && ORIGINAL_MESSAGE.has(bare.text);
}

/** Whether the line says that a mail passed on follows. */
export function isForwardLine(line: string): boolean {
  const bare = withoutRules(line);
  return bare !== null && (bare.hasRule || bare.hasColon) && FORWARDED_MESSAGE.has(bare.text);
}

/** Whether the line is only a rule of dashes, underscores or the like. */
export function isRule(line: string): boolean {
  return line.length >= 3 && /^[-_=*–—]+$/.test(line);
}

const MAX_LENGTH = 120;

function withoutRules(line: string): { text: string; hasRule: boolean; hasColon: boolean } | null {
  if (line.length > MAX_LENGTH) return null;
  const bare = line
    .replace(/^[-_=*–—>| ]+/, '')
    .replace(/[-_=*–—<| ]+$/, '')
    .toLowerCase();
  return {
    text: bare.replace(/ ?[:：]$/, ''),
    hasRule: /^(?:[-_=*–—] ?){2}/.test(line),
    hasColon: /[:：]$/.test(bare),
  };
}
