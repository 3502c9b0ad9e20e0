/** How a message of the load is built; LIMITS has the shares. */
export type LoadShape = 'plain' | 'alternative' | 'attachment';

export interface LoadContent {
  readonly shape: LoadShape;
  readonly paragraphs: readonly string[];
  /** Letters, digits and hyphens that make boundaries and attachment unlike any other message's. */
  readonly mark: string;
  /** Where the noise of the attachment begins. */
  readonly number: number;
}

/** 57 bytes become a line of 76 characters, RFC 2045 6.8. */
const BYTES_PER_LINE = 57;
const ATTACHMENT_LINES = Math.ceil((200 * 1024) / BYTES_PER_LINE);

/** The Content-* header fields and the body, CRLF throughout. */
export function buildContent({ shape, paragraphs, mark, number }: LoadContent): string {
  const plain = [
    'Content-Type: text/plain; charset=utf-8; format=flowed',
    'Content-Transfer-Encoding: 8bit',
    '',
    flow(paragraphs),
  ];
  if (shape === 'plain') return plain.join('\r\n');
  const html = [
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    markUp(paragraphs),
  ];
  const alternative = multipart('alternative', `alt-${mark}`, [plain.join('\r\n'), html.join('\r\n')]);
  if (shape === 'alternative') return alternative;
  const name = `protocol-${mark}.bin`;
  const file = [
    `Content-Type: application/octet-stream; name="${name}"`,
    `Content-Disposition: attachment; filename="${name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    attachment(mark, number),
  ];
  return multipart('mixed', `mix-${mark}`, [alternative, file.join('\r\n')]);
}

/** Each word that is not ASCII as an encoded-word, RFC 2047 2; no two of them side by side. */
export function encodeWords(text: string): string {
  return text.replace(/[!-~]*[^ -~][^ ]*/g, (word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`);
}

function multipart(subtype: string, boundary: string, parts: readonly string[]): string {
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${body}--${boundary}--\r\n`;
}

/** Lines of at most 76 characters with a soft break at each end but the last. RFC 3676 4. */
function flow(paragraphs: readonly string[]): string {
  return paragraphs.map((paragraph) => `${paragraph.replace(/(?=.{73})(.{1,72}) /g, '$1 \r\n')}\r\n`).join('\r\n');
}

function markUp(paragraphs: readonly string[]): string {
  const body = paragraphs
    .map((p) => `<p class="MsoNormal"><span style="font-size:11.0pt">${p}</span></p>`)
    .join('\r\n');
  return quotePrintable(`<html><head><meta charset="utf-8"></head><body lang="EN">\r\n${body}\r\n</body></html>\r\n`);
}

/** RFC 2045 6.7: bytes above 126 and "=" escaped, soft line breaks before column 76. */
function quotePrintable(text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  // oxlint-disable-next-line no-control-regex -- the control characters are the bytes to escape
  const escaped = bytes.replace(
    /[=\u007f-\u00ff]/g,
    (c) => `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return escaped.replace(/[^\r\n]{72}(?<!=.)(?<!=)(?=[^\r\n])/g, '$&=\r\n');
}

/** Noise that no two messages share: one block of lines for all, turned and with a first line of its own. */
function attachment(mark: string, number: number): string {
  const first = Buffer.alloc(BYTES_PER_LINE, `attachment ${mark} `).toString('base64');
  const turn = (number * 7919) % NOISE.length;
  return [first, ...NOISE.slice(turn), ...NOISE.slice(0, turn)].join('\r\n');
}

const NOISE: readonly string[] = Array.from({ length: ATTACHMENT_LINES - 1 }, (_, line) =>
  Buffer.from(
    Array.from({ length: BYTES_PER_LINE }, (__, i) => Math.imul(line * 61 + i + 1, 0x9e3779b1) >>> 24),
  ).toString('base64'),
);
