import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { limitField, numberField } from '../access/fields.ts';
import { becauseField } from '../access/hold-reason.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { noTicket } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { Tx } from '../db/client.ts';
import type { InboundMessageId } from '../db/ids.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import { err, ok } from '../lib/result.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { findTicketByNumber } from '../tickets/store.ts';
import { candidatesOf } from './candidates.ts';
import type { Facts, SenderMatch } from './facts.ts';
import { askerOf } from './facts.ts';
import { fateWords, isOverdue, releaseOf } from './held.ts';
import { countAirlocked, findFate, groupHeld, listHeld, markRejected } from './held-store.ts';
import { HOLD_REASONS } from './policy.ts';
import { lockKept, releaseKept } from './process-store.ts';

/** What waits for a person, the oldest first: why, since when, whether for too long, and what would let it go on. */
export const showHeld = readOperation({
  name: 'message.held',
  permission: 'message.read',
  input: z.strictObject({ after: numberField.optional(), limit: limitField }),
  run: async ({ db, clock }, { after, limit }) => {
    const now = clock.now();
    const [found, groups, airlocked] = await Promise.all([
      listHeld(db, (after ?? null) as InboundMessageId | null, limit + 1),
      groupHeld(db),
      countAirlocked(db),
    ]);
    const rows = found.slice(0, limit);
    const askers = rows.map(({ facts }) => askerOf(facts));
    const settings = settingsOf(
      await loadSettings(
        db,
        askers.flatMap((asker) => ('customerId' in asker ? [asker.customerId] : [])),
        askers.flatMap((asker) => ('contactId' in asker ? [asker.contactId] : [])),
      ),
    );
    return ok({
      rows: rows.map(({ id, mailboxId, mailbox, receivedAt, status, reason, facts }) => ({
        message: id,
        mailbox,
        receivedAt,
        ageMinutes: Math.max(0, Math.floor((now.getTime() - receivedAt.getTime()) / 60_000)),
        isOverdue: isOverdue(mailboxId, receivedAt, settings, now),
        from: writtenBy(facts),
        subject: facts.subject,
        status,
        reason,
        says: HOLD_REASONS[reason],
        release: releaseOf(id, facts, settings).command,
        candidates: status === 'held' && facts.sender.is === 'ambiguous' ? candidatesOf(facts.sender) : [],
      })),
      next: found.length > limit ? (rows.at(-1)?.id ?? null) : null,
      count: groups.reduce((sum, group) => sum + group.count, 0),
      overdue: groups.some(({ mailboxId, oldestAt }) => isOverdue(mailboxId, oldestAt, settings, now)),
      airlocked,
    });
  },
});

/** Who wrote, as far as it could be read; '' when nobody is named. */
function writtenBy({ sender }: Facts): string {
  if ('address' in sender) return sender.address;
  return sender.is === 'ambiguous' ? sender.raw : '';
}

/**
 * Puts a message that waits for a person into a ticket. It goes the way of all mail, in its mailbox's order, so that it is
 * read, known and recorded as any other; but it joins that ticket, whatever it says itself. Its sender takes no part by
 * that, unless it is said.
 */
export const attachMessage = changeOperation({
  name: 'message.attach',
  permission: 'message.process',
  input: z.strictObject({
    message: numberField,
    to: numberField,
    quietly: z.boolean().default(false),
    participant: z.boolean().default(false),
  }),
  run: async ({ tx, actor, clock }, { message, to, quietly, participant }) => {
    const id = message as InboundMessageId;
    const kept = await lockKept(tx, id);
    if (kept === null) return err(await notWaiting(tx, id));
    const named = await findTicketByNumber(tx, to);
    const merged = named?.mergedIntoNumber ?? null;
    const ticket = merged === null ? named : await findTicketByNumber(tx, merged);
    if (ticket === null) return err(noTicket(to));
    const refused = participant ? whyNoParticipant(kept.facts) : null;
    if (refused !== null) return err(refused);
    const attachTo = { ticketId: ticket.id, quietly, asParticipant: participant };
    const override: Override = {
      by: actorLabel(actor),
      at: clock.now().toISOString(),
      choices: [],
      anyway: false,
      attachTo,
    };
    await releaseKept(tx, id, override);
    const output = { message, number: ticket.number, status: ticket.status, quietly, participant };
    return changed(output, [], {
      from: { status: kept.status, reason: kept.reason },
      to: { status: 'received', ticket: ticket.number },
    });
  },
});

/** Nothing comes of a message that waits for a person: no ticket, no answer; it stays findable, with the reason given. */
export const rejectMessage = changeOperation({
  name: 'message.reject',
  permission: 'message.process',
  input: z.strictObject({
    message: numberField,
    because: becauseField,
  }),
  run: async ({ tx, actor, clock }, { message, because }) => {
    const id = message as InboundMessageId;
    const kept = await lockKept(tx, id);
    if (kept === null) return err(await notWaiting(tx, id));
    const said = { by: actorLabel(actor), at: clock.now().toISOString(), choices: [], anyway: false };
    await markRejected(tx, [id], { ...said, because });
    return changed({ message, because }, [], {
      from: { status: kept.status, reason: kept.reason },
      to: { status: 'done', verdict: 'ignored' },
    });
  },
});

async function notWaiting(tx: Tx, id: InboundMessageId): Promise<Refusal> {
  return refusal('not_held', fateWords(id, await findFate(tx, id)), 'See those that wait with: deskbell held list');
}

/** Why somebody cannot take part in a ticket. */
const NO_PARTICIPANTS: Readonly<Partial<Record<SenderMatch['is'], string>>> = {
  operator: 'An operator wrote it, and operators take no part as customers do.',
  desk: 'It comes from an address of the desk itself, which takes part in nothing.',
  erased: 'Its sender was a contact who has been deleted, and is not made again.',
  ambiguous: 'It cannot be told who wrote it, so nobody can take part for it.',
  nobody: 'It names no sender, so nobody can take part for it.',
};

function whyNoParticipant({ sender, authentication }: Facts): Refusal | null {
  const message =
    authentication.verdict === 'fail'
      ? 'The mail was not sent by whom it says, so nobody takes part for it.'
      : (NO_PARTICIPANTS[sender.is] ?? null);
  return message === null ? null : refusal('no_participant', message, 'Put it into the ticket without --participant.');
}
