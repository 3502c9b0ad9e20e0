import fc from 'fast-check';
import type { Keys } from '../../src/lib/crypto.ts';
import { contentKey } from '../../src/mail/content-key.ts';
import { mintMessageId, mintReplyToken, readThreadToken } from '../../src/tickets/thread-token.ts';
import { mailOf } from '../mail/fixture.ts';

/** The address of the desk that streams go to, and what its Message-IDs end with. */
export const STREAM_DESK = 'support@desk.example';
export const STREAM_MX = 'mx.desk.example';

/** Who writes: known people, strangers of a known company and of none, staff, and nobody. */
const WRITERS = [
  'ana@lantern.example',
  'bo@lantern.example',
  'idle@lantern.example',
  'new@lantern.example',
  'cleo@elsewhere.example',
  'dora@elsewhere.example',
  'eli@gmail.com',
  'olga@desk-staff.example',
  'reader@desk-staff.example',
  'gone@elsewhere.example',
  STREAM_DESK,
] as const;

/** One mail of a stream, by what it is and not by its bytes. */
export interface StreamMail {
  readonly from: number;
  /** Whoever asked writes the answer, and not `from`. */
  readonly isAskers: boolean;
  readonly kind:
    'letter' | 'vacation' | 'machine' | 'newsletter' | 'forward' | 'twin' | 'repeat' | 'bounce' | 'nameless';
  readonly proof: 'pass' | 'none' | 'fail';
  /** Which earlier mail it answers, repeats or reports on; of those before the stream too. null: none. */
  readonly about: number | null;
  readonly how: 'token' | 'reference' | 'plus' | 'tag' | 'other_subject';
  readonly ageMinutes: number;
  /** Whether the mail after it comes in a later batch. */
  readonly endsBatch: boolean;
}

const weighted = <T>(...of: readonly (readonly [number, ...T[]])[]): fc.Arbitrary<T> =>
  fc.oneof(...of.map(([weight, ...values]) => ({ weight, arbitrary: fc.constantFrom(...values) })));

export const streams: fc.Arbitrary<readonly StreamMail[]> = fc.array(
  fc.record({
    // People of the desk's customers, strangers and staff; now and then one who is not heard.
    from: weighted([8, 0, 1, 3, 4, 5, 6], [4, 7, 8], [1, 2, 9, 10]),
    isAskers: weighted([3, true], [1, false]),
    kind: weighted<StreamMail['kind']>(
      [10, 'letter'],
      [2, 'vacation', 'forward', 'repeat', 'machine'],
      [1, 'newsletter', 'twin', 'bounce', 'nameless'],
    ),
    proof: weighted<StreamMail['proof']>([5, 'pass'], [3, 'none'], [1, 'fail']),
    // The operator's own ticket, of which others are told, comes up often.
    about: fc.option(fc.oneof({ weight: 4, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: fc.constant(3) }), {
      freq: 3,
    }),
    how: fc.constantFrom('token', 'token', 'reference', 'plus', 'tag', 'other_subject'),
    ageMinutes: fc.constantFrom(0, 0, 0, 0, 5, 119, 121, 5000),
    endsBatch: fc.boolean(),
  }),
  { minLength: 20, maxLength: 40, size: 'max' },
);

/** A mail as it is delivered. */
export interface WrittenMail {
  readonly bytes: Buffer;
  readonly from: string;
  /** An answer of one of the staff: what it owes goes to all who take part or are told. */
  readonly isAgents: boolean;
  /** Whoever an acknowledgement of it would go to. */
  readonly asker: string;
  readonly subject: string;
  readonly messageId: string;
  readonly ageMinutes: number;
  readonly endsBatch: boolean;
}

/**
 * The bytes of a stream; the same for the same stream. Whoever answers an acknowledgement answers it in every desk, also
 * where it was never sent.
 *
 * @param earlier mail before the stream, which it may be about too
 * @param firstNumber the number of the first of their tickets
 */
export function writeStream(
  keys: Keys,
  stream: readonly StreamMail[],
  earlier: readonly WrittenMail[] = [],
  firstNumber = 1001,
): readonly WrittenMail[] {
  const written = [...earlier];
  for (const mail of stream) written.push(write(keys, mail, written, earlier.length, firstNumber));
  return written.slice(earlier.length);
}

function write(
  keys: Keys,
  { from: index, isAskers, kind, proof, about: of, how, ageMinutes, endsBatch }: StreamMail,
  written: readonly WrittenMail[],
  earlier: number,
  firstNumber: number,
): WrittenMail {
  const number = written.length;
  const about = of === null || written.length === 0 ? null : (written[of % written.length] as WrittenMail);
  const place = about === null ? 0 : written.indexOf(about);
  if (kind === 'twin' && about !== null) return { ...about, ageMinutes, endsBatch };
  const messageId = `<s${number}@sender.example>`;
  const isAnswer = about !== null && ['letter', 'vacation', 'machine'].includes(kind);
  const addressed = about?.isAgents === true ? (TOLD[index % TOLD.length] as string) : about?.asker;
  const from = isAnswer && isAskers && addressed !== undefined ? addressed : (WRITERS[index] as string);
  const token = about === null ? null : tokenOf(keys, about, from);
  const answered = isAnswer
    ? how === 'reference'
      ? about.messageId
      : how === 'token'
        ? token?.messageId
        : undefined
    : undefined;
  const to = isAnswer && how === 'plus' && token !== null ? STREAM_DESK.replace('@', `+${token.reply}@`) : STREAM_DESK;
  const tag = how === 'tag' && place < earlier ? `[#${firstNumber + place}] ` : '';
  const isRepeat = kind === 'repeat' && about !== null;
  const subject = isRepeat
    ? about.subject
    : isAnswer && how !== 'other_subject'
      ? `Re: ${tag}${about.subject}`
      : `Question ${number}`;
  const sender = isRepeat ? about.from : from;
  const domain = sender.split('@')[1] ?? '';
  const authentication =
    proof === 'none' ? [] : [`Authentication-Results: ${STREAM_MX}; dmarc=${proof} (p=REJECT) header.from=${domain}`];
  const mail = {
    from: sender,
    isAgents: isAnswer && from === OLGA,
    asker: kind === 'forward' ? ORIGINAL : sender,
    subject,
    messageId,
    ageMinutes,
    endsBatch,
  };
  if (kind === 'bounce') return { ...mail, bytes: bounceOf(number, token, about?.asker ?? 'x@elsewhere.example') };
  if (kind === 'nameless') {
    return { ...mail, bytes: mailOf(['From: nobody at all', `Subject: Hello ${number}`, `Message-ID: ${messageId}`]) };
  }
  const lines = [
    ...authentication,
    `From: <${sender}>`,
    `To: <${to}>`,
    `Subject: ${kind === 'forward' ? `Fwd: ${subject}` : subject}`,
    `Message-ID: ${messageId}`,
    ...(answered === undefined ? [] : [`In-Reply-To: ${answered}`]),
    ...(KIND_LINES[kind] ?? []),
  ];
  // The same words as the mail it repeats, which said only its own number.
  const said = isRepeat ? bodyOf(about) : `Words of ${messageId}`;
  return { ...mail, bytes: mailOf(lines, `${kind === 'forward' ? FORWARD : said}\r\n`) };
}

const KIND_LINES: Readonly<Record<string, readonly string[]>> = {
  vacation: ['Auto-Submitted: auto-replied'],
  machine: ['Auto-Submitted: auto-generated'],
  newsletter: ['List-Id: <news.elsewhere.example>', 'Precedence: bulk'],
};

const ORIGINAL = 'finn@harbour.example';
const FORWARD = [
  '---------- Forwarded message ---------',
  `From: Finn Berg <${ORIGINAL}>`,
  'Date: Mon, 2 Nov 2026 at 10:00',
  'Subject: The pump is loud',
  `To: <${STREAM_DESK}>`,
  '',
  'It is louder than before.',
].join('\r\n');

const bodyOf = ({ bytes }: WrittenMail): string =>
  bytes.toString('latin1').split('\r\n\r\n').slice(1).join('\r\n\r\n').trim();

/** Who is told of what an operator answers. */
const TOLD = ['new@lantern.example', 'dora@elsewhere.example', 'eli@gmail.com', 'bo@lantern.example'] as const;

const OLGA = 'olga@desk-staff.example';

/** What the acknowledgement of a mail would be called, or what an operator's answer is as it goes to somebody. */
function tokenOf(
  keys: Keys,
  { bytes, asker, isAgents }: WrittenMail,
  reader: string,
): { readonly messageId: string; readonly reply: string } {
  const mail = isAgents ? { kind: 'agent_replied', recipient: reader } : { kind: 'ticket_opened', recipient: asker };
  const { messageId } = mintMessageId(keys, { ...mail, eventKey: contentKey(bytes), replyDomain: 'desk.example' });
  return { messageId, reply: mintReplyToken(keys, readThreadToken(keys, messageId)?.publicId ?? '') };
}

const bounceOf = (number: number, token: { readonly messageId: string } | null, recipient: string): Buffer =>
  mailOf(
    [
      'Return-Path: <>',
      'From: Mail Delivery System <MAILER-DAEMON@mx.quay.example>',
      `To: <${STREAM_DESK}>`,
      'Subject: Undelivered Mail Returned to Sender',
      `Message-ID: <b${number}@mx.quay.example>`,
      'MIME-Version: 1.0',
      'Auto-Submitted: auto-replied',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
    ],
    [
      '--r',
      'Content-Type: text/plain',
      '',
      'It could not be delivered.',
      '--r',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.quay.example',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      'Action: failed',
      'Status: 5.1.1',
      '',
      '--r',
      'Content-Type: text/rfc822-headers',
      '',
      `Message-ID: ${token?.messageId ?? '<x@quay.example>'}`,
      '',
      '--r--',
      '',
    ].join('\r\n'),
  );
