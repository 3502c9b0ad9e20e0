import type { CustomerId, MailboxId } from '../../src/db/ids.ts';
import { gatherEvidence } from '../../src/inbound/authenticate.ts';
import { decide } from '../../src/inbound/decide.ts';
import type { Facts, SenderMatch } from '../../src/inbound/facts.ts';
import { authenticate } from '../../src/mail/authenticate.ts';
import type { Authentication } from '../../src/mail/authenticate.ts';
import { classify } from '../../src/mail/classify.ts';
import { contentKey } from '../../src/mail/content-key.ts';
import { originalOf } from '../../src/mail/forward.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { replyTokens } from '../../src/mail/recipients.ts';
import { replyText } from '../../src/mail/reply.ts';
import { reportRecipients } from '../../src/mail/report.ts';
import { sanitiseHtml } from '../../src/mail/sanitise-html.ts';
import { identifySender } from '../../src/mail/sender.ts';
import type { Sender } from '../../src/mail/sender.ts';
import { settingsOf } from '../../src/settings/resolve.ts';

/** What every message goes through, in this order. */
export const STAGES = [
  'parse',
  'sender',
  'classify',
  'report',
  'forward',
  'authenticate',
  'reply',
  'sanitise',
  'content key',
  'decide',
] as const;
export type Stage = (typeof STAGES)[number];

/** Milliseconds for each stage. */
export type Timing = Map<Stage, number>;

const NOW = new Date('2026-03-13T09:00:00Z');
const CHECKS = { authentication: 'check', authservIds: ['mail.desk.example'] } as const;
const nobodyOwns = { isOwnLoopMark: () => false, isOwnMessageId: () => false, isOwnAddress: () => false };

/** Takes a message through everything that reads it, and says whether it was its sender's. Throws what a stage throws. */
export async function walk(bytes: Buffer, timing: Timing): Promise<Authentication['verdict'] | null> {
  const timed = async <T>(stage: Stage, work: () => T | Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      return await work();
    } catch (error) {
      throw new Error(`${stage}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      timing.set(stage, performance.now() - began);
    }
  };
  const parsed = await timed('parse', () => parseMessage(bytes));
  must(isStorable([parsed.subject, parsed.text, parsed.html ?? '']), 'PostgreSQL can store what was parsed');
  const sender = await timed('sender', () => identifySender(parsed));
  must(sender.is !== 'address' || isStorable([sender.address, sender.name]), 'PostgreSQL can store the sender');
  const classification = await timed('classify', () => classify(parsed, sender, nobodyOwns));
  await timed('report', () => reportRecipients(parsed));
  await timed('forward', () => [originalOf(parsed), replyTokens(parsed)]);
  const { verdict, by, says } = await timed('authenticate', async () =>
    authenticate(
      sender,
      await gatherEvidence({ resolver: () => Promise.resolve({ is: 'absent' }), now: NOW }, CHECKS, {
        headers: parsed.headers,
        bytes,
        sender,
      }),
    ),
  );
  must(verdict === 'none' || by === 'results', 'without a key no signature passes');
  const reply = await timed('reply', () => replyText(parsed));
  must(reply.length <= parsed.text.length, 'a reply is part of its text');
  const shown = await timed('sanitise', () => (parsed.html === null ? '' : sanitiseHtml(parsed.html).html));
  must(!/<(?:script|iframe|object|embed|form|base|meta|link)\b/i.test(shown), 'no active element is shown');
  const key = await timed('content key', () => contentKey(bytes));
  must(key.length === 32, 'a content key is a SHA-256');
  const facts: Facts = {
    ...BASE,
    subject: parsed.subject,
    defects: parsed.defects.map(({ id }) => id),
    classification,
    sender: matchOf(sender),
    authentication: { verdict, says },
  };
  await timed('decide', () => decide(facts, settingsOf([])));
  return sender.is === 'address' ? verdict : null;
}

const BASE: Omit<Facts, 'subject' | 'defects' | 'classification' | 'sender' | 'authentication'> = {
  mailboxId: 1 as MailboxId,
  ageMinutes: 1,
  isHeadersOnly: false,
  reportsOn: null,
  forwarded: null,
  hasAgentsWords: true,
  asksToMute: null,
  answersDesk: false,
  override: null,
  thread: { is: 'none' },
  duplicateOf: null,
  repeatOf: null,
  pingPongRounds: 0,
  openedWithinHour: 0,
  clues: null,
};

function matchOf(sender: Sender): SenderMatch {
  if (sender.is === 'address') return { is: 'unknown', address: sender.address, customerId: 1 as CustomerId };
  if (sender.is === 'nobody') return sender;
  return { ...sender, candidates: sender.candidates.map((address) => ({ address, contactId: null })) };
}

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`it must hold that ${sentence}`);
}

const isStorable = (texts: readonly string[]): boolean =>
  texts.every((each) => each.isWellFormed() && !each.includes('\0'));
