import { envelopeOf } from './envelope.ts';
import { fieldValue, parseStructured } from './header.ts';
import type { StructuredValue } from './header.ts';
import { imapNullable, imapString } from './strings.ts';
import { countLines } from './structure.ts';
import type { MimePart } from './structure.ts';

/** BODYSTRUCTURE of a part, or BODY when not extended. RFC 3501 7.4.2. */
export function bodyStructureOf(bytes: Buffer, part: MimePart, isExtended: boolean): string {
  const subtype = imapString(part.type.split('/')[1] ?? '');
  const text = (name: string) => imapNullable(fieldValue(part.fields, name));
  const extension = isExtended ? ` ${disposition(part)} ${text('content-language')} ${text('content-location')}` : '';
  if (part.type.startsWith('multipart/')) {
    // A multipart without parts cannot be said: it is shown as one empty text.
    const inside = part.children.map((child) => bodyStructureOf(bytes, child, isExtended)).join('');
    const children = inside === '' ? '("text" "plain" NIL NIL NIL "7bit" 0 0)' : inside;
    return `(${children} ${subtype}${isExtended ? ` ${parameters(part.contentType)}${extension}` : ''})`;
  }
  if (part.type === 'message/rfc822' && part.message === null) {
    // Nested too deep to look into: shown as a file.
    return bodyStructureOf(bytes, { ...part, type: 'application/octet-stream' }, isExtended);
  }
  const encoding = fieldValue(part.fields, 'content-transfer-encoding')?.toLowerCase() ?? '7bit';
  const basic = [
    imapString(part.type.split('/')[0] ?? ''),
    subtype,
    parameters(part.contentType),
    text('content-id'),
    text('content-description'),
    imapString(encoding === '' ? '7bit' : encoding),
    part.end - part.bodyStart,
  ].join(' ');
  const lines = countLines(bytes, part.bodyStart, part.end);
  let special = '';
  if (part.message !== null) {
    const inside = bodyStructureOf(bytes, part.message, isExtended);
    special = ` ${envelopeOf(part.message.fields)} ${inside} ${lines}`;
  } else if (part.type.startsWith('text/')) special = ` ${lines}`;
  return `(${basic}${special}${isExtended ? ` ${text('content-md5')}${extension}` : ''})`;
}

function parameters(value: StructuredValue): string {
  if (value.parameters.length === 0) return 'NIL';
  return `(${value.parameters.map(([name, text]) => `${imapString(name)} ${imapString(text)}`).join(' ')})`;
}

function disposition(part: MimePart): string {
  const field = fieldValue(part.fields, 'content-disposition');
  if (field === null || field === '') return 'NIL';
  const value = parseStructured(field);
  return `(${imapString(value.value.toLowerCase())} ${parameters(value)})`;
}
