import { z } from 'zod';
import { addressField, limitField, numberField } from '../access/fields.ts';
import { readOperation } from '../access/operation.ts';
import { noMail, noMailbox } from '../access/references.ts';
import type { NotificationId } from '../db/ids.ts';
import { NOTIFICATION_STATES } from '../db/schema/notifications.ts';
import { explainKeptBack, mailFlipWords } from '../inbound/explain-mail.ts';
import { err, ok } from '../lib/result.ts';
import type { Queryable } from '../db/client.ts';
import type { SecretMail } from './operator-store.ts';
import { findMailboxId } from './mail-reference.ts';
import { findMime, findOutboxRow, findSecretMail, listAttempts, listOutbox } from './operator-store.ts';
import { readOwnMail } from './read-mail.ts';
import { renderMail } from './render.ts';
import { readTemplates } from './templates/live.ts';
import { getMailView } from './views.ts';

const idField = numberField.transform((id) => id as NotificationId);

/** The newest mail that is owed or was sent, page by page; by state, recipient, ticket and mailbox when they are given. */
export const showOutbox = readOperation({
  name: 'outbox.list',
  permission: 'outbox.read',
  input: z.strictObject({
    state: z.enum(NOTIFICATION_STATES).optional(),
    recipient: addressField.optional(),
    ticket: numberField.optional(),
    mailbox: addressField.optional(),
    before: idField.optional(),
    limit: limitField,
  }),
  run: async ({ db }, { state, recipient, ticket, mailbox, before, limit }) => {
    const found = await findMailboxId(db, mailbox ?? null);
    if ('near' in found) return err(noMailbox(mailbox ?? '', found.near));
    const filter = {
      state: state ?? null,
      recipient: recipient ?? null,
      ticketNumber: ticket ?? null,
      mailboxId: found.id,
      before: before ?? null,
    };
    const rows = await listOutbox(db, filter, limit + 1);
    const page = rows.slice(0, limit);
    return ok({ rows: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null });
  },
});

const MAX_SHOWN_BYTES = 256 * 1024;

/** One mail with its attempts, as a person reads it and as its bytes are; of large mail the beginning. */
export const showMail = readOperation({
  name: 'outbox.show',
  permission: 'outbox.read',
  input: z.strictObject({ id: idField }),
  run: async ({ db }, { id }) => {
    const [row, attempts, bytes, secretMail] = await Promise.all([
      findOutboxRow(db, id),
      listAttempts(db, id),
      findMime(db, id),
      findSecretMail(db, id),
    ]);
    if (row === null) return err(noMail(id));
    const shown = bytes?.subarray(0, MAX_SHOWN_BYTES) ?? null;
    const content = secretMail === null ? (shown?.toString('utf8') ?? null) : await wordsOf(db, secretMail);
    const readable = secretMail === null && shown !== null ? await readOwnMail(shown) : null;
    const flip = (await explainKeptBack(db, [id])).get(id);
    const wouldGo = flip === undefined ? null : mailFlipWords(flip);
    return ok({ ...row, wouldGo, deliveries: attempts, sizeBytes: bytes?.byteLength ?? null, content, readable });
  },
});

/** Of mail with a secret no bytes are stored: what it says, with a placeholder where the secret goes. */
async function wordsOf(db: Queryable, { view, locale }: SecretMail): Promise<string> {
  const { subject, text } = renderMail(await readTemplates(db), getMailView(view), locale);
  return `Subject: ${subject}\n\n${text}`;
}
