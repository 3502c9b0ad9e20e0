import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import type { Actor } from '../access/actor.ts';
import { addressField, numberField } from '../access/fields.ts';
import type { Changed } from '../access/operation.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { noMail, noMailbox } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { invalidInput, refusal } from '../access/refusal.ts';
import { revokeLinks } from '../accounts/link-store.ts';
import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import type { NotificationState } from '../db/schema/notifications.ts';
import type { Result } from '../lib/result.ts';
import { err } from '../lib/result.ts';
import { CANCELLABLE, HELD_BACK, NEW_SECRET, RESENDS, RETRIES } from './intervene.ts';
import type { LockedMail, Retriable } from './intervene-store.ts';
import {
  countRetriable,
  lockMail,
  lockRetriable,
  markCancelled,
  permitNotes,
  requeueByOperator,
  settleUncertain,
} from './intervene-store.ts';
import { findMailboxId } from './mail-reference.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import { findSuppressed } from './store.ts';
import type { NotificationKind } from './views.ts';

const idField = numberField.transform((id) => id as NotificationId);

/** At once, so that nothing is locked for long. */
const MAX_RETRIED = 1_000;

/**
 * A mail is sent again, the same bytes under the same Message-ID; or all of a state that is no risk to anybody, the
 * oldest first, at most 1,000 at once.
 */
export const retryMail = changeOperation({
  name: 'outbox.retry',
  permission: 'outbox.manage',
  input: z.strictObject({
    id: idField.optional(),
    state: z.enum(['failed', 'deferred', 'suppressed']).optional(),
    mailbox: addressField.optional(),
    recipient: addressField.optional(),
    ticket: numberField.optional(),
    // Of one mail: also where it has words of an internal note.
    anyway: z.boolean().default(false),
  }),
  run: async ({ tx }, { id, state, mailbox, recipient, ticket, anyway }) => {
    const isNarrowed = (mailbox ?? recipient ?? ticket) !== undefined;
    if (id !== undefined && state === undefined && !isNarrowed) return retryOne(tx, id, anyway);
    if (id !== undefined || state === undefined || anyway) return err(oneOrMany);
    const found = await findMailboxId(tx, mailbox ?? null);
    if ('near' in found) return err(noMailbox(mailbox ?? '', found.near));
    const marks = { recipient: recipient ?? null, ticketNumber: ticket ?? null, mailboxId: found.id };
    return retryMany(tx, { state, ...marks });
  },
});

interface Retried {
  /** null: it was many. */
  readonly id: NotificationId | null;
  readonly before: NotificationState;
  readonly state: 'queued';
  readonly count: number;
  /** How many more there are. */
  readonly left: number;
  readonly says: string;
}

async function retryOne(tx: Tx, id: NotificationId, anyway: boolean): Promise<Result<Changed<Retried>, Refusal>> {
  const mail = await lockMail(tx, id);
  if (mail === null) return err(noMail(id));
  const says = RETRIES[mail.state];
  if (says === undefined) return err(cannot('sent again', mail, Object.keys(RETRIES)));
  const refused = await whyNotTo(tx, mail);
  if (refused !== null) return err(refused);
  await handOut(tx, [mail]);
  if (anyway) await permitNotes(tx, id);
  const isHeldAgain = !anyway && mail.state === 'failed' && mail.reason?.startsWith(HELD_BACK) === true;
  const told = isHeldAgain ? `${says} ${heldAgain(id)}` : saysOf(says, mail);
  const done = { id, before: mail.state, state: 'queued', count: 1, left: 0, says: told } as const;
  const to = { state: 'queued', ...(anyway ? { mayQuoteNotes: true } : {}) };
  return changed<Retried>(done, [], { from: { state: mail.state }, to });
}

async function retryMany(tx: Tx, which: Retriable): Promise<Result<Changed<Retried>, Refusal>> {
  const mails = await lockRetriable(tx, which, MAX_RETRIED);
  await handOut(tx, mails);
  const left = await countRetriable(tx, which);
  const done = { id: null, before: which.state, state: 'queued', count: mails.length, left, says: '' } as const;
  return changed<Retried>(done, [], {
    from: { state: which.state },
    to: { state: 'queued', mails: mails.map(({ id }) => id) },
  });
}

/** A mail that a server took and somebody lost goes out again, the same bytes under the same Message-ID. */
export const resendMail = changeOperation({
  name: 'outbox.resend',
  permission: 'outbox.manage',
  input: z.strictObject({ id: idField, anyway: z.boolean().default(false) }),
  run: async ({ tx }, { id, anyway }) => {
    const mail = await lockMail(tx, id);
    if (mail === null) return err(noMail(id));
    const says = RESENDS[mail.state];
    if (says === undefined) return err(cannot('sent once more', mail, Object.keys(RESENDS)));
    const isPersons = MAIL_KINDS[mail.kind as NotificationKind].origin === 'person';
    if (mail.state === 'sent' && !isPersons && !anyway) {
      const message = `Mail ${id} is automatic, and a server took it: a second copy is what nobody wants of such mail.`;
      return err(refusal('automatic_mail', message, 'If its recipient asked for it: --anyway.'));
    }
    const refused = await whyNotTo(tx, mail);
    if (refused !== null) return err(refused);
    await handOut(tx, [mail]);
    const changes = { from: { state: mail.state }, to: { state: 'queued' } };
    return changed({ id, before: mail.state, state: 'queued' as const, says: saysOf(says, mail) }, [], changes);
  },
});

/** An operator knows what became of a mail whose fate was uncertain: they asked its recipient, or the server's keeper. */
export const resolveMail = changeOperation({
  name: 'outbox.resolve',
  permission: 'outbox.manage',
  input: z.strictObject({ id: idField, outcome: z.enum(['sent', 'failed']) }),
  run: async ({ tx, actor }, { id, outcome }) => {
    const mail = await lockMail(tx, id);
    if (mail === null) return err(noMail(id));
    if (mail.state !== 'uncertain') return err(cannot('resolved', mail, ['uncertain']));
    await settleUncertain(tx, id, outcome, `${nameOf(actor)} says so`);
    // Nobody is to have got what it brought.
    if (outcome === 'failed' && mail.credential !== null && mail.contactId !== null) {
      await revokeLinks(tx, { contactIds: [mail.contactId] });
    }
    return changed({ id, before: mail.state, state: outcome }, [], {
      from: { state: mail.state },
      to: { state: outcome },
    });
  },
});

/** The mail is not sent any more; its row stays and says who decided. */
export const cancelMail = changeOperation({
  name: 'outbox.cancel',
  permission: 'outbox.manage',
  input: z.strictObject({ id: idField }),
  run: async ({ tx, actor }, { id }) => {
    const mail = await lockMail(tx, id);
    if (mail === null) return err(noMail(id));
    if (!CANCELLABLE.includes(mail.state)) return err(cannot('cancelled', mail, CANCELLABLE));
    const contactId = await markCancelled(tx, id, `cancelled by ${nameOf(actor)}`);
    // A server that put it off has seen what it brings.
    if (contactId !== null) await revokeLinks(tx, { contactIds: [contactId] });
    const changes = { from: { state: mail.state }, to: { state: 'cancelled' } };
    return changed({ id, before: mail.state, state: 'cancelled' as const }, [], changes);
  },
});

const nameOf = (actor: Actor): string => (actor.is === 'operator' ? actor.name : actorLabel(actor));

/** Each brings a new secret where it had one: what an attempt has brought works no more. */
async function handOut(tx: Tx, mails: readonly LockedMail[]): Promise<void> {
  if (mails.length === 0) return;
  await requeueByOperator(
    tx,
    mails.map(({ id }) => id),
  );
  const owners = mails.flatMap(({ credential, contactId }) => (credential === null ? [] : (contactId ?? [])));
  await revokeLinks(tx, { contactIds: owners });
}

const heldAgain = (id: NotificationId): string =>
  `It is held back again while it has words of a note. To let them pass: deskbell outbox retry ${id} --anyway`;

const saysOf = (says: string, { credential, contactId }: LockedMail): string =>
  credential === null || contactId === null ? says : `${says} ${NEW_SECRET[credential]}`;

/** Why nothing is to be sent to the mail's recipient at all. */
async function whyNotTo(tx: Tx, { id, recipient }: LockedMail): Promise<Refusal | null> {
  if (recipient === DELETED_CONTACT) {
    const message = `Mail ${id} was erased together with its recipient.`;
    return refusal('mail_erased', message, 'There is nothing left of it to send.');
  }
  const reason = (await findSuppressed(tx, [recipient])).get(recipient);
  if (reason === undefined) return null;
  const message = `${recipient} is not mailed: ${reason.replace(/\.$/, '')}.`;
  return refusal('address_suppressed', message, `If that is over: deskbell suppression lift ${recipient}`);
}

const oneOrMany = invalidInput([
  { field: '', says: 'It takes one mail, or a state whose mail is tried again: failed, deferred or suppressed' },
]);

const cannot = (
  done: string,
  { id, state }: LockedMail,
  where: readonly NotificationState[] | readonly string[],
): Refusal => refusal('impossible_state', `Mail ${id} is ${state}, so it cannot be ${done}.`, mendOf(id, state, where));

/** The verb that fits the state, where one does. */
function mendOf(id: NotificationId, state: NotificationState, where: readonly string[]): string {
  const only = `Only mail that is ${where.join(' or ')} can be.`;
  if (state in RESENDS) return `${only} What a server took goes out again with: deskbell outbox resend ${id}`;
  if (state in RETRIES) return `${only} Try it again with: deskbell outbox retry ${id}`;
  return only;
}
