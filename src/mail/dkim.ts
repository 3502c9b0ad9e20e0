import { parseDomain } from './address.ts';
import { verifySignatures } from './dkim-signatures.ts';
import { scanHeader } from './header-scan.ts';
import type { FieldSpan } from './header-scan.ts';
import { isAligned } from './organisational-domain.ts';

/** What DNS says of a name's TXT records; injected, so that reading mail opens no socket. */
export type TxtResolver = (name: string) => Promise<TxtAnswer>;

export type TxtAnswer =
  /** Each record in the pieces it has on the wire. */
  | { readonly is: 'found'; readonly records: readonly (readonly string[])[] }
  | { readonly is: 'absent' }
  /** No answer, or one that may be another the next time. */
  | { readonly is: 'trouble'; readonly says: string };

/** What our own look at the signatures of the sender's organisation found. */
export type DkimEvidence =
  | { readonly is: 'checked'; readonly signatures: readonly SignatureCheck[] }
  | { readonly is: 'trouble'; readonly says: string };

export interface SignatureCheck {
  readonly domain: string;
  /** `neutral`: it proves nothing, whether or not it is right. */
  readonly result: 'pass' | 'fail' | 'neutral';
  /** Why it is not `pass`; '' when it is. */
  readonly says: string;
}

/** Signatures of one message whose keys are looked up. */
export const MAX_SIGNATURES = 5;
/** Signed header fields and the lines they are on; the library's time grows with the square of the lines. */
const MAX_SIGNED_HEADER_BYTES = 64 * 1024;
const MAX_SIGNED_HEADER_LINES = 2_000;
/** RFC 5322 3.6 allows one of each. Of two, a signature covers the lower one; we read the upper one. */
const SINGULAR = [
  'from',
  'reply-to',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'content-type',
];

/**
 * Checks the DKIM signatures (RFC 6376) whose domain is aligned with the sender's; other signatures cost no DNS. A
 * signature counts as passed only if it covers From and the whole body (no `l=`), was made with SHA-256 and a key of
 * 1,024 bits or more, has not expired, and no field that we read stands there twice.
 *
 * @param bytes the whole message as received
 * @param domain the sender's, of an `EmailAddress`
 * @param now when it arrived: signatures expire
 */
export async function checkDkim(bytes: Buffer, domain: string, resolve: TxtResolver, now: Date): Promise<DkimEvidence> {
  const { fields, bodyOffset, isTruncated } = scanHeader(bytes);
  const named = fields.map((span) => ({
    span,
    name: bytes.toString('latin1', span.start, span.colon).trimEnd().toLowerCase(),
  }));
  const signatures = named
    .filter(({ name }) => name === 'dkim-signature')
    .map(({ span }) => ({ span, tags: tagsOf(bytes.toString('latin1', span.colon + 1, span.end)) }))
    .filter(({ tags }) => isAlignedSignature(tags, domain))
    .slice(0, MAX_SIGNATURES);
  if (signatures.length === 0) return { is: 'checked', signatures: [] };
  const doubled = SINGULAR.find((name) => named.filter((field) => field.name === name).length > 1);
  if (doubled !== undefined)
    return refused(domain, `the message has two ${doubled} fields, of which one can be signed`);
  if (isTruncated) return refused(domain, 'the header is too long');
  const covered = new Set(signatures.flatMap(({ tags }) => (tags.get('h') ?? 'from').toLowerCase().split(':')));
  const kept = named.filter(({ span, name }) =>
    name === 'dkim-signature' ? signatures.some((signature) => signature.span === span) : covered.has(name),
  );
  const header = headerOf(
    bytes,
    kept.map(({ span }) => span),
  );
  if (header === null) return refused(domain, 'the signed header is too long');
  return verifySignatures({ header, body: bytes.subarray(bodyOffset) }, domain, resolve, now);
}

const refused = (domain: string, says: string): DkimEvidence => ({
  is: 'checked',
  signatures: [{ domain, result: 'neutral', says }],
});

/** RFC 6376 3.2, as far as it takes to choose: the library reads them again. White space says nothing in these values. */
function tagsOf(value: string): ReadonlyMap<string, string> {
  return new Map(
    value.split(';').map((tag) => {
      const equals = tag.indexOf('=');
      return [tag.slice(0, Math.max(equals, 0)).trim(), tag.slice(equals + 1).replace(/\s/g, '')] as const;
    }),
  );
}

function isAlignedSignature(tags: ReadonlyMap<string, string>, domain: string): boolean {
  const signer = parseDomain(tags.get('d') ?? '');
  return signer !== null && isAligned(signer, domain);
}

/** The fields as received, in their order, and an empty line; null if they are too long. */
function headerOf(bytes: Buffer, fields: readonly FieldSpan[]): Buffer | null {
  const lineEnd = Buffer.from('\r\n');
  const header = Buffer.concat([...fields.flatMap(({ start, end }) => [bytes.subarray(start, end), lineEnd]), lineEnd]);
  if (header.length > MAX_SIGNED_HEADER_BYTES) return null;
  return header.toString('latin1').split('\n').length > MAX_SIGNED_HEADER_LINES ? null : header;
}
