import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { addressField, numberField } from '../../access/fields.ts';
import { probeOperation } from '../../access/operation.ts';
import { noTicket } from '../../access/references.ts';
import type { Refusal } from '../../access/refusal.ts';
import { refusal } from '../../access/refusal.ts';
import { findOperator } from '../../access/store.ts';
import { findPeople, personWords } from '../../contacts/person-store.ts';
import type { Queryable } from '../../db/client.ts';
import { err, ok } from '../../lib/result.ts';
import type { EmailAddress } from '../../mail/address.ts';
import { automaticHeaders, composeMail } from '../../mail/compose.ts';
import { deskAddressTest } from '../../mailboxes/model.ts';
import { listMailboxes } from '../../mailboxes/store.ts';
import { MAIL_KINDS } from '../mail-kinds.ts';
import { fillTemplate } from '../render.ts';
import { smtpAccount } from '../smtp-account.ts';
import { findSuppressed } from '../store.ts';
import type { NotificationKind } from '../views.ts';
import { findPreviewView } from './example.ts';
import { kindField, languageField } from './fields.ts';
import { readTemplates } from './live.ts';
import { LAST_LOCALE } from './locales.ts';

const DEADLINE_MS = 60_000;
const MARK = '[Test]';

/** Really sends a template to somebody, by the way of a mailbox; the subject says that it is a test. */
export const sendTestMail = probeOperation({
  name: 'template.send-test',
  permission: 'template.write',
  input: z.strictObject({
    kind: kindField,
    to: addressField,
    locale: languageField.optional(),
    ticket: numberField.optional(),
    mailbox: addressField.optional(),
  }),
  run: async ({ db, keys, clock, openSmtpRoute }, { kind, to, locale: wanted, ticket, mailbox: named }) => {
    const mailboxes = await listMailboxes(db);
    const mailbox = named === undefined ? mailboxes[0] : mailboxes.find(({ address }) => address === named);
    if (mailbox === undefined) {
      const message = named === undefined ? 'The desk has no mailbox yet.' : `The desk has no mailbox ${named}.`;
      return err(refusal('mailbox_not_found', message, 'See all with: deskbell mailbox list'));
    }
    if (deskAddressTest(mailboxes)(to)) {
      const message = `${to} is an address of the desk, which would read its own test.`;
      return err(refusal('desk_address', message, 'Send it to an address of your own.'));
    }
    const refused = await whyNotTo(db, to, kind, ticket ?? null);
    if (refused !== null) return err(refused);
    const preview = await findPreviewView(db, kind, { ticket: ticket ?? null, to: null });
    if (preview === null) return err(noTicket(ticket ?? 0));
    const locale = wanted ?? preview.locale ?? LAST_LOCALE;
    const template = (await readTemplates(db)).pick(kind, locale);
    const mail = fillTemplate(template, preview.view, locale);
    const messageId = `<test.${randomUUID()}@${mailbox.replyDomain}>`;
    const bytes = composeMail({
      from: { name: mailbox.displayName, address: mailbox.address },
      to: { name: '', address: to },
      subject: `${MARK} ${mail.subject}`,
      messageId,
      inReplyTo: null,
      references: [],
      date: clock.now(),
      text: mail.text,
      html: mail.html,
      extraHeaders: [['Content-Language', mail.locale], ...automaticHeaders('auto_generated', 'test')],
    });
    const route = openSmtpRoute(smtpAccount(keys, mailbox));
    const nothing = (): Promise<void> => Promise.resolve();
    const outcome = await route
      .send({ envelopeFrom: '', envelopeTo: to, bytes }, nothing, AbortSignal.timeout(DEADLINE_MS))
      .finally(() => route.close());
    if (outcome.is === 'accepted')
      return ok({ kind, to, locale: mail.locale, version: template.version, of: preview.of, said: outcome.reply });
    const message = `The test was not taken: ${outcome.text}`;
    return err(
      refusal('not_sent', message, `Try the way to the server with: deskbell mailbox test ${mailbox.address}`),
    );
  },
});

/**
 * Why a test is not sent there; null: it may be. What a ticket says, internal notes among it, and what mail to the staff
 * says, whoever wrote its template, is for the staff alone. Nobody who is told of things in earnest is told in a test.
 */
async function whyNotTo(
  db: Queryable,
  to: EmailAddress,
  kind: NotificationKind,
  ticket: number | null,
): Promise<Refusal | null> {
  const reason = (await findSuppressed(db, [to])).get(to);
  if (reason !== undefined) {
    const mend = `Send it elsewhere, or mail it again with: deskbell suppression lift ${to}`;
    return refusal('not_mailed', `${to} is not mailed: ${reason}.`, mend);
  }
  const operator = await findOperator(db, to);
  if (operator !== null && operator.disabledAt === null) return null;
  const stranger = `${to} is not the address of an operator`;
  if (ticket !== null) {
    const message = `${stranger}, and a test with ticket ${ticket} says what it says.`;
    return refusal('not_an_operator', message, 'Send it to an operator, or leave out --ticket.');
  }
  if (MAIL_KINDS[kind].audience === 'staff') {
    return refusal('not_an_operator', `${stranger}, and ${kind} is for the staff alone.`, 'Send it to an operator.');
  }
  const person = (await findPeople(db, [to])).get(to);
  if (person === undefined) return null;
  const message = `${to} is the address of ${personWords(person)}, who would take a test for earnest.`;
  return refusal('address_of_contact', message, 'Send it to an operator, or to an address of your own.');
}
