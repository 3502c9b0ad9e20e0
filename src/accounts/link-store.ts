import { lockOrder } from '../contacts/lifecycle-store.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import { hexBytes, records } from '../db/records.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Invited, NotEntitled } from './model.ts';
import { LINK_HOURS } from './model.ts';

/** Not active is not active with a date too, until it is over (contacts/model.ts). */
const isActive = (db: Queryable) => db.sql`
  (c.status = 'active' or (c.status = 'deactivated_until' and c.deactivated_until <= now()))`;

/** An operator gave them the address, or somebody verified it: RELIABILITY D14. What mail or a portal made proves nothing. */
const isProven = (db: Queryable) => db.sql`
  (a.verified_at is not null or o.created_by like 'operator:%' or o.created_by like 'system:%')`;

/**
 * Who of these may not be sent what lets them sign in, and why; null: they may. In their order; they stay contacts
 * until the transaction ends.
 */
export async function findNotEntitled(tx: Tx, invited: readonly Invited[]): Promise<readonly (NotEntitled | null)[]> {
  const ids = [...new Set(invited.map(({ contactId }) => contactId))];
  await tx.sql`select 1 from contacts where id = any(${ids}::bigint[]) order by ${lockOrder(tx)} for key share`;
  const asked = invited.map((one, index) => ({ ...one, index }));
  const rows = await tx.sql<{ whyNot: NotEntitled | null }[]>`
    select case
        when a.contact_id is distinct from r."contactId" then 'not_theirs'
        when not a.is_primary then 'not_primary'
        when not ${isActive(tx)} then 'not_active'
        when not ${isProven(tx)} then 'unproven'
      end as "whyNot"
    from json_to_recordset(${records(tx, asked)}) as r("contactId" bigint, address text, index int)
    left join contact_addresses a on a.address = r.address
    left join contacts o on o.id = a.contact_id
    left join contacts c on c.id = coalesce(o.merged_into_id, o.id)
    order by r.index`;
  return rows.map(({ whyNot }) => whyNot);
}

/** These links work from now on, and no earlier ones of the same contacts. */
export async function issueLinks(tx: Tx, links: readonly (Invited & { readonly hash: Buffer })[]): Promise<void> {
  if (links.length === 0) return;
  await revokeLinks(tx, { contactIds: links.map(({ contactId }) => contactId) });
  const rows = links.map(({ contactId, address, hash }) => ({ contactId, address, hash: hexBytes(hash) }));
  await tx.sql`
    insert into password_links (token_hash, contact_id, address, purpose, expires_at)
    select r.hash::bytea, r."contactId", r.address, 'invite', now() + ${LINK_HOURS} * interval '1 hour'
    from json_to_recordset(${records(tx, rows)}) as r("contactId" bigint, address text, hash text)`;
}

/** Links that go out once more have their whole time again. @returns in hex the hashes of those that still work */
export async function renewLinks(tx: Tx, hashes: readonly Buffer[]): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set();
  const rows = await tx.sql<{ hash: string }[]>`
    update password_links set expires_at = now() + ${LINK_HOURS} * interval '1 hour'
    where token_hash = any(${hashes.map(hexBytes)}::text[]::bytea[]) and used_at is null and revoked_at is null
    returning encode(token_hash, 'hex') as hash`;
  return new Set(rows.map(({ hash }) => hash));
}

/**
 * What was sent to them to sign in with works no more: links that were not used, and a password that was made for them
 * and that they have not changed. Of a contact, or of all who had these addresses.
 */
export async function revokeLinks(
  tx: Tx,
  { contactIds = [], addresses = [] }: { contactIds?: readonly ContactId[]; addresses?: readonly EmailAddress[] },
): Promise<void> {
  if (contactIds.length + addresses.length === 0) return;
  const [contacts, texts] = [[...contactIds], [...addresses]];
  await tx.sql`
    update password_links set revoked_at = now()
    where (contact_id = any(${contacts}::bigint[]) or address = any(${texts}::text[]))
      and used_at is null and revoked_at is null`;
  await tx.sql`delete from portal_accounts where mailed_to is not null and contact_id = any(${contacts}::bigint[])`;
  if (texts.length > 0)
    await tx.sql`delete from portal_accounts where mailed_to is not null and mailed_to = any(${texts}::text[])`;
}

/** A mail to them came to nothing: its link, or the password that was made for them, works no more. @param tokenHash null: a password */
export async function revokeSent(tx: Tx, contactId: ContactId, tokenHash: Buffer | null): Promise<void> {
  if (tokenHash === null) {
    await tx.sql`delete from portal_accounts where contact_id = ${contactId} and mailed_to is not null`;
    return;
  }
  await tx.sql`
    update password_links set revoked_at = now()
    where token_hash = ${hexBytes(tokenHash)}::text::bytea and used_at is null and revoked_at is null`;
}

/** Links that ended before that moment are forgotten; at most so many. @returns how many were */
export async function forgetLinks(db: Queryable, before: Date, limit: number): Promise<number> {
  const rows = await db.sql`
    delete from password_links where id = any(array(
      select id from password_links where coalesce(used_at, revoked_at, expires_at) < ${before} order by id limit ${limit}))`;
  return rows.count;
}

/** A link that works, and whose it is. */
export interface LiveLink {
  readonly contactId: ContactId;
  readonly address: EmailAddress;
  readonly userName: string | null;
  /** The language of whose it is, else of their customer; null: nobody knows. */
  readonly locale: string | null;
}

/**
 * The link of this token; null when there is none that works: unknown, used, too old, revoked, or its contact or
 * address is not what it was, whether anybody revoked it or not.
 */
export async function findLiveLink(db: Queryable, hash: Buffer): Promise<LiveLink | null> {
  const [row] = await db.sql<LiveLink[]>`
    select l.contact_id as "contactId", l.address, coalesce(c.user_name, o.user_name) as "userName",
      coalesce(c.locale, u.locale) as locale
    ${liveLink(db, hash)}`;
  return row ?? null;
}

/** Uses the link up. @returns whose it was; null when it works no more: of several at once, one wins */
export async function useLink(tx: Tx, hash: Buffer): Promise<ContactId | null> {
  const [row] = await tx.sql<{ contactId: ContactId }[]>`
    update password_links set used_at = now()
    where id = (select l.id ${liveLink(tx, hash)}) and used_at is null and revoked_at is null
    returning contact_id as "contactId"`;
  return row?.contactId ?? null;
}

const liveLink = (db: Queryable, hash: Buffer) => db.sql`
  from password_links l
  join contact_addresses a on a.address = l.address and a.contact_id = l.contact_id and a.is_primary
  join contacts o on o.id = l.contact_id
  join contacts c on c.id = coalesce(o.merged_into_id, o.id)
  join customers u on u.id = c.customer_id
  where l.token_hash = ${hexBytes(hash)}::text::bytea and l.used_at is null and l.revoked_at is null
    and l.expires_at > now() and ${isActive(db)}`;
