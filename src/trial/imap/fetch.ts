import type { FileHandle } from 'node:fs/promises';
import { unreachable } from '../../lib/result.ts';
import { bodyStructureOf } from './bodystructure.ts';
import { envelopeOf } from './envelope.ts';
import { bytesNeeded, isWholeMessage } from './fetch-items.ts';
import type { FetchItem } from './fetch-items.ts';
import type { StoredMessage } from './folder-log.ts';
import { parseFields } from './header.ts';
import { openIfThere } from './output.ts';
import type { Output } from './output.ts';
import { readSection } from './sections.ts';
import { imapDateTime } from './strings.ts';
import { findBodyStart, parseStructure } from './structure.ts';

/** Most headers end before this; of a message whose header is longer everything is read. */
const HEADER_READ_BYTES = 64 * 1024;

/**
 * Answers FETCH for one message.
 *
 * @param number the message's number in the session
 * @returns false when its bytes are gone: it was expunged meanwhile, and nothing has been written
 */
export async function writeFetched(
  output: Output,
  number: number,
  message: StoredMessage,
  path: string,
  items: readonly FetchItem[],
): Promise<boolean> {
  const needs = items.map(bytesNeeded);
  const wantsFile = items.some((item) => item.is === 'section' || bytesNeeded(item) !== 'none');
  const file = wantsFile ? await openIfThere(path) : null;
  if (wantsFile && file === null) return false;
  try {
    const bytes = await readNeeded(file, needs);
    output.text(`* ${number} FETCH (`);
    for (const [index, item] of items.entries()) {
      if (index > 0) output.text(' ');
      await writeItem(output, item, message, bytes, file);
    }
    output.line(')');
    await output.flush();
    return true;
  } finally {
    await file?.close();
  }
}

async function writeItem(
  output: Output,
  item: FetchItem,
  message: StoredMessage,
  bytes: Buffer,
  file: FileHandle | null,
): Promise<void> {
  switch (item.is) {
    case 'uid':
      return output.text(`UID ${message.uid}`);
    case 'flags':
      return output.text(`FLAGS (${message.flags.join(' ')})`);
    case 'internal_date':
      return output.text(`INTERNALDATE ${imapDateTime(message.internalDate)}`);
    case 'size':
      return output.text(`RFC822.SIZE ${message.sizeBytes}`);
    case 'envelope':
      return output.text(`ENVELOPE ${envelopeOf(parseFields(headerOf(bytes)))}`);
    case 'body':
      return output.text(`BODY ${bodyStructureOf(bytes, parseStructure(bytes), false)}`);
    case 'body_structure':
      return output.text(`BODYSTRUCTURE ${bodyStructureOf(bytes, parseStructure(bytes), true)}`);
    case 'section':
      return await writeSection(output, item, bytes, file);
    default:
      return unreachable(item);
  }
}

async function writeSection(
  output: Output,
  { label, section, partial }: Extract<FetchItem, { is: 'section' }>,
  bytes: Buffer,
  file: FileHandle | null,
): Promise<void> {
  if (isWholeMessage(section) && file !== null) {
    const { start, length } = within((await file.stat()).size, partial);
    output.text(`${label} {${length}}\r\n`);
    return await output.file(file, start, length);
  }
  const found = readSection(bytes, section);
  if (found === null) return output.text(`${label} NIL`);
  const { start, length } = within(found.length, partial);
  output.text(`${label} {${length}}\r\n${found.toString('latin1', start, start + length)}`);
}

function within(sizeBytes: number, partial: { readonly start: number; readonly length: number } | null) {
  const start = Math.min(partial?.start ?? 0, sizeBytes);
  return { start, length: Math.min(partial?.length ?? Infinity, sizeBytes - start) };
}

async function readNeeded(file: FileHandle | null, needs: readonly string[]): Promise<Buffer> {
  if (file === null || needs.every((need) => need === 'none')) return Buffer.alloc(0);
  if (needs.includes('whole')) return await file.readFile();
  const start = Buffer.alloc(HEADER_READ_BYTES);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const head = start.subarray(0, bytesRead);
  if (bytesRead < start.length || findBodyStart(head, 0, bytesRead) < bytesRead) return head;
  const { size } = await file.stat();
  const whole = Buffer.alloc(size);
  const read = await file.read(whole, 0, size, 0);
  return whole.subarray(0, read.bytesRead);
}

function headerOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, findBodyStart(bytes, 0, bytes.length));
}
