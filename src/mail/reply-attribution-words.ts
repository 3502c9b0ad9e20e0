/** The words around a quote's attribution in one language, in lower case. */
export interface AttributionWords {
  /** What such a line begins with, before the date. */
  readonly begin: readonly string[];
  /** What says that somebody wrote. */
  readonly wrote: readonly string[];
}

/** As Gmail, Apple Mail, Thunderbird, Outlook, Yahoo and Roundcube write them. The keys are BCP 47. */
export const ATTRIBUTION_WORDS: Readonly<Record<string, AttributionWords>> = {
  ar: { begin: ['في', 'بتاريخ'], wrote: ['كتب', 'كتبت', 'كتب/كتبت'] },
  bg: { begin: ['на'], wrote: ['написа', 'пише'] },
  ca: { begin: ['el', 'en data', 'missatge de'], wrote: ['va escriure', 'ha escrit', 'missatge de'] },
  cs: { begin: ['dne', 'v'], wrote: ['napsal', 'napsala', 'napsal(a)', 'napsal/a', 'píše'] },
  da: { begin: ['den', 'på', 'd.'], wrote: ['skrev'] },
  de: {
    begin: ['am', 'von', 'um'],
    wrote: ['schrieb', 'schrieben', 'schreibt', 'geschrieben', 'hat geschrieben'],
  },
  el: { begin: ['στις', 'την', 'τη'], wrote: ['έγραψε', 'έγραψαν'] },
  en: { begin: ['on', 'at', 'in a message dated', 'in message'], wrote: ['wrote', 'writes', 'has written', 'sent'] },
  es: { begin: ['el', 'en fecha'], wrote: ['escribió', 'escribio', 'ha escrito', 'escribiste'] },
  et: { begin: ['kuupäeval'], wrote: ['kirjutas'] },
  eu: { begin: [], wrote: ['idatzi du', 'igorleak hau idatzi zuen'] },
  fi: { begin: ['ke', 'to', 'pe', 'la', 'su', 'ma', 'ti'], wrote: ['kirjoitti'] },
  fr: { begin: ['le', 'à'], wrote: ['a écrit', 'a ecrit', 'écrit', 'écrivait'] },
  gl: { begin: ['o'], wrote: ['escribiu'] },
  he: { begin: ['בתאריך', 'ב-', 'ביום'], wrote: ['כתב', 'כתבה', 'כתב/ה', 'מאת'] },
  hr: { begin: ['dana', 'u'], wrote: ['je napisao', 'je napisala', 'je napisao/la', 'napisao je', 'piše'] },
  hu: { begin: [], wrote: ['írta', 'ezt írta', 'a következőt írta'] },
  id: { begin: ['pada'], wrote: ['menulis'] },
  is: { begin: ['þann'], wrote: ['skrifaði'] },
  it: { begin: ['il', 'in data', 'alle'], wrote: ['ha scritto', 'scrisse', 'scrive'] },
  ja: { begin: [], wrote: ['のメール', '書きました', 'さんは書きました', 'のメッセージ'] },
  ko: { begin: [], wrote: ['작성', '님이 작성', '님의 말'] },
  lt: { begin: [], wrote: ['rašė', 'parašė'] },
  lv: { begin: [], wrote: ['rakstīja'] },
  nl: { begin: ['op'], wrote: ['schreef', 'heeft geschreven', 'het volgende geschreven', 'schreven'] },
  no: { begin: ['den', 'på', 'kl.'], wrote: ['skrev'] },
  pl: {
    begin: ['w dniu', 'dnia', 'dn.', 'w'],
    wrote: ['napisał', 'napisała', 'napisał(a)', 'pisze', 'napisano', 'napisali'],
  },
  pt: { begin: ['em', 'no dia', 'a', 'na'], wrote: ['escreveu', 'escreveram'] },
  ro: { begin: ['în', 'pe', 'la'], wrote: ['a scris'] },
  ru: { begin: ['в', 'от'], wrote: ['написал', 'написала', 'написал(а)', 'пишет', 'писал', 'писал(а)'] },
  sk: { begin: ['dňa', 'dna'], wrote: ['napísal', 'napísala', 'napísal(a)', 'píše'] },
  sl: { begin: ['dne'], wrote: ['je napisal', 'je napisala', 'je oseba'] },
  sr: { begin: ['дана', 'дана:'], wrote: ['је написао', 'је написала', 'је написао/ла'] },
  sv: { begin: ['den', 'på', 'kl.'], wrote: ['skrev', 'skriver'] },
  th: { begin: ['เมื่อ', 'ในวันที่', 'ใน'], wrote: ['เขียนว่า'] },
  tr: { begin: [], wrote: ['yazdı', 'şunu yazdı', 'şunları yazdı'] },
  uk: { begin: ['у', 'в'], wrote: ['написав', 'написала', 'написав(-ла)', 'пише', 'писав', 'писав(ла)'] },
  vi: { begin: ['vào', 'vào lúc', 'ngày', 'lúc'], wrote: ['đã viết', 'viết'] },
  zh: { begin: ['在', '于', '於'], wrote: ['写道', '寫道', '写到', '撰寫'] },
};
