import { asc, eq } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import type { FolderId, InboundMessageId, MailboxId } from '../db/ids.ts';
import { hexBytes, records } from '../db/records.ts';
import type { GapKind, MailboxState } from '../db/schema/mailboxes.ts';
import { mailboxes } from '../db/schema/mailboxes.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Mailbox, NewMailbox } from './model.ts';

const asMailbox = (row: typeof mailboxes.$inferSelect): Mailbox => ({ ...row, address: row.address as EmailAddress });

/** Every mailbox by its number; at most 1,000. */
export async function listMailboxes(db: Queryable): Promise<readonly Mailbox[]> {
  const rows = await db.orm.select().from(mailboxes).orderBy(asc(mailboxes.id)).limit(1000);
  return rows.map(asMailbox);
}

export async function findMailbox(db: Queryable, address: EmailAddress): Promise<Mailbox | null> {
  const [row] = await db.orm.select().from(mailboxes).where(eq(mailboxes.address, address));
  return row === undefined ? null : asMailbox(row);
}

/** A new mailbox; null when the address is one already. */
export async function insertMailbox(db: Queryable, mailbox: NewMailbox): Promise<MailboxId | null> {
  const rows = await db.orm
    .insert(mailboxes)
    .values(mailbox)
    .onConflictDoNothing({ target: mailboxes.address })
    .returning({ id: mailboxes.id });
  return rows[0]?.id ?? null;
}

/** The mailbox is reached like this from now on: servers, secrets, folder. */
export async function updateMailbox(db: Queryable, id: MailboxId, change: Partial<Omit<Mailbox, 'id'>>): Promise<void> {
  await db.orm.update(mailboxes).set(change).where(eq(mailboxes.id, id));
}

export interface FolderGeneration {
  readonly id: FolderId;
  readonly baselineUid: number;
  readonly inheritedBelowUid: number;
  readonly settledThroughUid: number;
}

/** The folder under its UIDVALIDITY; null when it was never seen under it. */
export async function findGeneration(
  db: Queryable,
  mailboxId: MailboxId,
  folder: string,
  uidValidity: number,
): Promise<FolderGeneration | null> {
  const [row] = await db.sql<FolderGeneration[]>`
    select id, baseline_uid as "baselineUid", inherited_below_uid as "inheritedBelowUid", settled_through_uid as "settledThroughUid"
    from mailbox_folders
    where mailbox_id = ${mailboxId} and folder = ${folder} and uid_validity = ${uidValidity}`;
  return row ?? null;
}

/** When this folder was first seen under any UIDVALIDITY; null when never. */
export async function findFirstSeen(db: Queryable, mailboxId: MailboxId, folder: string): Promise<Date | null> {
  const [row] = await db.sql<{ at: Date | null }[]>`
    select min(first_seen_at) as at from mailbox_folders where mailbox_id = ${mailboxId} and folder = ${folder}`;
  return row?.at ?? null;
}

export async function insertGeneration(
  tx: Tx,
  generation: {
    mailboxId: MailboxId;
    folder: string;
    uidValidity: number;
    baselineUid: number;
    inheritedBelowUid: number;
  },
): Promise<void> {
  await tx.sql`
    insert into mailbox_folders (mailbox_id, folder, uid_validity, baseline_uid, inherited_below_uid)
    values (${generation.mailboxId}, ${generation.folder}, ${generation.uidValidity}, ${generation.baselineUid},
      ${generation.inheritedBelowUid})
    on conflict do nothing`;
}

/**
 * Of these UIDs, which the server lists, those that we do not have: neither a row, nor known to be from before our time;
 * ascending. One that was noted as vanished and is listed all the same is one of them.
 */
export async function missingUids(
  db: Queryable,
  folderId: FolderId,
  uids: readonly number[],
): Promise<readonly number[]> {
  const rows = await db.sql<{ uid: number }[]>`
    select u.uid from unnest(${[...uids]}::bigint[]) as u(uid)
    where not exists (select 1 from inbound_messages m where m.folder_id = ${folderId} and m.uid = u.uid)
      and not exists (
        select 1 from mailbox_gaps g where g.folder_id = ${folderId} and g.uid = u.uid and g.kind = 'before_baseline')
    order by u.uid`;
  return rows.map((row) => row.uid);
}

/** What tx 1 knows of a message. */
export interface NewInbound {
  readonly uid: number;
  readonly contentKey: Buffer;
  readonly messageIdHash: Buffer | null;
  readonly rawSha256: Buffer;
  readonly sizeBytes: number;
  readonly isHeadersOnly: boolean;
  readonly internalDate: Date;
}

/** Inserts what is not there yet, in UID order. A UID that had vanished and is back is no gap any more. */
export async function insertInbound(
  tx: Tx,
  place: { mailboxId: MailboxId; folderId: FolderId; epoch: number },
  messages: readonly NewInbound[],
): Promise<readonly { readonly id: InboundMessageId; readonly uid: number }[]> {
  const rows = messages
    .toSorted((a, b) => a.uid - b.uid)
    // Named one by one: callers hand over more than this, the bytes of the mail among it.
    .map((message) => ({
      uid: message.uid,
      contentKey: hexBytes(message.contentKey),
      messageIdHash: message.messageIdHash === null ? null : hexBytes(message.messageIdHash),
      rawSha256: hexBytes(message.rawSha256),
      sizeBytes: message.sizeBytes,
      isHeadersOnly: message.isHeadersOnly,
      internalDate: message.internalDate,
    }));
  const inserted = await tx.sql<{ id: InboundMessageId; uid: number }[]>`
    insert into inbound_messages
      (mailbox_id, folder_id, epoch, uid, content_key, message_id_hash, raw_sha256, size_bytes, is_headers_only, internal_date)
    select ${place.mailboxId}, ${place.folderId}, ${place.epoch}, r.uid, r."contentKey", r."messageIdHash", r."rawSha256", r."sizeBytes",
      r."isHeadersOnly", r."internalDate"
    from json_to_recordset(${records(tx, rows)}) as r(uid bigint, "contentKey" bytea, "messageIdHash" bytea,
      "rawSha256" bytea, "sizeBytes" bigint, "isHeadersOnly" boolean, "internalDate" timestamptz)
    on conflict (folder_id, uid) do nothing
    returning id, uid`;
  await tx.sql`
    delete from mailbox_gaps where folder_id = ${place.folderId} and uid = any(${messages.map((m) => m.uid)}::bigint[])`;
  return inserted;
}

export async function insertGaps(tx: Tx, folderId: FolderId, uids: readonly number[], kind: GapKind): Promise<void> {
  await tx.sql`
    insert into mailbox_gaps (folder_id, uid, kind)
    select ${folderId}, u, ${kind} from unnest(${[...uids]}::bigint[]) as u
    on conflict do nothing`;
}

/** UIDs of the folder that may not have been marked on the server yet, ascending; at most 1,000. */
export async function listUnsettled(
  db: Queryable,
  folderId: FolderId,
  settledThroughUid: number,
): Promise<readonly number[]> {
  const rows = await db.sql<{ uid: number }[]>`
    select uid from inbound_messages where folder_id = ${folderId} and uid > ${settledThroughUid} order by uid limit 1000`;
  return rows.map(({ uid }) => uid);
}

export async function markSettledThrough(db: Queryable, folderId: FolderId, uid: number): Promise<void> {
  await db.sql`
    update mailbox_folders set settled_through_uid = ${uid} where id = ${folderId} and settled_through_uid < ${uid}`;
}

export interface HealthRow {
  readonly mailboxId: MailboxId;
  readonly state: MailboxState;
  readonly reason: string | null;
  readonly advice: string | null;
  readonly changedAt: Date;
  readonly checkedAt: Date | null;
  /** UIDs on the server from the baseline up, when all were last listed. */
  readonly serverCount: number | null;
  readonly unaccountedCount: number | null;
}

export async function listHealth(db: Queryable): Promise<readonly HealthRow[]> {
  return db.sql<HealthRow[]>`
    select mailbox_id as "mailboxId", state, reason, advice, changed_at as "changedAt", checked_at as "checkedAt",
      server_count as "serverCount", unaccounted_count as "unaccountedCount"
    from mailbox_health order by mailbox_id`;
}

/** What the holder says of its mailbox now. */
export async function putHealthState(
  db: Queryable,
  mailboxId: MailboxId,
  state: MailboxState,
  reason: string | null,
  advice: string | null,
): Promise<void> {
  await db.sql`
    insert into mailbox_health (mailbox_id, state, reason, advice, changed_at)
    values (${mailboxId}, ${state}, ${reason}, ${advice}, now())
    on conflict (mailbox_id) do update set state = excluded.state, reason = excluded.reason, advice = excluded.advice,
      changed_at = case when mailbox_health.state = excluded.state then mailbox_health.changed_at else now() end`;
}

/** The server's UIDs were compared with ours just now; after a whole comparison, with what came of it. */
export async function putHealthCheck(
  db: Queryable,
  mailboxId: MailboxId,
  whole: { readonly listed: number; readonly unaccounted: number } | null,
): Promise<void> {
  await db.sql`
    update mailbox_health set checked_at = now(),
      server_count = coalesce(${whole?.listed ?? null}::int, server_count),
      unaccounted_count = coalesce(${whole?.unaccounted ?? null}::int, unaccounted_count)
    where mailbox_id = ${mailboxId}`;
}
