import { listAccounts, putPassword } from '../accounts/account-store.ts';
import { hashPassword } from '../accounts/password-hash.ts';
import { findNotEntitled, issueLinks, renewLinks, revokeSent } from '../accounts/link-store.ts';
import { NOT_ENTITLED } from '../accounts/model.ts';
import { hashToken, makePassword, mintToken } from '../accounts/token.ts';
import type { Db, Tx } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { ContactId, NotificationId } from '../db/ids.ts';
import type { Credential } from '../db/schema/notifications.ts';
import type { Keys, Secret } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { withoutSecret, withSecret } from './credential-view.ts';
import { dropCredentials, holdClaims, sealSecrets } from './credential-store.ts';
import type { AttemptOutcome, ClaimedNotification } from './outbox-store.ts';
import { finishAttempts } from './outbox-store.ts';
import { bringsNothing } from './plan.ts';
import { countRefusedMail } from './soft-bounce-store.ts';
import type { MailView } from './views.ts';
import { findMailView } from './views.ts';

export interface CredentialDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly log: Log;
  /** Where the desk's pages are; null: nowhere that its customers reach. */
  readonly publicUrl: string | null;
}

/** What is rendered in the place of a claimed mail's own view. */
export type Filled =
  | { readonly is: 'secret'; readonly view: MailView; readonly secret: Secret }
  /** It goes without: a reason is in its row. */
  | { readonly is: 'plain'; readonly view: MailView }
  | { readonly is: 'refused'; readonly why: string };

/** A claimed mail that is to bring something to sign in with. */
interface Wanted {
  readonly claimed: ClaimedNotification;
  readonly credential: Credential;
  readonly contactId: ContactId;
  readonly view: MailView;
  /** What an earlier attempt brought; null: none was made, or it cannot be opened any more. */
  readonly earlier: Secret | null;
  readonly fresh: Fresh;
}

/** What this attempt brings where no earlier one did; made before the transaction, for a password's hash takes its time. */
interface Fresh {
  readonly secret: Secret;
  /** Of a link its token's hash. */
  readonly tokenHash: Buffer;
  /** Of a password. */
  readonly passwordHash: string;
}

/**
 * Gives mail its secrets as it is about to be rendered, and to nobody before. Whether they may have one is asked now,
 * not when the mail was owed. Each attempt at a mail brings the same secret, unless it was revoked; what no longer may
 * bring one goes without it, or is refused where it says nothing else.
 *
 * @returns of those that bring, or brought, a secret
 */
export async function fillCredentials(
  deps: CredentialDeps,
  claimed: readonly ClaimedNotification[],
  claimToken: string,
): Promise<ReadonlyMap<NotificationId, Filled>> {
  const wanted: Wanted[] = [];
  for (const one of claimed) {
    const { credential, contactId } = one;
    const view = credential === null ? null : findMailView(one.view);
    // A view that cannot be read is said so where the mail is written.
    if (credential === null || contactId === null || view === null) continue;
    const earlier = open(deps, one);
    const fresh = await make(credential, earlier);
    wanted.push({ claimed: one, credential, contactId, view, earlier, fresh });
  }
  if (wanted.length === 0) return new Map();
  return inTransaction(deps.db, (tx) => fill(tx, deps, wanted, claimToken));
}

/** @see Wanted.earlier: after a change of the key it is as if none had been made */
function open({ keys, log }: CredentialDeps, { id, secret }: ClaimedNotification): Secret | null {
  if (secret === null) return null;
  try {
    return keys.box.open(secret, placeOf(id));
  } catch (error) {
    log.warn('notification.secret_lost', { notificationId: id, err: error });
    return null;
  }
}

async function make(credential: Credential, earlier: Secret | null): Promise<Fresh> {
  const none = { tokenHash: Buffer.alloc(0), passwordHash: '' };
  if (earlier !== null) return { ...none, secret: earlier };
  if (credential === 'link') {
    const { token, hash } = mintToken();
    return { ...none, secret: token, tokenHash: hash };
  }
  const password = makePassword();
  return { ...none, secret: password, passwordHash: await hashPassword(password) };
}

async function fill(
  tx: Tx,
  { keys, publicUrl }: CredentialDeps,
  wanted: readonly Wanted[],
  claimToken: string,
): Promise<ReadonlyMap<NotificationId, Filled>> {
  // Contacts before notifications, as whoever deletes or moves a contact locks them.
  const invited = wanted.map(({ contactId, claimed }) => ({ contactId, address: claimed.recipient }));
  const answered = await findNotEntitled(tx, invited);
  const notEntitled = new Map(wanted.map((one, index) => [one, answered[index] ?? null]));
  const held = await holdClaims(
    tx,
    wanted.map(({ claimed }) => claimed.id),
    claimToken,
  );
  // Somebody else has the others: theirs is the secret.
  const ours = wanted.filter(({ claimed }) => held.has(claimed.id));
  const accounts = await listAccounts(
    tx,
    ours.map(({ contactId }) => contactId),
  );
  const renewed = await renewLinks(
    tx,
    ours.flatMap(({ credential, earlier }) =>
      credential === 'link' && earlier !== null ? [hashToken(earlier.reveal())] : [],
    ),
  );
  const whyNot = (one: Wanted): string | null => {
    const { credential, contactId, earlier } = one;
    const not = notEntitled.get(one) ?? null;
    if (not !== null) return NOT_ENTITLED[not];
    if (publicUrl === null) return 'the desk has no address that its customers reach (PUBLIC_URL)';
    const account = accounts.get(contactId);
    if (credential === 'link') {
      const isOver = earlier !== null && !renewed.has(hashToken(earlier.reveal()).toString('hex'));
      return isOver ? 'its link has been used, or was revoked' : null;
    }
    if (account !== undefined && account.mailedTo === null) return 'they have chosen a password';
    return earlier !== null && account === undefined ? 'its password was revoked' : null;
  };
  const answers = ours.map((one) => ({ one, why: whyNot(one) }));
  const bringing = answers.flatMap(({ one, why }) => (why === null ? [one] : []));
  const fresh = bringing.filter(({ earlier }) => earlier === null);
  await issueLinks(
    tx,
    fresh.flatMap(({ credential, contactId, claimed, fresh: { tokenHash: hash } }) =>
      credential === 'link' ? [{ contactId, address: claimed.recipient, hash }] : [],
    ),
  );
  for (const { credential, contactId, claimed, fresh: made } of fresh) {
    if (credential === 'password') await putPassword(tx, contactId, made.passwordHash, claimed.recipient);
  }
  await sealSecrets(
    tx,
    fresh.map(({ claimed: { id }, fresh: { secret } }) => ({ id, sealed: keys.box.seal(secret, placeOf(id)) })),
  );
  await dropCredentials(
    tx,
    answers.flatMap(({ one: { claimed, view }, why }) =>
      why === null || withoutSecret(view) === null
        ? []
        : [{ id: claimed.id, view: withoutSecret(view), remark: `; ${bringsNothing(why)}` }],
    ),
  );
  return new Map([
    ...wanted.map(({ claimed: { id } }) => [id, LOST] as const),
    ...answers.map(({ one, why }) => [one.claimed.id, filled(one, why, publicUrl)] as const),
  ]);
}

const LOST: Filled = { is: 'refused', why: 'another worker has the mail' };

function filled({ view, credential, fresh }: Wanted, why: string | null, publicUrl: string | null): Filled {
  if (why === null && publicUrl !== null) {
    return { is: 'secret', view: withSecret(view, credential, fresh.secret, publicUrl), secret: fresh.secret };
  }
  const plain = withoutSecret(view);
  return plain === null ? { is: 'refused', why: `it was not sent: ${why ?? ''}` } : { is: 'plain', view: plain };
}

/** What came of an attempt, and what the mail brought to sign in with; null: nothing. */
export interface Finished extends AttemptOutcome {
  readonly brought: { readonly contactId: ContactId; readonly tokenHash: Buffer | null } | null;
}

/** What a claimed mail brings: of a link its token's hash, of a password that it is one. */
export const broughtBy = (
  { credential, contactId }: ClaimedNotification,
  secret: Secret | null,
): Finished['brought'] =>
  credential === null || contactId === null || secret === null
    ? null
    : { contactId, tokenHash: credential === 'link' ? hashToken(secret.reveal()) : null };

/**
 * Commits outcomes where the claim still matches. What a mail brought that was refused for good works no more from the
 * same moment; another mail's does. One that failed because of its recipient's mailbox is a soft bounce of theirs.
 */
export async function finishMails(db: Db, outcomes: readonly Finished[]): Promise<readonly boolean[]> {
  const isOver = ({ state, brought }: Finished): boolean => state === 'failed' && brought !== null;
  if (!outcomes.some((one) => isOver(one) || one.softBounce !== null)) return finishAttempts(db, outcomes);
  return inTransaction(db, async (tx) => {
    const held = await finishAttempts(tx, outcomes);
    const refused = outcomes.flatMap(({ id, softBounce }, index) =>
      held[index] === true && softBounce !== null ? [{ id, said: softBounce }] : [],
    );
    await countRefusedMail(tx, refused);
    for (const [index, one] of outcomes.entries()) {
      if (held[index] === true && isOver(one) && one.brought !== null)
        await revokeSent(tx, one.brought.contactId, one.brought.tokenHash);
    }
    return held;
  });
}

/** A sealed secret opens in its own row alone. */
const placeOf = (id: NotificationId): string => `the secret of notification ${id}`;
