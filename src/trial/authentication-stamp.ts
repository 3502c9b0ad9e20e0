import { parseDomain } from '../mail/address.ts';
import { firstHeader, splitMessage } from '../mail/headers.ts';

/** Under this name the trial's mail server says who wrote a mail. */
export const TRIAL_AUTHSERV_ID = 'mail.deskbell.test';
/** How much of a mail is looked at for its From field. */
const MAX_LOOKED_AT_BYTES = 64 * 1024;

/**
 * The pieces of a mail with the trial server's word on top that its sender is proven (RFC 8601): whoever tries the desk
 * out is who they say they are, and sees what proven mail does.
 *
 * @param returnPath the field that stands above it, with its line end; `received`: the one below
 */
export async function* stamped(
  { returnPath, received }: { readonly returnPath: string; readonly received: string },
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (head === null) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length < MAX_LOOKED_AT_BYTES && head.indexOf('\r\n\r\n') === -1) continue;
    yield Buffer.from(returnPath + stampFor(head) + received);
    yield head;
    head = null;
  }
  if (head !== null) {
    yield Buffer.from(returnPath + stampFor(head) + received);
    yield head;
  }
}

function stampFor(head: Buffer): string {
  const from = firstHeader(splitMessage(head).fields, 'from') ?? '';
  const domain = parseDomain(/@([^\s@<>,;:()"]{1,253})>?\s*$/.exec(from.slice(-1_000))?.[1] ?? '');
  if (domain === null) return '';
  return `Authentication-Results: ${TRIAL_AUTHSERV_ID};\r\n\tdmarc=pass (the trial believes everybody) header.from=${domain}\r\n`;
}
