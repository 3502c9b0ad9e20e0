import { perform } from '../../src/access/operation.ts';
import type { Actor } from '../../src/access/actor.ts';
import type { OperationDeps } from '../../src/access/operation.ts';
import { isConnectionTrouble } from '../../src/db/client.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { createOwe } from '../../src/notifications/owe.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import { replyToTicket } from '../../src/tickets/operations.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import { generateLoad } from '../support/load.ts';
import type { LoadMessage } from '../support/load.ts';
import { createRandom } from '../support/random.ts';
import type { Bursts } from './bursts.ts';
import { createBursts } from './bursts.ts';
import type { Rig } from './rig.ts';
import { MAILBOXES, OPERATOR } from './rig.ts';

/** A mail that was delivered, and what must be found of it in the end. */
export interface Delivered {
  /** What its text says, and no other mail's: "message 12", "token reply 3". A twin has its original's. */
  readonly mark: string;
  /** For people. */
  readonly name: string;
  readonly expects: 'entry' | 'duplicate';
  /**
   * It has to be in one ticket with the mail of this mark, or with our mail of this Message-ID, or in a new one where
   * that was about several; null: where it likes.
   */
  readonly joins: { readonly mark: string } | { readonly ourMessageId: string } | null;
}

export interface AgentReply {
  readonly text: string;
  readonly people: number;
}

/** Everybody who writes: customers with new mail and answers, agents with replies. */
export interface Traffic {
  readonly delivered: readonly Delivered[];
  /** Texts of agents' replies that the desk has confirmed, and to how many people it said they go. */
  readonly agentReplies: readonly AgentReply[];
  readonly bursts: Bursts;
  /** The next mail of the load. */
  deliverNext(): Promise<void>;
  /** A customer answers the newest mail of ours, at times thrice; false when there is no newer than the last time. */
  answerOurs(): Promise<boolean>;
  /** An agent answers some ticket. What the database did not confirm is not counted, and not repeated. */
  letAgentReply(): Promise<void>;
}

const TWINS = 0.1;
const REUSED = 0.04;
const MISSING = 0.02;
const REPLIES = 0.3;
const OTHERS = 0.5;
const THRICE = 0.2;
const FAULTS: Actor = { is: 'system', name: 'faults' };

export function createTraffic(rig: Rig, seed: number): Traffic {
  const { db, dovecot, smtp, keys } = rig;
  const random = createRandom(seed + 1);
  const load = generateLoad({
    count: 1_000_000,
    seed,
    senders: 400,
    replies: REPLIES,
    twins: TWINS,
    reusedMessageIds: REUSED,
    missingMessageIds: MISSING,
  });
  const delivered: Delivered[] = [];
  const agentReplies: AgentReply[] = [];
  const chooseBox = createBoxes((count) => random.below(count));
  const deps: OperationDeps = {
    db,
    keys,
    owe: createOwe(keys),
    openSource: openImap,
    openSmtpRoute,
    clock: systemClock,
    publicUrl: null,
  };
  let answered = 0;
  let tokenReplies = 0;
  let agentTries = 0;

  const letIn = async (number: number): Promise<void> => {
    const who = `other${random.below(200)}@elsewhere.example`;
    // Whoever takes part already is refused, which is as good.
    await perform(deps, FAULTS, addToTicket, { number, extras: [who] });
  };

  return {
    delivered,
    agentReplies,
    bursts: createBursts(rig, deps, createRandom(seed + 3)),
    async deliverNext() {
      const { value: message } = load.next();
      if (message === undefined) return;
      const { index, kind, twinOf, thread, expects } = message;
      const box = chooseBox(message);
      await dovecot.deliver(box, message.bytes);
      delivered.push({
        mark: `message ${twinOf ?? index}`,
        name: `message ${index} (${kind}) to ${box}, Message-ID ${message.messageId ?? 'none'}`,
        expects,
        joins: kind === 'reply' ? { mark: `message ${thread}` } : null,
      });
    },
    async answerOurs() {
      const ours = smtp.accepted.findLast(({ to }) => !to.includes(OPERATOR));
      if (ours === undefined || ours.bytes === null || smtp.accepted.length === answered) return false;
      answered = smtp.accepted.length;
      const from = ours.to[0] ?? '';
      const box = MAILBOXES.find((address) => ours.bytes?.includes(`<${address}>`)) ?? MAILBOXES[0];
      for (let left = random.next() < THRICE ? 3 : 1; left > 0; left -= 1) {
        tokenReplies += 1;
        const mark = `token reply ${tokenReplies}`;
        await dovecot.deliver(box, tokenReply(from, box, ours.messageId, mark));
        const name = `${mark} of ${from} to ${box}`;
        delivered.push({ mark, name, expects: 'entry', joins: { ourMessageId: ours.messageId } });
      }
      return true;
    },
    async letAgentReply() {
      agentTries += 1;
      const text = `Agent answer ${agentTries}.`;
      try {
        const [ticket] = await db.sql<{ number: number }[]>`
          select number from tickets where requester_id is not null order by id desc offset ${random.below(20)} limit 1`;
        if (ticket === undefined) return;
        // Now and then somebody more takes part: what is said then is owed to several, each with a mail of their own.
        if (random.next() < OTHERS) await letIn(ticket.number);
        const result = await perform(deps, FAULTS, replyToTicket, {
          number: ticket.number,
          text,
        });
        if (result.ok) agentReplies.push({ text, people: result.value.participants.length });
        else throw new Error(`an agent's reply was refused: ${result.error.message}`);
      } catch (error) {
        if (!isConnectionTrouble(error)) throw error;
      }
    },
  };
}

/**
 * A conversation stays in one mailbox, so that its order is known; mail that takes a Message-ID again goes where the
 * first one went. The twin of a first mail may come to either.
 */
function createBoxes(below: (count: number) => number): (message: LoadMessage) => (typeof MAILBOXES)[number] {
  const ofThread = new Map<number, (typeof MAILBOXES)[number]>();
  const ofMessageId = new Map<string, (typeof MAILBOXES)[number]>();
  const box = (number: number) => MAILBOXES[number % MAILBOXES.length] ?? MAILBOXES[0];
  return ({ index, kind, twinOf, thread, messageId }) => {
    if (kind === 'twin' && twinOf === thread) return box(below(MAILBOXES.length));
    const known = kind === 'reused' ? ofMessageId.get(messageId ?? '') : ofThread.get(thread);
    const chosen = known ?? box(index);
    ofThread.set(thread, chosen);
    if (messageId !== null && !ofMessageId.has(messageId)) ofMessageId.set(messageId, chosen);
    return chosen;
  };
}

function tokenReply(from: string, to: string, ourMessageId: string, mark: string): Buffer {
  const lines = [
    `From: <${from}>`,
    `To: <${to}>`,
    'Subject: Re:',
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${mark.replaceAll(' ', '.')}@customer.example>`,
    `In-Reply-To: ${ourMessageId}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Thank you. This is ${mark}.`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}
