import { isDaemon, parseAddress } from './address.ts';
import type { EmailAddress } from './address.ts';
import { saysUndelivered } from './bounce-phrases.ts';
import { textBeforeReturned } from './returned-message.ts';

/** One recipient as the text of a report names it, with what was said of it. */
export interface FailureInText {
  readonly recipient: EmailAddress;
  readonly diagnostic: string;
}

const MAX_LINES = 2_000;
const MAX_LINE_LENGTH = 998;
const MAX_DIAGNOSTIC_LENGTH = 2_000;

/**
 * The recipients that the text of a report names, in order, each once: lines that begin with an address (Exim, qmail,
 * sendmail, Postfix, Exchange), with what follows until an empty line; or else lines that end with one behind words of
 * failure ("User mailbox exceeds allowed size: ana@desk.example").
 */
export function failuresInText(text: string): readonly FailureInText[] {
  const lines = textBeforeReturned(text)
    .split(/\r?\n/, MAX_LINES)
    // Exchange shows the link behind its text.
    .map((line) => line.slice(0, MAX_LINE_LENGTH).replace(/<mailto:[^<>\s]{1,300}>/gi, ''));
  const reason = reasonIn(lines);
  const listed = listedIn(lines);
  const found = listed.length > 0 ? listed : namedIn(lines);
  return found.map(({ recipient, diagnostic }) => ({
    recipient,
    diagnostic: (diagnostic === '' ? reason : diagnostic).slice(0, MAX_DIAGNOSTIC_LENGTH),
  }));
}

/** The first line with a reply code of a server, or in words of failure. */
function reasonIn(lines: readonly string[]): string {
  const line = lines.find((text) => REPLY_CODE.test(text)) ?? lines.find((text) => saysUndelivered(text)) ?? '';
  return line.replace(/^[\s*>-]+/, '').trim();
}

const REPLY_CODE = /(?<![\d.])[45]\d\d[ -]\S|(?<![\d.])[45]\.\d\.\d/;

function listedIn(lines: readonly string[]): readonly FailureInText[] {
  const found = new Map<EmailAddress, string[]>();
  let said: string[] | null = null;
  for (const line of lines) {
    const match = LISTED.exec(line);
    const recipient = match === null ? null : recipientIn(match[1] ?? '');
    if (recipient !== null) {
      said = found.get(recipient) ?? [];
      found.set(recipient, said);
      said.push((match?.[2] ?? '').trim());
    } else if (line.trim() === '') said = null;
    else said?.push(line.trim());
  }
  return [...found].map(([recipient, words]) => ({ recipient, diagnostic: words.filter(Boolean).join(' ') }));
}

/** At most a bullet, the address, then the end of the line, punctuation, or Exchange's "on Thu, 12 Nov 2026". */
const LISTED =
  /^[ \t]{0,12}(?:[*>•-]{1,3}[ \t]{0,4})?["'(<]{0,2}([^\s<>@()[\]:;,"']{1,64}@[^\s<>@()[\]:;,"']{1,255})(?![^\s<>@()[\]:;,"'])[">')]{0,2}(?:[ \t]*$|[ \t]*[:;,(]|[ \t]+(?:on\b|-))(.*)$/;

/** A line's own words count where no line quotes a server. */
function namedIn(lines: readonly string[]): readonly FailureInText[] {
  const hasCode = lines.some((line) => REPLY_CODE.test(line));
  const found = new Map<EmailAddress, string>();
  for (const line of lines) {
    const recipient = recipientIn(NAMED.exec(line)?.[1] ?? '');
    const isNamed = recipient !== null && (saysUndelivered(line) || RECIPIENT_WORDS.test(line));
    if (isNamed && !found.has(recipient)) found.set(recipient, hasCode && !REPLY_CODE.test(line) ? '' : line.trim());
  }
  return [...found].map(([recipient, diagnostic]) => ({ recipient, diagnostic }));
}

const NAMED = /(?:^|[\s<"'([:])([^\s<>@()[\]:;,"']{1,64}@[^\s<>@()[\]:;,"']{1,255}?)[.>"')\]]{0,3}\s*$/;
/** "The following recipient", "RCPT TO:", "your mail to", in the languages in which reports have no list. */
const RECIPIENT_WORDS =
  /\brcpt to\b|recipient|address|mailbox|deliver|empfänger|adresse|destinatario|destinataire|destinatário|получател|адрес|宛先|収件|收件/i;

function recipientIn(word: string): EmailAddress | null {
  const address = parseAddress(word.replace(/\.$/, ''));
  return address === null || isDaemon(address) ? null : address;
}
