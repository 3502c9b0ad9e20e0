import type { Line } from './reply-lines.ts';

/** What telephones and mail programs add by themselves, as a line begins with it; in lower case. */
const SENT_FROM = [
  ...['sent from my ', 'sent from mail', 'sent from a ', 'sent from outlook', 'sent from yahoo', 'sent from samsung'],
  ...[
    'sent from proton',
    'sent from gmail',
    'sent via ',
    'sent with ',
    'sent using ',
    'sent by my ',
    'get outlook for',
  ],
  ...[
    'sent from ',
    'gesendet von ',
    'gesendet mit ',
    'von meinem ',
    'diese nachricht wurde von meinem ',
    'gesendet über ',
  ],
  ...['outlook für ', 'envoyé de mon ', 'envoyé depuis ', 'envoyé à partir de ', 'envoyé de ', 'obtenir outlook pour '],
  ...[
    'télécharger outlook pour ',
    'provenance : courrier',
    'enviado desde ',
    'enviado de ',
    'enviado do ',
    'enviado via ',
  ],
  ...['obtener outlook para ', 'obter o outlook para ', 'inviato da ', 'inviato dal ', 'ottieni outlook per '],
  ...[
    'scarica outlook per ',
    'verzonden vanaf ',
    'verzonden via ',
    'verstuurd vanaf ',
    'verzonden met ',
    'outlook voor ',
  ],
  ...['sendt fra ', 'hent outlook til ', 'få outlook for ', 'skickat från ', 'skickades från ', 'hämta outlook för '],
  ...[
    'lähetetty ',
    'hanki outlook',
    'wysłane z ',
    'wysłano z ',
    'pobierz program outlook',
    'odesláno z ',
    'odoslané z ',
  ],
  ...[
    'отправлено с ',
    'отправлено из ',
    'надіслано з ',
    'відправлено з ',
    'изпратено от ',
    'trimis de pe ',
    'trimis din ',
  ],
  ...[
    'στάλθηκε από ',
    'נשלח מ',
    'أُرسلت من ',
    '发自我的',
    '從我的 iphone',
    '自我的',
    'iphoneから送信',
    '나의 iphone에서',
  ],
  ...['poslano s ', 'poslano iz ', 'saadetud minu ', 'dikirim dari ', 'đã gửi từ ', 'ส่งจาก', 'enviat des ', 'küldve: '],
];
/** The same where the language puts it last. */
const SENT_FROM_END = ['gesendet', "'umdan gönderildi", "'dan gönderildi", '-omról küldve', 'mről küldve', 'から送信'];

const MAX_SENT_FROM_LENGTH = 60;
const MAX_WITH_LINK_LENGTH = 300;
/** A line of dashes that no standard knows begins a signature only if not much follows. */
export const MAX_LOOSE_LINES = 15;

/** How the lines from here on are a signature: all of them, only if few, this one alone; null if they are none. */
export function signatureStart(line: Line, raw: string): 'any' | 'few' | 'sent_from' | null {
  if (line.quote !== null || line.text === '') return null;
  // RFC 3676 4.3 has the space; most programs on the way take it away.
  if (/^-- \r?\n?$/.test(raw)) return 'any';
  if (line.text === '--' || line.text === '- --' || /^_{5,}$/.test(line.text)) return 'few';
  return isSentFrom(line.text) ? 'sent_from' : null;
}

function isSentFrom(line: string): boolean {
  if (line.length > MAX_WITH_LINK_LENGTH) return false;
  const bare = line
    .replace(/[<([]?https?:[^\s>\])]*[>\])]?/gi, '')
    .replace(/^[[(<*_ ]+|[\])>*_ ]+$/g, '')
    .toLowerCase();
  if (bare.length > MAX_SENT_FROM_LENGTH || /[.!?]$/.test(bare)) return false;
  if (SENT_FROM.some((phrase) => bare.startsWith(phrase))) return true;
  return SENT_FROM_END.some((phrase) => bare.endsWith(phrase)) && bare.length <= MAX_SENT_FROM_LENGTH / 2;
}
