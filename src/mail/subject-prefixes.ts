/**
 * What mail programs put before the subject of an answer, in lower case, composed, without counter and colon. Finnish
 * "VS" is an answer, Danish and Norwegian "VS" a forward: it stands in both tables.
 */
export const REPLY_PREFIXES: readonly string[] = [
  're',
  'reply',
  // Czech and Polish; Danish, Norwegian, Swedish, Icelandic; German; Dutch; Finnish.
  ...['odp', 'sv', 'svar', 'aw', 'antwort', 'antw', 'betr', 'vs'],
  // French and Italian; Portuguese; Spanish; Hungarian; Turkish; Welsh; Indonesian; Vietnamese.
  ...['rép', 'rif', 'r', 'res', 'resp', 'rpta', 'vá', 'válasz', 'ynt', 'yan', 'yanıt', 'cevap', 'atb'],
  ...['bls', 'trả lời'],
  // Greek; Russian (Outlook and others), Ukrainian, Bulgarian.
  ...['απ', 'απαντ', 'σχετ', 'на', 'ha', 'отв', 'ответ', 'відп', 'відповідь', 'отг'],
  // Hebrew; Arabic; Thai; Chinese; Japanese; Korean.
  ...['השב', 'תגובה', 'رد', 'ตอบ', 'ตอบกลับ', '回复', '答复', '回覆', '答覆', '回信', '返信', '회신', '답장'],
];

/** The same for what is passed on. */
export const FORWARD_PREFIXES: readonly string[] = [
  ...['fwd', 'fw', 'forward', 'forwarded'],
  // German; Dutch; Danish and Norwegian; Swedish; Finnish.
  ...['wg', 'weitergeleitet', 'doorst', 'vs', 'videresendt', 'vb', 'vidarebefordrat', 'vl'],
  // French; Spanish; Portuguese; Italian; Romanian; Polish; Czech and Slovak; Hungarian; Turkish; Indonesian; Vietnamese.
  ...['tr', 'rv', 'reenv', 'reenviado', 'enc', 'encaminhada', 'i', 'redir', 'pd', 'pdl', 'přep', 'předat', 'prep'],
  ...['továbbítás', 'továbbított', 'továbbküldés', 'ilt', 'i̇lt', 'ilet', 'i̇let', 'trs', 'chuyển tiếp'],
  // Greek; Russian, Ukrainian, Bulgarian.
  ...['πρθ', 'προωθ', 'пересл', 'пересылка', 'пер', 'перес', 'прп', 'препр'],
  // Hebrew; Arabic; Thai; Chinese; Japanese; Korean.
  ...['הועבר', 'إعادة توجيه', 'ส่งต่อ', '转发', '轉寄', '轉發', '转寄', '転送', '전달'],
];
