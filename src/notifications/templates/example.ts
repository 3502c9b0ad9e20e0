import type { Queryable } from '../../db/client.ts';
import type { EmailAddress } from '../../mail/address.ts';
import { MAIL_KINDS } from '../mail-kinds.ts';
import type { MailView, NotificationKind } from '../views.ts';
import { findMailView } from '../views.ts';
import { findNewestMail, findTicketExample } from './store.ts';

/** What a preview is filled with. */
export interface PreviewView {
  /** As a phrase: whose mail it is, or whose it would be. */
  readonly of: string;
  readonly view: MailView;
  /** The reader's; null: nobody's. */
  readonly locale: string | null;
}

/**
 * What a template is shown with: the newest mail of its kind about the ticket or to the address; where there was none,
 * the example, with what of the ticket it can say. Secrets are in no stored view.
 *
 * @returns null: there is no such ticket
 */
export async function findPreviewView(
  db: Queryable,
  kind: NotificationKind,
  wanted: { readonly ticket: number | null; readonly to: EmailAddress | null },
): Promise<PreviewView | null> {
  const example: MailView = MAIL_KINDS[kind].example;
  const { ticket: number, to } = wanted;
  if (number === null && to === null) return { of: 'the example', view: example, locale: null };
  const ticket = number === null ? null : await findTicketExample(db, number);
  if (number !== null && ticket === null) return null;
  const mail = await findNewestMail(db, kind, wanted);
  const stored = mail === null ? null : findMailView(mail.view);
  if (mail !== null && stored !== null)
    return { of: `mail ${mail.id} to ${mail.recipient}`, view: stored, locale: mail.locale };
  if (number === null || ticket === null)
    return { of: `the example: no such mail was ever owed to ${to}`, view: example, locale: null };
  const filled = {
    ...example,
    ...('ticket' in example
      ? { ticket: 'subject' in example.ticket ? { number, subject: ticket.subject } : { number } }
      : {}),
    ...('recipient' in example && MAIL_KINDS[kind].audience === 'customers'
      ? { recipient: { name: ticket.requester } }
      : {}),
    ...('entry' in example && ticket.text !== null ? { entry: { ...example.entry, text: ticket.text } } : {}),
  };
  const of = `the example with what ticket ${number} says: no such mail was owed for it`;
  return { of, view: findMailView(filled) ?? example, locale: null };
}
