import { Readable } from 'node:stream';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { DKIMResult } from 'mailauth';
import { parseDomain } from './address.ts';
import type { DkimEvidence, SignatureCheck, TxtResolver } from './dkim.ts';
import { isAligned } from './organisational-domain.ts';

const MIN_KEY_BITS = 1_024;
/** RFC 1035 2.3.4, as text. */
const MAX_NAME_LENGTH = 253;
/** The library works through as much at once; between, others have their turn. */
const SLICE_BYTES = 16 * 1024;
/** Its time grows with the lines, and with the square of a line: 43 MB of base64 have 560,000 of 78 bytes. */
const MAX_LINES = 1_000_000;
const MAX_LINE_BYTES = 1024 * 1024;
const LF = 0x0a;

/**
 * Verifies the signatures of a message whose header was reduced to what they need (`checkDkim`). Trouble only if DNS gave
 * no answer that might have proven the sender.
 *
 * @param message the header with its empty line, and the body
 */
export async function verifySignatures(
  message: { readonly header: Buffer; readonly body: Buffer },
  domain: string,
  resolve: TxtResolver,
  now: Date,
): Promise<DkimEvidence> {
  // Loaded when the first signature is checked: a desk whose provider checks them all never needs it.
  const { dkimVerify } = await import('mailauth/lib/dkim/verify.js');
  const keys = keyResolver(resolve);
  const options = { resolver: keys.resolver, minBitLength: MIN_KEY_BITS, rejectRsaSha1: true, curTime: now };
  let results: readonly DKIMResult[];
  try {
    ({ results } = await dkimVerify(Readable.from(slicesOf(message)), options));
  } catch (error) {
    const says = error instanceof Error ? error.message.slice(0, 200) : 'it cannot be checked';
    return { is: 'checked', signatures: [{ domain, result: 'neutral', says }] };
  }
  const signatures = results.flatMap(({ signingDomain, status, canonBodyLengthLimited }): SignatureCheck[] => {
    const signer = parseDomain(signingDomain ?? '');
    if (signer === null || !isAligned(signer, domain)) return [];
    if (status.result !== 'pass') return [{ domain: signer, ...failureOf(status) }];
    if (canonBodyLengthLimited !== true) return [{ domain: signer, result: 'pass', says: '' }];
    return [{ domain: signer, result: 'neutral', says: 'the signature leaves out the end of the message (l=)' }];
  });
  const trouble = keys.trouble();
  const isProven = signatures.some(({ result }) => result === 'pass');
  return trouble !== null && !isProven ? { is: 'trouble', says: trouble } : { is: 'checked', signatures };
}

async function* slicesOf({ header, body }: { header: Buffer; body: Buffer }): AsyncGenerator<Buffer> {
  yield header;
  let lines = 0;
  let lineStart = 0;
  for (let at = 0; at < body.length; at += SLICE_BYTES) {
    const slice = body.subarray(at, at + SLICE_BYTES);
    for (let found = slice.indexOf(LF); found !== -1; found = slice.indexOf(LF, found + 1)) {
      lines += 1;
      lineStart = at + found + 1;
    }
    if (lines > MAX_LINES || at + slice.length - lineStart > MAX_LINE_BYTES)
      throw new Error('its lines are too many or too long');
    yield slice;
    await othersTurn();
  }
}

/** The library says `neutral` where the body was changed. */
function failureOf({ result, comment, policy }: DKIMResult['status']): Pick<SignatureCheck, 'result' | 'says'> {
  if (comment === 'body hash did not verify')
    return { result: 'fail', says: 'the message was changed after it was signed' };
  if (result === 'fail') return { result: 'fail', says: 'the signature is wrong' };
  return { result: 'neutral', says: comment ?? policy?.['dkim-rules'] ?? 'the signature says nothing' };
}

/** Our resolver as the library wants one. After the first trouble it asks no more: the message waits anyway. */
function keyResolver(resolve: TxtResolver): {
  readonly resolver: (name: string) => Promise<string[][]>;
  readonly trouble: () => string | null;
} {
  let trouble: string | null = null;
  const resolver = async (name: string): Promise<string[][]> => {
    if (trouble !== null) throw dnsError('ETIMEOUT', trouble);
    const isName = name.length <= MAX_NAME_LENGTH && /^[\w.-]+$/.test(name);
    const answer = isName ? await resolve(name.toLowerCase()) : null;
    if (answer?.is === 'trouble') {
      trouble = answer.says;
      throw dnsError('ETIMEOUT', trouble);
    }
    if (answer?.is !== 'found') throw dnsError('ENOTFOUND', 'no such name');
    // The library reads the first record; some names have others beside the key.
    const records = answer.records.map((pieces) => [...pieces]);
    return records.toSorted((a, b) => Number(isKey(b)) - Number(isKey(a)));
  };
  return { resolver, trouble: () => trouble };
}

const isKey = (pieces: readonly string[]): boolean => /(?:^|;)\s*p\s*=/.test(pieces.join(''));

const dnsError = (code: string, message: string): Error => Object.assign(new Error(message), { code });
