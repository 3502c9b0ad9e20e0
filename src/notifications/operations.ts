import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { limitField, numberField } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { DELETED_CONTACT } from '../contacts/model.ts';
import type { NotificationId } from '../db/ids.ts';
import { revokeLinks } from '../accounts/link-store.ts';
import type { Credential, NotificationState } from '../db/schema/notifications.ts';
import { NOTIFICATION_STATES } from '../db/schema/notifications.ts';
import { explainKeptBack, mailFlipWords } from '../inbound/explain-mail.ts';
import { err, ok } from '../lib/result.ts';
import {
  findMime,
  findOutboxRow,
  findSecretMailsView,
  listAttempts,
  listOutbox,
  lockOutboxMail,
  markCancelled,
  requeueByOperator,
} from './operator-store.ts';
import { renderMail } from './render.ts';
import { loadTemplates } from './templates.ts';
import { getMailView } from './views.ts';

const idField = numberField.transform((id) => id as NotificationId);

/** The newest mail that is owed or was sent; of one state when one is given. */
export const showOutbox = readOperation({
  name: 'outbox.list',
  permission: 'outbox.read',
  input: z.strictObject({ state: z.enum(NOTIFICATION_STATES).optional(), limit: limitField }),
  run: async ({ db }, { state, limit }) => ok(await listOutbox(db, state ?? null, limit)),
});

const MAX_SHOWN_BYTES = 256 * 1024;

/** One mail with its attempts and its bytes; of large mail the beginning. */
export const showMail = readOperation({
  name: 'outbox.show',
  permission: 'outbox.read',
  input: z.strictObject({ id: idField }),
  run: async ({ db }, { id }) => {
    const [row, attempts, bytes, view] = await Promise.all([
      findOutboxRow(db, id),
      listAttempts(db, id),
      findMime(db, id),
      findSecretMailsView(db, id),
    ]);
    if (row === null) return err(noMail(id));
    const content = view === null ? (bytes?.subarray(0, MAX_SHOWN_BYTES).toString('utf8') ?? null) : wordsOf(view);
    const flip = (await explainKeptBack(db, [id])).get(id);
    const wouldGo = flip === undefined ? null : mailFlipWords(flip);
    return ok({ ...row, wouldGo, deliveries: attempts, sizeBytes: bytes?.byteLength ?? null, content });
  },
});

/** Of mail with a secret no bytes are stored: what it says, with a placeholder where the secret goes. */
function wordsOf(stored: unknown): string {
  const { subject, text } = renderMail(loadTemplates(), getMailView(stored));
  return `Subject: ${subject}\n\n${text}`;
}

/** What of a mail's states an operator may send again, and what they should know. */
const RETRIES: Partial<Record<NotificationState, string>> = {
  failed: 'It is due at once.',
  suppressed: 'It is due at once, whatever kept it back.',
  deferred: 'It is due at once instead of later.',
  uncertain: 'It is due at once. The server may have taken it already: then it arrives twice, with one Message-ID.',
};

/** The mail is sent again, the same bytes under the same Message-ID. */
export const retryMail = changeOperation({
  name: 'outbox.retry',
  permission: 'outbox.manage',
  input: z.strictObject({ id: idField }),
  run: async ({ tx }, { id }) => {
    const mail = await lockOutboxMail(tx, id);
    if (mail === null) return err(noMail(id));
    const { state: before, recipient } = mail;
    if (String(recipient) === DELETED_CONTACT) return err(ofDeleted(id));
    const says = RETRIES[before];
    if (says === undefined) return err(cannot('sent again', id, before, Object.keys(RETRIES)));
    const { credential, contactId } = await requeueByOperator(tx, id);
    const changes = { from: { state: before }, to: { state: 'queued' } };
    if (credential === null || contactId === null) {
      return changed({ id, before, state: 'queued' as const, says }, [], changes);
    }
    await revokeLinks(tx, { contactIds: [contactId] });
    return changed({ id, before, state: 'queued' as const, says: `${says} ${NEW_SECRET[credential]}` }, [], changes);
  },
});

const NEW_SECRET: Readonly<Record<Credential, string>> = {
  link: 'It will bring a new link; the one it had works no more.',
  password: 'It will bring a new password; the one it had works no more.',
};

const CANCELLABLE: readonly NotificationState[] = ['queued', 'deferred'];

/** The mail is not sent any more; its row stays and says who decided. */
export const cancelMail = changeOperation({
  name: 'outbox.cancel',
  permission: 'outbox.manage',
  input: z.strictObject({ id: idField }),
  run: async ({ tx, actor }, { id }) => {
    const before = (await lockOutboxMail(tx, id))?.state ?? null;
    if (before === null) return err(noMail(id));
    if (!CANCELLABLE.includes(before)) return err(cannot('cancelled', id, before, CANCELLABLE));
    const by = actor.is === 'operator' ? actor.name : actorLabel(actor);
    const contactId = await markCancelled(tx, id, `cancelled by ${by}`);
    // A server that put it off has seen what it brings.
    if (contactId !== null) await revokeLinks(tx, { contactIds: [contactId] });
    const changes = { from: { state: before }, to: { state: 'cancelled' } };
    return changed({ id, before, state: 'cancelled' as const }, [], changes);
  },
});

const cannot = (done: string, id: number, state: NotificationState, where: readonly string[]): Refusal =>
  refusal(
    'impossible_state',
    `Mail ${id} is ${state}, so it cannot be ${done}.`,
    `Only mail that is ${where.join(' or ')} can be.`,
  );

const ofDeleted = (id: number): Refusal =>
  refusal(
    'contact_deleted',
    `Mail ${id} was owed to a contact who was deleted: nobody is there to read it.`,
    'Write to somebody else.',
  );

const noMail = (id: number): Refusal =>
  refusal('mail_not_found', `There is no mail ${id} in the outbox.`, 'See the newest with: deskbell outbox list');
