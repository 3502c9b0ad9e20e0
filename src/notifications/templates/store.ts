import type { Queryable, Tx } from '../../db/client.ts';
import type { NotificationId } from '../../db/ids.ts';
import type { EmailAddress } from '../../mail/address.ts';
import type { TemplateOverride } from '../templates.ts';
import { GIVE_UP_AFTER_MS } from '../retry.ts';
import { OUTBOX_CHANNEL } from '../store.ts';
import { TEMPLATE_REASON } from '../write.ts';

/** What an operator wrote, when, and whether it is used. */
export interface TemplateVersion extends TemplateOverride {
  readonly author: string;
  /** As people read it. */
  readonly authorName: string;
  readonly isActive: boolean;
  readonly createdAt: Date;
}

const versions = (db: Queryable) => db.sql`
  select v.kind, v.locale, v.version, v.subject, v.text, v.html, v.author, v.is_active as "isActive",
    v.created_at as "createdAt",
    coalesce((select o.name from operators o where 'operator:' || o.id = v.author), v.author) as "authorName"
  from template_versions v`;

/** A kind and a locale have one at most. */
const MAX_ACTIVE = 2000;

/** Those that are used, at most 2,000, oldest first. */
export async function listActiveVersions(db: Queryable): Promise<readonly TemplateVersion[]> {
  return db.sql<TemplateVersion[]>`${versions(db)} where v.is_active order by v.id limit ${MAX_ACTIVE}`;
}

/** Which ones are used, as a word: another word, others. */
export async function findActiveMark(db: Queryable): Promise<string> {
  const [row] = await db.sql<{ mark: string }[]>`
    select coalesce(string_agg(id::text, ' ' order by id), '') as mark from template_versions where is_active`;
  return row?.mark ?? '';
}

/** The newest versions of a template, at most 50. */
export async function listVersions(db: Queryable, kind: string, locale: string): Promise<readonly TemplateVersion[]> {
  return db.sql<TemplateVersion[]>`
    ${versions(db)} where v.kind = ${kind} and v.locale = ${locale} order by v.version desc limit 50`;
}

/** @param version null: the one in use */
export async function findVersion(
  db: Queryable,
  kind: string,
  locale: string,
  version: number | null,
): Promise<TemplateVersion | null> {
  const [row] = await db.sql<TemplateVersion[]>`
    ${versions(db)} where v.kind = ${kind} and v.locale = ${locale}
      and ${version === null ? db.sql`v.is_active` : db.sql`v.version = ${version}`}`;
  return row ?? null;
}

/** Two who change the same template do so one after the other; until the transaction ends. */
export async function lockTemplate(tx: Tx, kind: string, locale: string): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`template ${locale}/${kind}`}, 0))`;
}

/** A new version, in use from now on. Under `lockTemplate`. */
export async function insertVersion(
  tx: Tx,
  written: Omit<TemplateOverride, 'version'> & { readonly author: string },
): Promise<number> {
  const { kind, locale, subject, text, html, author } = written;
  await activateVersion(tx, kind, locale, null);
  const [row] = await tx.sql<{ version: number }[]>`
    insert into template_versions (kind, locale, version, subject, text, html, author, is_active)
    select ${kind}, ${locale}, coalesce(max(version), 0) + 1, ${subject}, ${text}, ${html}, ${author}, true
    from template_versions where kind = ${kind} and locale = ${locale}
    returning version`;
  return row?.version ?? 0;
}

/** This version is used, and no other. @param version null: none is, the files are */
export async function activateVersion(tx: Tx, kind: string, locale: string, version: number | null): Promise<void> {
  await tx.sql`
    update template_versions set is_active = false
    where kind = ${kind} and locale = ${locale} and is_active and version is distinct from ${version}`;
  if (version === null) return;
  await tx.sql`
    update template_versions set is_active = true
    where kind = ${kind} and locale = ${locale} and version = ${version}`;
}

/** Mail of these kinds that failed for its template is due again, unless it is so old that nobody expects it. @returns how many */
export async function requeueFailedTemplates(db: Queryable, kinds: readonly string[]): Promise<number> {
  const rows = await db.sql`
    update notifications set state = 'queued', reason = null, secret = null, next_attempt_at = now()
    where state = 'failed' and kind = any(${[...kinds]}::text[]) and starts_with(reason, ${TEMPLATE_REASON})
      and created_at > now() - ${GIVE_UP_AFTER_MS} * interval '1 millisecond'`;
  if (rows.count > 0) await db.sql`select pg_notify(${OUTBOX_CHANNEL}, '')`;
  return rows.count;
}

/** A mail that was owed, as an example of its kind. */
export interface OwedExample {
  readonly id: NotificationId;
  readonly recipient: EmailAddress;
  readonly locale: string;
  readonly view: unknown;
}

/** The newest mail of this kind about the ticket, or to the address; null: there was none. */
export async function findNewestMail(
  db: Queryable,
  kind: string,
  { ticket, to }: { readonly ticket: number | null; readonly to: EmailAddress | null },
): Promise<OwedExample | null> {
  const [row] = await db.sql<OwedExample[]>`
    select n.id, n.recipient, n.locale, n.view from notifications n
    where n.kind = ${kind} and n.recipient <> ''
      ${ticket === null ? db.sql`` : db.sql`and n.ticket_id = (select id from tickets where number = ${ticket})`}
      ${to === null ? db.sql`` : db.sql`and n.recipient = ${to}`}
    order by n.id desc limit 1`;
  return row ?? null;
}

/** What an example says in the place of its own people where a real ticket is named; null: there is no such ticket. */
export async function findTicketExample(
  db: Queryable,
  number: number,
): Promise<{ readonly subject: string; readonly requester: string | null; readonly text: string | null } | null> {
  const [row] = await db.sql<{ subject: string; requester: string | null; text: string | null }[]>`
    select t.subject, nullif(concat_ws(' ', nullif(c.first_name, ''), nullif(c.last_name, '')), '') as requester,
      (select left(e.text, 65536) from ticket_entries e
       where e.ticket_id = t.id and e.visibility = 'everybody' and e.kind <> 'status' order by e.id desc limit 1) as text
    from tickets t left join contacts r on r.id = t.requester_id
    left join contacts c on c.id = coalesce(r.merged_into_id, r.id)
    where t.number = ${number}`;
  return row ?? null;
}
