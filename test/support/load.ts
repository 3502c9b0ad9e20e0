import { buildContent, encodeWords } from './load-mime.ts';
import type { LoadShape } from './load-mime.ts';
import { personOf } from './load-people.ts';
import type { Person } from './load-people.ts';
import { createProse } from './load-text.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

/**
 * `reply` answers the sender's own earlier mail by References and In-Reply-To. `twin` is an earlier mail once more, as
 * another mailbox would have got it: with other Received fields. `reused` has the Message-ID of an earlier mail and
 * other content. `no_id` has no Message-ID.
 */
type LoadKind = 'new' | 'reply' | 'twin' | 'reused' | 'no_id';

/** A message of the load, and what must have become of it in the end. */
export interface LoadMessage {
  /** From 0, in order of delivery. */
  readonly index: number;
  readonly from: string;
  /** With angle brackets; null when the message has none. */
  readonly messageId: string | null;
  readonly subject: string;
  readonly bytes: Buffer;
  readonly shape: LoadShape;
  readonly kind: LoadKind;
  /** The original of a twin. */
  readonly twinOf: number | null;
  /** The message that opened the conversation: its own index unless it is a reply or the twin of one. */
  readonly thread: number;
  /** `duplicate`: the same mail is there already, and no entry of its own may come of this one. */
  readonly expects: 'entry' | 'duplicate';
}

export interface LoadOptions {
  readonly count?: number;
  readonly seed?: number;
  /** How many people write. */
  readonly senders?: number;
  /** The desk's address. */
  readonly to?: string;
  /** The Date of the first message; each later one is a second younger. */
  readonly startAt?: Date;
  /** Shares of all messages, from 0 to 1; 0.4 of replies, by default none of the others. */
  readonly replies?: number;
  readonly twins?: number;
  readonly reusedMessageIds?: number;
  readonly missingMessageIds?: number;
}

interface Draft extends Omit<LoadMessage, 'bytes'> {
  readonly person: Person;
  readonly references: readonly string[];
  /** Everything but the trace fields: what a twin has too. */
  readonly common: Buffer;
}

/** How many messages later ones may answer, copy or collide with. */
const REMEMBERED = 1_000;

/** The load that LIMITS measures with, message by message; the same for the same options. */
export function* generateLoad(options: LoadOptions = {}): Generator<LoadMessage> {
  const { count = 5_000, seed = 1, senders = 1_500, to = 'support@desk.test' } = options;
  const startAt = options.startAt ?? new Date('2026-01-05T08:00:00Z');
  const random = createRandom(seed);
  const prose = createProse(random);
  const earlier: Draft[] = [];
  let written = 0;
  // Nobody goes on with a conversation one of whose Message-IDs has become ambiguous.
  const closed = new Set<number>();

  const bases: Readonly<Record<LoadKind, (draft: Draft) => boolean>> = {
    new: () => false,
    no_id: () => false,
    reply: (draft) => draft.messageId !== null && !closed.has(draft.thread),
    twin: () => true,
    reused: (draft) => draft.messageId !== null,
  };

  for (let index = 0; index < count; index += 1) {
    const date = new Date(startAt.getTime() + index * 1_000);
    const kind = chooseKind(random, options);
    const basis = find(random, earlier, bases[kind]);
    const draft = kind === 'twin' && basis !== null ? copy(basis, index) : write(index, kind, basis, date);
    if (draft.kind === 'reused' && basis !== null) closed.add(basis.thread).add(draft.thread);
    if (draft.kind !== 'twin') earlier[written++ % REMEMBERED] = draft;
    const { person: _person, references: _references, common, ...message } = draft;
    yield { ...message, bytes: Buffer.concat([trace(random, index, to, date), common]) };
  }

  function write(index: number, chosen: LoadKind, basis: Draft | null, date: Date): Draft {
    const kind = basis === null && chosen !== 'no_id' ? 'new' : chosen;
    const answered = kind === 'reply' ? basis : null;
    const person = answered?.person ?? personOf(random.below(senders));
    const ownId = `<${seed}.${index}.${date.getTime().toString(36)}@${person.address.split('@')[1]}>`;
    const messageId = kind === 'no_id' ? null : kind === 'reused' ? (basis?.messageId ?? ownId) : ownId;
    const references = answered === null ? [] : [...answered.references, answered.messageId ?? ''].slice(-10);
    const subject =
      answered === null ? `${prose.subject()} (${index})` : `Re: ${answered.subject.replace(/^Re: /, '')}`;
    const shape = chooseShape(random);
    const characters = shape === 'plain' ? 800 + random.below(2_400) : 1_150 + random.below(1_400);
    const headers = [
      `From: ${person.name} <${person.address}>`,
      `To: <${to}>`,
      `Subject: ${encodeWords(subject)}`,
      `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
      ...(messageId === null ? [] : [`Message-ID: ${messageId}`]),
      ...(references.length === 0
        ? []
        : [`In-Reply-To: ${references.at(-1)}`, `References: ${references.join('\r\n ')}`]),
      'MIME-Version: 1.0',
      'X-Mailer: Invented Mail 7.1',
      'Accept-Language: en-GB',
    ];
    const paragraphs = [`Hello, this is message ${index}.`, ...prose.text(characters), person.name];
    const content = buildContent({ shape, paragraphs, mark: `${seed}-${index}`, number: index });
    return {
      index,
      kind,
      from: person.address,
      messageId,
      subject,
      shape,
      person,
      references,
      twinOf: null,
      thread: answered?.thread ?? index,
      expects: 'entry',
      common: Buffer.from(`${headers.join('\r\n')}\r\n${content}`),
    };
  }
}

function copy(basis: Draft, index: number): Draft {
  return { ...basis, index, kind: 'twin', twinOf: basis.index, expects: 'duplicate' };
}

function chooseKind(random: Random, options: LoadOptions): LoadKind {
  const shares: readonly (readonly [LoadKind, number])[] = [
    ['twin', options.twins ?? 0],
    ['reused', options.reusedMessageIds ?? 0],
    ['no_id', options.missingMessageIds ?? 0],
    ['reply', options.replies ?? 0.4],
  ];
  let left = random.next();
  for (const [kind, share] of shares) {
    if (left < share) return kind;
    left -= share;
  }
  return 'new';
}

function chooseShape(random: Random): LoadShape {
  const drawn = random.next();
  if (drawn < 0.7) return 'alternative';
  return drawn < 0.9 ? 'plain' : 'attachment';
}

/** One of the remembered that fits; a few draws, so that no message costs more than another. */
function find(random: Random, drafts: readonly Draft[], fits: (draft: Draft) => boolean): Draft | null {
  for (let draw = 0; draw < 10 && drafts.length > 0; draw += 1) {
    const draft = random.pick(drafts);
    if (fits(draft)) return draft;
  }
  return null;
}

/** What the servers on the way write on top: different for each delivery, also of the same mail. */
function trace(random: Random, index: number, to: string, date: Date): Buffer {
  const stamp = date.toUTCString().replace('GMT', '+0000');
  const hop = (name: string) => {
    const id = Math.floor(random.next() * 2 ** 40).toString(36);
    return `Received: from ${name}.relay.example (${name}.relay.example [192.0.2.${1 + random.below(250)}])\r\n\tby mx${random.below(4)}.desk.test with ESMTPS id ${id}${index}\r\n\tfor <${to}>; ${stamp}`;
  };
  const fields = [`Return-Path: <bounce-${index}@relay.example>`, `Delivered-To: ${to}`, hop('out1'), hop('in7')];
  return Buffer.from(`${fields.join('\r\n')}\r\n`);
}
