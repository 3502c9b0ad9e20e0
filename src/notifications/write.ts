import { automaticHeaders, composeMail } from '../mail/compose.ts';
import type { Route } from './deliver.ts';
import type { ClaimedNotification } from './outbox-store.ts';
import { renderMail } from './render.ts';
import type { Templates } from './templates.ts';
import type { MailView } from './views.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import { isMutable } from './mutes.ts';
import { getMailView } from './views.ts';

/** How the reason of mail begins that did not render: it is tried again when its template changes. */
export const TEMPLATE_REASON = 'template: ';

/** The bytes of a mail, and what they say. */
export interface WrittenMail {
  readonly bytes: Buffer;
  readonly view: MailView;
  /** The text part. */
  readonly text: string;
}

/**
 * A mail as it is sent, or why its template does not render: that is the message's state, and stops nothing else.
 *
 * @param filled in the place of its own view
 */
export function writeOrExplain(
  templates: Templates,
  claimed: ClaimedNotification,
  route: Pick<Route, 'address' | 'displayName' | 'replyTo' | 'unsubscribe'>,
  filled: MailView | null,
): WrittenMail | string {
  try {
    const view = filled ?? getMailView(claimed.view);
    const { subject, text, html, locale } = renderMail(templates, view, claimed.locale);
    const replyTo = route.replyTo(claimed.messageId);
    const bytes = composeMail({
      from: { name: route.displayName, address: route.address },
      // Where the mail may not name its recipient, the header must not either: the sender chose that name (RELIABILITY I3).
      to: { name: 'recipient' in view ? claimed.recipientName : '', address: claimed.recipient },
      subject,
      messageId: claimed.messageId,
      inReplyTo: claimed.inReplyTo,
      references: claimed.references,
      date: claimed.createdAt,
      text,
      html,
      extraHeaders: [
        ['Content-Language', locale],
        ...(replyTo === null ? [] : [['Reply-To', replyTo] as const]),
        ...automaticHeaders(MAIL_KINDS[view.kind].origin, loopMarkOf(claimed.messageId)),
        ...(isMutable(view.kind) ? route.unsubscribe(claimed.messageId) : []),
      ],
    });
    return { bytes, view, text };
  } catch (error) {
    return `${TEMPLATE_REASON}${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The left side of our Message-ID: tickets/thread-token.ts. */
const loopMarkOf = (messageId: string): string => messageId.slice(1, messageId.indexOf('@'));
