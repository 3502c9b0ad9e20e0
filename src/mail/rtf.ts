import { decodeDeclared } from './charset.ts';

/** [MS-OXRTFCP] 2.1.3.1: what every dictionary begins with. */
const DICTIONARY =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial' +
  'Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';
const WINDOW_BYTES = 4096;
const HEADER_BYTES = 16;
const COMPRESSED = 0x75465a4c;
const UNCOMPRESSED = 0x414c454d;
const MAX_RTF_BYTES = 4 * 1024 * 1024;
const MAX_GROUPS = 1_000;
const MAX_TEXT_LENGTH = 1024 * 1024;
/** Groups that hold no text a person reads. */
const UNREAD_GROUP =
  /^(?:\*|fonttbl|colortbl|stylesheet|info|pict|object|header|footer|themedata|datastore|generator|listtable|htmltag\d*|mhtmltag\d*)$/;

/** The text of a compressed RTF body. [MS-OXRTFCP]. '' when there is none that can be read. */
export function textOfCompressedRtf(bytes: Buffer): string {
  return textOfRtf(decompress(bytes).toString('latin1'));
}

function decompress(bytes: Buffer): Buffer {
  if (bytes.length < HEADER_BYTES) return Buffer.alloc(0);
  const size = Math.min(bytes.readUInt32LE(4), MAX_RTF_BYTES);
  const kind = bytes.readUInt32LE(8);
  if (kind === UNCOMPRESSED) return bytes.subarray(HEADER_BYTES, HEADER_BYTES + size);
  if (kind !== COMPRESSED) return Buffer.alloc(0);
  const window = Buffer.alloc(WINDOW_BYTES, ' ');
  let write = window.write(DICTIONARY, 'latin1');
  const out = Buffer.alloc(size);
  let length = 0;
  const put = (byte: number): void => {
    if (length < size) out[length] = byte;
    length += 1;
    window[write] = byte;
    write = (write + 1) % WINDOW_BYTES;
  };
  for (let at = HEADER_BYTES; at < bytes.length && length < size;) {
    const control = bytes[at] ?? 0;
    at += 1;
    for (let bit = 0; bit < 8 && at < bytes.length && length < size; bit += 1) {
      if ((control & (1 << bit)) === 0) {
        put(bytes[at] ?? 0);
        at += 1;
        continue;
      }
      const reference = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      at += 2;
      const offset = reference >> 4;
      if (offset === write) return out.subarray(0, Math.min(length, size));
      for (let count = (reference & 15) + 2, from = offset; count > 0; count -= 1, from += 1) {
        put(window[from % WINDOW_BYTES] ?? 0);
      }
    }
  }
  return out.subarray(0, Math.min(length, size));
}

interface Group {
  readonly isUnread: boolean;
  /** How many characters stand in for one in Unicode. */
  readonly skip: number;
}

/** One pass over the control words; unknown ones are passed over. */
function textOfRtf(rtf: string): string {
  const out: string[] = [];
  const groups: Group[] = [];
  let group: Group = { isUnread: false, skip: 1 };
  let charset = 'windows-1252';
  let raw: number[] = [];
  let skip = 0;
  let length = 0;
  const say = (text: string): void => {
    if (raw.length > 0) out.push(decodeDeclared(Buffer.from(raw), charset));
    raw = [];
    length += text.length;
    out.push(text);
  };
  for (const [token, word, number, hex] of rtf.matchAll(TOKEN)) {
    if (length > MAX_TEXT_LENGTH || groups.length > MAX_GROUPS) break;
    if (token === '{') groups.push(group);
    else if (token === '}') group = groups.pop() ?? group;
    else if (token === '\\*') group = { ...group, isUnread: true };
    else if (hex !== undefined) {
      if (skip > 0) skip -= 1;
      else if (!group.isUnread) raw.push(Number.parseInt(hex, 16));
    } else if (word !== undefined) {
      if (UNREAD_GROUP.test(word)) group = { ...group, isUnread: true };
      else if (word === 'ansicpg') charset = `windows-${number ?? '1252'}`;
      else if (word === 'uc') group = { ...group, skip: Number(number ?? 1) };
      else if (word === 'u' && !group.isUnread) {
        say(String.fromCharCode(Number(number ?? 63) & 0xffff));
        skip = group.skip;
      } else if (!group.isUnread) say(WORDS[word] ?? '');
    } else if (!group.isUnread && !/^[\r\n]/.test(token)) {
      const text = token.startsWith('\\') ? (SYMBOLS[token.charAt(1)] ?? token.slice(1)) : token;
      say(skip > 0 ? text.slice(skip) : text);
      skip = 0;
    }
  }
  say('');
  const text = out
    .join('')
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return text;
}

/** A group's begin or end, a control word with its number, a byte in hex, a symbol, a line end, or text. */
const TOKEN = /[{}]|\\\*|\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\[^a-z]|[\r\n]+|[^\\{}\r\n]{1,1000}/g;

const WORDS: Readonly<Record<string, string>> = {
  par: '\n',
  line: '\n',
  row: '\n',
  sect: '\n',
  page: '\n',
  tab: '\t',
  cell: '\t',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  bullet: '•',
  endash: '–',
  emdash: '—',
};
const SYMBOLS: Readonly<Record<string, string>> = { '~': '\u00a0', '-': '', _: '-', '\r': '\n', '\n': '\n' };
