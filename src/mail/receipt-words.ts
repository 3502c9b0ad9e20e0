/**
 * How the subjects of receipts begin that come without a disposition notification (Lotus Notes, GroupWise, older
 * Exchange), per language, in lower case. They count together with the words below: people write of receipts too.
 */
export const RECEIPT_SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  en: ['return receipt', 'read receipt', 'read:', 'message status - opened', 'disposition notification'],
  de: ['lesebestätigung', 'gelesen:'],
  fr: ['accusé de lecture', 'confirmation de lecture', 'lu :', 'lu:'],
  es: ['confirmación de lectura', 'leído:'],
  pt: ['confirmação de leitura', 'recibo de leitura', 'lido:', 'lida:'],
  it: ['conferma di lettura', 'ricevuta di ritorno', 'letto:', 'notifica di lettura'],
  nl: ['leesbevestiging', 'ontvangstbevestiging', 'gelezen:'],
  sv: ['läskvitto', 'mottagningsbevis', 'läst:'],
  da: ['kvittering for læsning', 'læst:'],
  nb: ['lesebekreftelse', 'lest:'],
  fi: ['lukukuittaus', 'luettu:'],
  pl: ['potwierdzenie przeczytania', 'przeczytane:', 'przeczytano:'],
  cs: ['potvrzení o přečtení', 'přečteno:'],
  ru: ['уведомление о прочтении', 'прочитано:', 'прочтено:'],
  tr: ['okundu bilgisi', 'okundu:'],
  ja: ['開封済み', '開封確認', '開封通知'],
  zh: ['已读', '已讀', '读取回执', '阅读回执'],
};

/** What such a receipt says in its text, in lower case with single spaces. */
export const RECEIPT_PHRASES: readonly string[] = [
  ...['was read on', 'was displayed on', 'was opened on', 'has been read on', 'was received by:', 'your document:'],
  ...['this is a return receipt', 'this return receipt only'],
  ...['wurde gelesen am', 'gelesen am', 'gelesen wurde'],
  ...['a été lu le', 'a été affiché', 'fue leído', 'se leyó el', 'ha sido leído', 'foi lida', 'foi lido'],
  ...['è stato letto', 'è stato visualizzato', 'is gelezen op', 'gelezen op', 'lästes', 'blev læst', 'ble lest'],
  ...['luettiin', 'został odczytany', 'została odczytana', 'byla přečtena', 'прочитано', 'было прочитано'],
  ...['okundu', 'に開封されました', '開封され', '已被阅读', '已于', '已讀取'],
];
