const MAX_LENGTH = 150;
const MAX_EXTENSION_LENGTH = 12;

/** Device names of Windows, with whatever stands behind a dot. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|clock\$)(?:\.|$)/i;
/** What shows nothing, or turns the reading direction: a name must look like what it is. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\p{VS}]/gu;

/** How a file without a name is called, by its type. */
const NAMES: Readonly<Record<string, string>> = {
  'message/rfc822': 'message.eml',
  'message/global': 'message.eml',
  'text/rfc822-headers': 'headers.txt',
  'message/delivery-status': 'delivery-status.txt',
  'message/disposition-notification': 'receipt.txt',
  'message/feedback-report': 'complaint.txt',
  'application/ms-tnef': 'winmail.dat',
  'application/pdf': 'attachment.pdf',
  'text/plain': 'attachment.txt',
  'text/html': 'attachment.html',
  'text/calendar': 'invitation.ics',
  'image/png': 'image.png',
  'image/jpeg': 'image.jpg',
  'image/gif': 'image.gif',
};

/**
 * A name for showing and downloading a file: no path, nothing unseen, nothing a file system reads in its own way. Never
 * where bytes are stored; the name as sent stays as it is.
 *
 * @param name as the sender wrote it; may be empty
 * @param contentType type/subtype in lower case, for files without a name
 */
export function safeFileName(name: string, contentType: string): string {
  const base =
    name
      .slice(-MAX_LENGTH * 8)
      .split(/[/\\]/)
      .at(-1) ?? '';
  const plain = base
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\s\p{Zs}]+/gu, ' ')
    .replace(UNSEEN, '')
    .replace(/[<>:"|?*\ufffd]/g, '_')
    .replace(/[. ]+$/, '')
    .trim();
  // A name that begins with a dot is hidden, or a setting of a web server.
  const visible = plain.replace(/^\.+/, (dots) => '_'.repeat(dots.length));
  if (/^_*$/.test(visible)) return NAMES[contentType] ?? 'attachment';
  return shortened(RESERVED.test(visible) ? `_${visible}` : visible);
}

/** The extension says what a file is, so that it stays. */
function shortened(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= MAX_EXTENSION_LENGTH ? name.slice(dot) : '';
  return `${name.slice(0, MAX_LENGTH - extension.length).replace(/[\ud800-\udbff]$/, '')}${extension}`;
}
