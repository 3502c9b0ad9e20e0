/** How a mail program marks what it quotes in HTML. */
export interface QuoteMark {
  /** The mail program, or the id by which the mark is known. */
  readonly id: string;
  /** The element; any if null. */
  readonly element: string | null;
  readonly attribute: 'class' | 'id' | 'type' | 'name' | 'style' | 'data-marker';
  readonly value: RegExp;
  /**
   * `element`: that element is the quote. `container`: it is one up to the end of the first blockquote in it, because
   * answers between quotes are written behind that. `rest`: all that follows is.
   */
  readonly folds: 'element' | 'container' | 'rest';
}

/**
 * What Outlook.com puts before names ("x_", once "ecx"), Gmail ("m_" and a number) and Yahoo ("ydp" and a number) when
 * they show a mail and somebody answers it.
 */
const PREFIX = '(?:^|\\s)(?:x_|ecx|m_-?\\d+|ydp[\\da-f]+)*';
const named = (name: string): RegExp => new RegExp(`${PREFIX}${name}(?:$|\\s)`, 'i');

/** The first mark that fits decides. Forwards that use the same marks are told apart by their first line. */
export const QUOTE_MARKS: readonly QuoteMark[] = [
  { id: 'gmail_attribution', element: null, attribute: 'class', value: named('gmail_attr'), folds: 'element' },
  { id: 'gmail_blockquote', element: 'blockquote', attribute: 'class', value: named('gmail_quote'), folds: 'element' },
  {
    id: 'gmail',
    element: null,
    attribute: 'class',
    value: named('gmail_quote(?:_container)?'),
    folds: 'container',
  },
  { id: 'cite', element: 'blockquote', attribute: 'type', value: /^cite$/i, folds: 'element' },
  { id: 'thunderbird', element: null, attribute: 'class', value: named('moz-cite-prefix'), folds: 'element' },
  { id: 'outlook_reply', element: null, attribute: 'id', value: named('divRplyFwdMsg'), folds: 'rest' },
  { id: 'outlook_append', element: null, attribute: 'id', value: named('appendonsend'), folds: 'rest' },
  {
    id: 'outlook_mac',
    element: null,
    attribute: 'id',
    value: named('OLK_SRC_BODY_SECTION'),
    folds: 'element',
  },
  {
    id: 'outlook_mobile',
    element: null,
    attribute: 'id',
    value: named('(?:mail-editor-reference-message-container|ms-outlook-mobile-reference-message)'),
    folds: 'element',
  },
  {
    id: 'outlook_mobile_class',
    element: null,
    attribute: 'class',
    value: named('ms-outlook-mobile-reference-message'),
    folds: 'element',
  },
  {
    // The line above the header that Word draws, in its old and its new colour.
    id: 'outlook_word',
    element: 'div',
    attribute: 'style',
    value: /border-top:\s?solid\s#(?:b5c4df|e1e1e1)\s1\.0pt;\s?padding:\s?3\.0pt/i,
    folds: 'rest',
  },
  { id: 'hotmail', element: 'hr', attribute: 'id', value: named('stopSpelling'), folds: 'rest' },
  { id: 'zimbra', element: 'hr', attribute: 'id', value: named('zwchr'), folds: 'rest' },
  { id: 'zimbra_marker', element: 'hr', attribute: 'data-marker', value: /^__DIVIDER__$/, folds: 'rest' },
  { id: 'yahoo', element: null, attribute: 'class', value: named('yahoo_quoted'), folds: 'element' },
  { id: 'yahoo_id', element: null, attribute: 'id', value: named('yahoo_quoted(?:_\\d+)?'), folds: 'element' },
  { id: 'proton', element: null, attribute: 'class', value: named('protonmail_quote'), folds: 'element' },
  { id: 'tutanota', element: null, attribute: 'class', value: named('tutanota_quote'), folds: 'element' },
  { id: 'roundcube', element: null, attribute: 'id', value: named('(?:reply-intro|replybody1)'), folds: 'element' },
  { id: 'fastmail', element: 'blockquote', attribute: 'id', value: named('qt'), folds: 'element' },
  { id: 'gmx', element: 'div', attribute: 'name', value: /^quote$/i, folds: 'element' },
  { id: 'spark', element: null, attribute: 'name', value: /^messageReplySection$/i, folds: 'element' },
  { id: 'zoho', element: null, attribute: 'class', value: named('zmail_extra'), folds: 'element' },
  { id: 'zoho_blockquote', element: null, attribute: 'id', value: named('blockquote_zmail'), folds: 'element' },
  { id: 'netease', element: null, attribute: 'id', value: named('isReplyContent'), folds: 'element' },
  { id: 'mail_ru', element: null, attribute: 'class', value: named('mail-quote-collapse'), folds: 'element' },
  { id: 'mail_ru_id', element: null, attribute: 'id', value: named('mail-app-auto-quote'), folds: 'element' },
  { id: 'front', element: 'blockquote', attribute: 'class', value: named('front-blockquote'), folds: 'element' },
  { id: 'missive', element: null, attribute: 'class', value: named('missive_quote'), folds: 'element' },
];
