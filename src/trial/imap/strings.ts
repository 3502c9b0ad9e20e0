/** A string as IMAP sends it, from one character per byte: quoted, or a literal where quoting is not allowed. */
export function imapString(text: string): string {
  if (text.length < 1_000 && /^[\x20-\x7e]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `{${text.length}}\r\n${text}`;
}

/** As `imapString`; NIL for null. */
export function imapNullable(text: string | null): string {
  return text === null ? 'NIL' : imapString(text);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** INTERNALDATE, in UTC: `17-Jul-2026 02:44:25 +0000`. */
export function imapDateTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const month = MONTHS[date.getUTCMonth()] ?? 'Jan';
  return `"${day}-${month}-${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} +0000"`;
}

/** Reads the date-time of APPEND; null when it is none. */
export function parseImapDateTime(text: string): Date | null {
  const match = /^ ?(\d{1,2}-[a-z]{3}-\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})$/i.exec(text);
  const day = parseImapDate(match?.[1] ?? '');
  if (match === null || day === null) return null;
  const date = new Date(
    `${new Date(day).toISOString().slice(0, 10)}T${match[2]}${match[3]?.replace(/(\d\d)$/, ':$1')}`,
  );
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Reads `17-Jul-2026`, or the same with spaces in a Date field: that day's midnight UTC in ms, whatever the time zone. */
export function parseImapDate(text: string): number | null {
  const match = /(\d{1,2})[- ]([a-z]{3})[a-z]*[- ](\d{4})/i.exec(text);
  const month = MONTHS.findIndex((name) => name.toLowerCase() === match?.[2]?.toLowerCase());
  return match === null || month < 0 ? null : Date.UTC(Number(match[3]), month, Number(match[1]));
}
