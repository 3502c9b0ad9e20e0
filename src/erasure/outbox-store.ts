import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import { rateLimitKey } from '../mail/address.ts';
import { eraseMentionsInDigests } from './digest-store.ts';
import type { Erasure } from './model.ts';
import { ERASED_SUBJECT } from './model.ts';

/** Why mail to them is not sent any more. */
const CANCELLED_BECAUSE = 'the contact was deleted';

/** What is left of the bytes of a mail: the Message-ID by which answers and bounces are still known. */
const STUB = `Message-ID: `;
const STUB_TEXT = '\r\n\r\nThis mail was erased together with its recipient.\r\n';

/**
 * Mail to them does not say any more to whom it went and what it said; its Message-ID stays, so that an answer is still
 * known. What was not sent, or may be sent again, is cancelled.
 */
export async function eraseMails(tx: Tx, ids: readonly NotificationId[]): Promise<void> {
  if (ids.length === 0) return;
  const mails = [...ids];
  await tx.sql`
    update notifications set recipient = ${DELETED_CONTACT}, recipient_name = '', in_reply_to = null, "references" = '[]',
      view = jsonb_build_object('kind', kind, 'erased', true),
      reason = case when state in ('sent', 'bounced') then case when reason is not null then 'it came back' end
        when state in ('failed', 'uncertain') then ${CANCELLED_BECAUSE} || '; before that it was ' || state
        when state = 'folded' and folded_into is not null then 'told in a digest'
        when state = 'suppressed' and position('@' in reason) = 0 then reason
        else ${CANCELLED_BECAUSE} end,
      state = case when state in ('sent', 'bounced') or (state = 'folded' and folded_into is not null) then state else 'cancelled' end,
      credential = null, secret = null, claim_token = null, claimed_by = null, claim_until = null
    where id = any(${mails}::bigint[])`;
  // A row for each, also where there were no bytes yet: whoever was just rendering them finds the place taken.
  await tx.sql`
    insert into notification_mime (notification_id, bytes)
    select id, convert_to(${STUB}::text || message_id || ${STUB_TEXT}, 'UTF8') from notifications where id = any(${mails}::bigint[])
    order by id on conflict (notification_id) do update set bytes = excluded.bytes`;
  await tx.sql`update deliveries set reply = '' where notification_id = any(${mails}::bigint[])`;
}

/** Mail to others about the same tickets does not name them any more, nor quote the subject where that is gone. */
export async function eraseMentionsInMails(tx: Tx, who: Erasure, withMessages: boolean): Promise<void> {
  const { terms } = who;
  const rows = await tx.sql<{ id: NotificationId }[]>`
    with named as (
      select n.id, regexp_replace(regexp_replace(n.view::text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')::jsonb as view,
        ${withMessages} and t.subject = ${ERASED_SUBJECT} and n.view #>> '{ticket,subject}' is not null as has_subject
      from notifications n join tickets t on t.id = n.ticket_id
      where n.ticket_id = any(${[...who.ticketIds]}::bigint[])
        and (n.view::text ~* ${terms.hint} or (${withMessages} and t.subject = ${ERASED_SUBJECT}))
    )
    update notifications n
    set view = case when r.has_subject then jsonb_set(r.view, '{ticket,subject}', 'null') else r.view end
    from named r where n.id = r.id and n.view is distinct from
      case when r.has_subject then jsonb_set(r.view, '{ticket,subject}', 'null') else r.view end
    returning n.id`;
  const ids = [...rows.map(({ id }) => id), ...(await eraseMentionsInDigests(tx, who, withMessages))];
  if (ids.length === 0) return;
  // What is under way or may go again by itself keeps its bytes; what may go again by hand is written anew from its view.
  await tx.sql`
    delete from notification_mime m using notifications n
    where n.id = m.notification_id and n.id = any(${ids}::bigint[]) and n.state in ('queued', 'deferred', 'failed', 'suppressed', 'cancelled')`;
  await tx.sql`
    update notification_mime m set bytes = convert_to(${STUB}::text || n.message_id || ${STUB_TEXT}, 'UTF8')
    from notifications n
    where n.id = m.notification_id and n.id = any(${ids}::bigint[]) and n.state in ('sent', 'bounced')`;
}

/** Nothing is known of how mail went to and from their addresses. */
export async function eraseHabits(tx: Tx, { addresses }: Erasure): Promise<void> {
  const keys = [...new Set(addresses.map(rateLimitKey))];
  await tx.sql`delete from suppressions where address = any(${[...addresses]}::text[])`;
  await tx.sql`delete from budgets where key = any(${keys}::text[])`;
  await tx.sql`delete from mail_rhythms where address_key = any(${keys}::text[])`;
}
