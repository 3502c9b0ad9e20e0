import type { ContactId } from '../db/ids.ts';
import { sha256 } from '../lib/crypto.ts';
import { withoutSecret } from './credential-view.ts';
import type { AudienceMember, LimitedBy, PlannedNotification, SignIn, TellableEvent } from './model.ts';
import type { NotificationRule } from './rules.ts';
import { isForStaff, rulesOf, switchedOff } from './rules.ts';
import { viewOf } from './view-of.ts';

/**
 * What an event owes to customers, by NOTIFICATION_RULES. Pure. Whoever must not be told is in the answer too, with the
 * reason.
 *
 * @param signIn of an event about a contact
 */
export const planNotifications = (
  event: TellableEvent,
  audience: readonly AudienceMember[],
  signIn: SignIn | null = null,
): readonly PlannedNotification[] =>
  rulesOf(event.kind)
    .filter((rule) => !isForStaff(rule))
    .flatMap((rule) => planRule(rule, event, audience, signIn));

/**
 * The same by one rule. One mail a person, however many roles: of those by which they may be told the first of the rule's
 * order counts.
 */
export function planRule(
  rule: NotificationRule,
  event: TellableEvent,
  audience: readonly AudienceMember[],
  signIn: SignIn | null = null,
): readonly PlannedNotification[] {
  const named = Map.groupBy(
    rule.audience.flatMap((role) => audience.filter((member) => member.role === role)),
    personKey,
  );
  return [...named.values()]
    .flatMap((roles) => roles.find(({ refusal }) => refusal === null) ?? roles[0] ?? [])
    .map((member): PlannedNotification => ({
      kind: rule.kind,
      eventId: event.id,
      eventKey: event.key,
      mailboxId: event.mailbox.id,
      replyDomain: event.mailbox.replyDomain,
      ticketId: event.ticket?.id ?? null,
      contactId: member.contactId,
      recipient: member.address,
      recipientName: member.name,
      locale: member.locale,
      because: signIn === null || signIn.whyNot === null ? member.because : withRemark(member.because, signIn.whyNot),
      refusal: member.refusal,
      limitedBy: limitOf(rule, member),
      lane: !rule.isAutomatic ? 0 : event.isLate ? 2 : 1,
      isAutomatic: rule.isAutomatic,
      view: viewOf(rule.kind, event, member, { isTheirs: isRequester(member, audience), signIn }),
      credential: signIn?.credential ?? null,
      inReplyTo: member.inReplyTo,
      references: member.references,
    }));
}

/** What makes two members of an audience one person. */
export const personKey = ({
  personId,
  contactId,
  address,
}: Pick<AudienceMember, 'personId' | 'contactId' | 'address'>): string => String(personId ?? contactId ?? address);

/** RELIABILITY D13: of those who would be told so many are, the first of the rule's order; the others are in the record. */
export function withinLimit(planned: readonly PlannedNotification[], limit: number): readonly PlannedNotification[] {
  let told = 0;
  return planned.map((one) => {
    if (one.refusal !== null) return one;
    told += 1;
    if (told <= limit) return one;
    const value = String(limit);
    const limitedBy: LimitedBy = { toggle: 'recipients_per_event', value, enough: String(told) };
    return { ...one, refusal: `so many are told of it already (recipients_per_event = ${value})`, limitedBy };
  });
}

/** A refusal in the words of the rule's toggle is the toggle's. */
const limitOf = ({ toggle }: NotificationRule, { refusal }: AudienceMember): LimitedBy | null =>
  toggle !== null && refusal === switchedOff(toggle) ? { toggle, value: 'off', enough: 'on' } : null;

/** The mail without what it was to bring to sign in with, and why; refused where it has nothing else to say. */
export function withoutCredential(planned: PlannedNotification, why: string): PlannedNotification {
  const view = withoutSecret(planned.view);
  if (view === null) return { ...planned, refusal: why };
  return { ...planned, view, credential: null, because: withRemark(planned.because, why) };
}

/** Goes behind the reason why somebody is written to. */
export const bringsNothing = (why: string): string => `the mail brings nothing to sign in with: ${why}`;

const withRemark = (because: string, why: string): string => `${because}; ${bringsNothing(why)}`;

/** What makes a welcome the same mail whenever it is planned: a contact is welcomed once, ever (FEATURES T-04). */
export const welcomeKey = (contactId: ContactId): Buffer => sha256(Buffer.from(JSON.stringify(['welcome', contactId])));

const isRequester = ({ address }: AudienceMember, audience: readonly AudienceMember[]): boolean =>
  audience.some((other) => other.role === 'requester' && other.address === address);
