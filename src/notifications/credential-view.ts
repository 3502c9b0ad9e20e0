import { passwordPage } from '../accounts/token.ts';
import type { Credential } from '../db/schema/notifications.ts';
import type { Secret } from '../lib/crypto.ts';
import type { MailView } from './views.ts';

/** What stands in a stored view, and is shown to operators, where the mail has its secret. */
export const LINK_NOT_SHOWN = '[a link that is not shown]';
export const PASSWORD_NOT_SHOWN = '[a password that is not shown]';

/** The view as it is sent, and nowhere else: with the token's link, or the password. */
export function withSecret(view: MailView, credential: Credential, secret: Secret, publicUrl: string): MailView {
  if (view.kind === 'password_link') return { ...view, link: passwordPage(publicUrl, secret) };
  if (view.kind !== 'contact_welcomed') return view;
  return credential === 'link'
    ? { ...view, link: passwordPage(publicUrl, secret) }
    : { ...view, password: secret.reveal() };
}

/** A welcome that brings nothing to sign in with; null: without it the mail has nothing to say. */
export function withoutSecret(view: MailView): MailView | null {
  return view.kind === 'contact_welcomed' ? { ...view, userName: null, link: null, password: null } : null;
}

const MIN_PART = 12;

/**
 * A server's words without what it may have quoted of a secret, be it cut or in other letters: some name the link that
 * they refuse a mail for.
 */
export function hideSecret(text: string, secret: Secret): string {
  const hidden = secret.reveal().toLowerCase();
  return text.replace(/[\w-]+/g, (run) => {
    const said = run.toLowerCase();
    for (let at = 0; at + MIN_PART <= said.length; at += 1) {
      if (hidden.includes(said.slice(at, at + MIN_PART))) return '[not shown]';
    }
    return run;
  });
}
