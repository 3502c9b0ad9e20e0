/** The lines of a header block as mail programs write it into a forward. */
export type BlockField = 'from' | 'date' | 'to' | 'subject' | 'cc' | 'message_id' | 'other';

/** How mail programs name those lines, per language, in lower case, composed, with single spaces. */
const LABELS: Readonly<Record<string, Readonly<Partial<Record<BlockField, readonly string[]>>>>> = {
  en: {
    from: ['from'],
    date: ['date', 'sent', 'sent at', 'sent on'],
    to: ['to'],
    subject: ['subject'],
    cc: ['cc', 'copy to'],
    message_id: ['message-id'],
    other: ['bcc', 'reply-to', 'reply to', 'organization', 'importance', 'priority', 'sensitivity', 'attachments'],
  },
  de: {
    from: ['von', 'absender'],
    date: ['datum', 'gesendet', 'gesendet am', 'verschickt'],
    to: ['an', 'empfänger'],
    subject: ['betreff'],
    cc: ['kopie', 'kopie an'],
    other: ['blindkopie', 'antwort an', 'wichtigkeit', 'priorität', 'anlagen', 'organisation'],
  },
  fr: {
    from: ['de', 'expéditeur'],
    date: ['date', 'envoyé', 'envoyé le', 'envoyée', "date d'envoi", 'date d’envoi'],
    to: ['à', 'a', 'pour', 'destinataire'],
    subject: ['objet', 'sujet'],
    cc: ['cc', 'copie à', 'copie'],
    other: ['cci', 'répondre à', 'importance', 'pièces jointes'],
  },
  es: {
    from: ['de', 'remitente'],
    date: ['fecha', 'enviado', 'enviado el', 'enviada', 'enviado a las'],
    to: ['para', 'a', 'destinatario'],
    subject: ['asunto'],
    cc: ['copia', 'con copia'],
    other: ['cco', 'responder a', 'importancia', 'datos adjuntos'],
  },
  pt: {
    from: ['de', 'remetente'],
    date: ['data', 'enviado', 'enviada', 'enviado em', 'enviada em', 'data de envio'],
    to: ['para', 'destinatário'],
    subject: ['assunto'],
    cc: ['cópia', 'com cópia'],
    other: ['prioridade', 'importância', 'anexos'],
  },
  it: {
    from: ['da', 'mittente'],
    date: ['data', 'inviato', 'inviato il', 'inviata', 'spedito'],
    to: ['a', 'per', 'destinatario'],
    subject: ['oggetto'],
    cc: ['cc', 'copia'],
    other: ['ccn', 'rispondi a', 'priorità', 'allegati'],
  },
  nl: {
    from: ['van', 'afzender'],
    date: ['datum', 'verzonden', 'verstuurd', 'verzonden op'],
    to: ['aan', 'ontvanger'],
    subject: ['onderwerp'],
    cc: ['kopie'],
    other: ['antwoord aan', 'beantwoorden aan', 'urgentie', 'bijlagen'],
  },
  sv: {
    from: ['från', 'avsändare'],
    date: ['datum', 'skickat', 'skickad', 'skickades'],
    to: ['till', 'mottagare'],
    subject: ['ämne'],
    cc: ['kopia'],
    other: ['svar till', 'prioritet', 'bilagor'],
  },
  da: { from: ['fra', 'afsender'], date: ['dato', 'sendt'], to: ['til', 'modtager'], subject: ['emne'], cc: ['kopi'] },
  no: { from: ['fra', 'avsender'], date: ['dato', 'sendt'], to: ['til', 'mottaker'], subject: ['emne'], cc: ['kopi'] },
  fi: {
    from: ['lähettäjä', 'keneltä'],
    date: ['päivämäärä', 'päiväys', 'lähetetty', 'pvm', 'aika'],
    to: ['vastaanottaja', 'kenelle'],
    subject: ['aihe', 'otsikko'],
    cc: ['kopio'],
  },
  pl: {
    from: ['od', 'nadawca'],
    date: ['data', 'wysłano', 'wysłane', 'wysłana', 'data wysłania'],
    to: ['do', 'adresat', 'odbiorca'],
    subject: ['temat'],
    cc: ['dw', 'do wiadomości', 'kopia'],
  },
  cs: {
    from: ['od', 'odesílatel'],
    date: ['datum', 'odesláno', 'posláno'],
    to: ['komu', 'pro', 'příjemce'],
    subject: ['předmět'],
    cc: ['kopie'],
  },
  sk: {
    from: ['odosielateľ'],
    date: ['dátum', 'odoslané'],
    to: ['pre', 'príjemca'],
    subject: ['predmet'],
    cc: ['kópia'],
  },
  hr: { from: ['šalje'], date: ['poslano', 'datum'], to: ['prima', 'za'], subject: ['predmet', 'naslov'] },
  hu: {
    from: ['feladó', 'küldő'],
    date: ['dátum', 'elküldve', 'küldve', 'küldés dátuma', 'küldés ideje'],
    to: ['címzett', 'címzettek'],
    subject: ['tárgy'],
    cc: ['másolat', 'másolatot kap'],
  },
  ro: {
    from: ['de la', 'expeditor'],
    date: ['data', 'dată', 'trimis', 'trimis la'],
    to: ['către', 'catre', 'la', 'destinatar'],
    subject: ['subiect'],
    cc: ['copie'],
  },
  el: {
    from: ['από', 'αποστολέας'],
    date: ['ημερομηνία', 'στάλθηκε', 'εστάλη', 'αποστολή', 'ημ/νία'],
    to: ['προς', 'παραλήπτης'],
    subject: ['θέμα'],
    cc: ['κοινοποίηση', 'κοιν', 'κοιν.'],
  },
  ru: {
    from: ['от', 'от кого', 'отправитель'],
    date: ['дата', 'отправлено', 'дата отправки', 'когда'],
    to: ['кому', 'получатель'],
    subject: ['тема'],
    cc: ['копия'],
  },
  uk: {
    from: ['від', 'від кого', 'відправник'],
    date: ['надіслано', 'відправлено', 'дата'],
    to: ['кому', 'до'],
    subject: ['тема'],
    cc: ['копія'],
  },
  bg: { from: ['от', 'подател'], date: ['дата', 'изпратено'], to: ['до', 'получател'], subject: ['относно', 'тема'] },
  tr: {
    from: ['kimden', 'gönderen'],
    date: ['tarih', 'gönderildi', 'gönderme tarihi', 'gönderilme tarihi', 'gönderim tarihi'],
    to: ['kime', 'alıcı'],
    subject: ['konu'],
    cc: ['bilgi'],
  },
  he: { from: ['מאת'], date: ['תאריך', 'נשלח'], to: ['אל'], subject: ['נושא'], cc: ['עותק'] },
  ar: { from: ['من'], date: ['التاريخ', 'تاريخ الإرسال'], to: ['إلى'], subject: ['الموضوع'], cc: ['نسخة'] },
  vi: { from: ['từ', 'người gửi'], date: ['ngày', 'đã gửi'], to: ['đến', 'tới', 'người nhận'], subject: ['chủ đề'] },
  ja: {
    from: ['差出人', '送信者', '送信元', '発信者'],
    date: ['日付', '日時', '送信日時', '送信日', '送信済み'],
    to: ['宛先', '受信者', '送信先'],
    subject: ['件名', '題名'],
  },
  zh: {
    from: ['发件人', '寄件人', '寄件者', '發件人', '发信人', '寄信人'],
    date: ['日期', '发送时间', '发送日期', '时间', '已发送', '寄件日期', '傳送日期', '傳送時間', '發送時間', '时 间'],
    to: ['收件人', '收件者', '收信人'],
    subject: ['主题', '主旨', '主題', '标题'],
    cc: ['抄送', '副本', '抄送人'],
  },
  ko: {
    from: ['보낸 사람', '보낸이', '발신', '발신자', '보낸사람'],
    date: ['날짜', '보낸 날짜', '보낸 시간', '발송일', '일시', '전송일'],
    to: ['받는 사람', '받는이', '수신', '수신자'],
    subject: ['제목'],
    cc: ['참조'],
  },
};

/** The field that a line's name means in any of the languages; the name as `wordsKey` gives it. */
export const FIELD_OF_LABEL: ReadonlyMap<string, BlockField> = new Map(
  Object.values(LABELS).flatMap((fields) =>
    Object.entries(fields).flatMap(([field, labels]) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table
      labels.map((label): [string, BlockField] => [wordsKey(label), field as BlockField]),
    ),
  ),
);

/** Words fit to be looked up: lower case, composed, without any space (Chinese programs pad their labels). */
export function wordsKey(words: string): string {
  return words.normalize('NFC').toLowerCase().replaceAll('i̇', 'i').replace(/\s+/g, '');
}
