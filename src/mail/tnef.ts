import { decodeDeclared } from './charset.ts';
import { readMapiProperties } from './tnef-properties.ts';
import type { MapiProperties } from './tnef-properties.ts';
import { textOfCompressedRtf } from './rtf.ts';

/** What an Outlook container (winmail.dat) holds. */
export interface TnefContainer {
  /** The message's own text; '' when it has none. */
  readonly text: string;
  readonly html: string;
  readonly files: readonly TnefFile[];
  /** What could not be read, in words; null when all was. */
  readonly problem: string | null;
}

export interface TnefFile {
  readonly name: string;
  /** '' when it is not told. */
  readonly type: string;
  /** Without angle brackets; '' when there is none. */
  readonly contentId: string;
  readonly content: Buffer;
}

/** [MS-OXTNEF] 2.1.3.1: the signature and a key of two bytes, then attributes. */
const SIGNATURE = 0x223e9f78;
const HEADER_BYTES = 6;
/** Level, id and length of an attribute before its data; a checksum behind. */
const ATTRIBUTE_BYTES = 9;
const CHECKSUM_BYTES = 2;
const MAX_ATTRIBUTES = 10_000;
const MAX_FILES = 500;
/** A message within a message; Outlook nests a few. */
const MAX_DEPTH = 5;

const ATTRIBUTE = {
  body: 0x0002800c,
  codePage: 0x00069007,
  messageProperties: 0x00069003,
  fileBegins: 0x00069002,
  fileTitle: 0x00018010,
  fileData: 0x0006800f,
  fileProperties: 0x00069005,
} as const;

const PROPERTY = {
  body: 0x1000,
  rtf: 0x1009,
  html: 0x1013,
  codePage: 0x3fde,
  data: 0x3701,
  fileName: 0x3704,
  longFileName: 0x3707,
  displayName: 0x3001,
  mimeType: 0x370e,
  contentId: 0x3712,
} as const;

/** Whether an attachment is such a container: by its type or name, and by how it begins. */
export function isTnef(contentType: unknown, fileName: string | undefined, content: Buffer): boolean {
  const isNamed =
    (typeof contentType === 'string' && /^application\/(?:vnd\.)?ms-tnef$/i.test(contentType)) ||
    /^win(?:mail|dat)?\.dat$/i.test(fileName ?? '');
  return isNamed && content.length > HEADER_BYTES && content.readUInt32LE(0) === SIGNATURE;
}

/** Reads a container. [MS-OXTNEF]. Takes any bytes: what is broken ends the reading, and what was read until then counts. */
export function decodeTnef(bytes: Buffer, depth = 0): TnefContainer {
  const state: Reading = {
    codePage: 'windows-1252',
    text: '',
    html: '',
    rtf: '',
    files: [],
    open: null,
    problem: null,
  };
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== SIGNATURE) {
    return { text: '', html: '', files: [], problem: 'an Outlook container without its signature' };
  }
  let at = HEADER_BYTES;
  for (let count = 0; at + ATTRIBUTE_BYTES <= bytes.length; count += 1) {
    const id = bytes.readUInt32LE(at + 1);
    const start = at + ATTRIBUTE_BYTES;
    const end = start + bytes.readUInt32LE(at + 5);
    if (count >= MAX_ATTRIBUTES || end > bytes.length) {
      state.problem = 'an Outlook container that is cut off or damaged: read as far as it goes';
      break;
    }
    READERS[id]?.(state, bytes.subarray(start, end), depth);
    at = end + CHECKSUM_BYTES;
  }
  closeFile(state, depth);
  const { text, html, rtf, files, problem } = state;
  return { text: text.trim() === '' && html === '' ? rtf : text, html, files, problem };
}

interface OpenFile {
  name: string;
  type: string;
  contentId: string;
  content: Buffer | null;
  inner: Buffer | null;
}

interface Reading {
  codePage: string;
  text: string;
  html: string;
  rtf: string;
  readonly files: TnefFile[];
  open: OpenFile | null;
  problem: string | null;
}

const READERS: Readonly<Record<number, (state: Reading, value: Buffer, depth: number) => void>> = {
  [ATTRIBUTE.codePage]: (state, value) => {
    if (value.length >= 4) state.codePage = charsetOf(value.readUInt32LE(0)) ?? state.codePage;
  },
  [ATTRIBUTE.body]: (state, value) => {
    state.text ||= textOf(value, state.codePage);
  },
  [ATTRIBUTE.messageProperties]: (state, value) => {
    const properties = readMapiProperties(value);
    const codePage = properties.numbers.get(PROPERTY.codePage);
    const charset = (codePage === undefined ? null : charsetOf(codePage)) ?? state.codePage;
    state.text = stringOf(properties, PROPERTY.body, state.codePage) || state.text;
    const html = properties.binaries.get(PROPERTY.html);
    state.html = html === undefined ? stringOf(properties, PROPERTY.html, charset) : textOf(html, charset);
    const rtf = properties.binaries.get(PROPERTY.rtf);
    if (rtf !== undefined) state.rtf = textOfCompressedRtf(rtf);
  },
  [ATTRIBUTE.fileBegins]: (state, _, depth) => {
    closeFile(state, depth);
    state.open = { name: '', type: '', contentId: '', content: null, inner: null };
  },
  [ATTRIBUTE.fileTitle]: ({ open, codePage }, value) => {
    if (open !== null) open.name ||= textOf(value, codePage);
  },
  [ATTRIBUTE.fileData]: ({ open }, value) => {
    if (open !== null) open.content = value;
  },
  [ATTRIBUTE.fileProperties]: ({ open, codePage }, value) => {
    if (open === null) return;
    const properties = readMapiProperties(value);
    const name = [PROPERTY.longFileName, PROPERTY.fileName, PROPERTY.displayName]
      .map((id) => stringOf(properties, id, codePage))
      .find((found) => found !== '');
    open.name = name ?? open.name;
    open.type = stringOf(properties, PROPERTY.mimeType, codePage).toLowerCase();
    open.contentId = stringOf(properties, PROPERTY.contentId, codePage).replace(/^<|>$/g, '');
    open.inner = properties.binaries.get(PROPERTY.data) ?? null;
  },
};

/** A file is whole when the next begins. A message in it is a container of its own, behind the id of its interface. */
function closeFile(state: Reading, depth: number): void {
  const { open, files } = state;
  state.open = null;
  if (open === null || files.length >= MAX_FILES) return;
  const inner = open.inner?.subarray(INTERFACE_ID_BYTES) ?? null;
  if (inner !== null && inner.length > HEADER_BYTES && inner.readUInt32LE(0) === SIGNATURE) {
    const container = depth < MAX_DEPTH ? decodeTnef(inner, depth + 1) : null;
    files.push(readableMessage(open.name, container, inner), ...(container?.files ?? []).slice(0, MAX_FILES));
    return;
  }
  const content = open.content ?? open.inner;
  if (content !== null) files.push({ name: open.name, type: open.type, contentId: open.contentId, content });
}

const INTERFACE_ID_BYTES = 16;

/** A message within as what a person can open: its text or HTML; without either, the container it came in. */
function readableMessage(name: string, container: TnefContainer | null, inner: Buffer): TnefFile {
  if (container !== null && container.html !== '') {
    return { name: `${name}.html`, type: 'text/html', contentId: '', content: Buffer.from(container.html) };
  }
  if (container !== null && container.text !== '') {
    return { name: `${name}.txt`, type: 'text/plain', contentId: '', content: Buffer.from(container.text) };
  }
  return { name: `${name}.dat`, type: 'application/ms-tnef', contentId: '', content: inner };
}

/** Windows code pages as the Encoding Standard names them. */
function charsetOf(codePage: number): string | null {
  const named: Readonly<Record<number, string>> = {
    932: 'shift_jis',
    936: 'gbk',
    949: 'euc-kr',
    950: 'big5',
    20866: 'koi8-r',
    28591: 'iso-8859-1',
    28605: 'iso-8859-15',
    50220: 'iso-2022-jp',
    54936: 'gb18030',
    65001: 'utf-8',
  };
  return named[codePage] ?? ((codePage >= 1250 && codePage <= 1258) || codePage === 874 ? `windows-${codePage}` : null);
}

function stringOf(properties: MapiProperties, id: number, codePage: string): string {
  const text = properties.strings.get(id);
  if (text !== undefined) return text;
  const bytes = properties.narrowStrings.get(id);
  return bytes === undefined ? '' : textOf(bytes, codePage);
}

/** Strings of eight bits end with NUL. */
function textOf(bytes: Buffer, codePage: string): string {
  const end = bytes.indexOf(0);
  return decodeDeclared(end === -1 ? bytes : bytes.subarray(0, end), codePage);
}
