import type { Db, Queryable, Tx } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';

/** The right to read one mailbox: RELIABILITY D6. Whoever holds a smaller epoch cannot commit. */
export interface Lease {
  readonly mailboxId: MailboxId;
  readonly holder: string;
  readonly epoch: number;
}

/** The lease went to somebody else, or ran out: what was begun under it is rolled back. */
export class LeaseLost extends Error {
  constructor(lease: Lease) {
    super(`mailbox ${lease.mailboxId}: the lease of epoch ${lease.epoch} is no longer ours`);
  }
}

/** Mailboxes that `takeLease` would get now, without a lock: most of the time there are none. */
export async function findFreeMailboxes(db: Queryable, holder: string): Promise<ReadonlySet<MailboxId>> {
  const rows = await db.sql<{ id: MailboxId }[]>`
    select m.id from mailboxes m left join mailbox_leases l on l.mailbox_id = m.id
    where m.status = 'active' and (l.mailbox_id is null or l.expires_at <= clock_timestamp() or l.holder = ${holder})`;
  return new Set(rows.map(({ id }) => id));
}

/**
 * Takes the mailbox if nobody holds it, its holder's time is up, or the holder has our own name: then it is our
 * predecessor, and its epoch ends here whether it is dead or not.
 */
export async function takeLease(db: Db, mailboxId: MailboxId, holder: string, leaseMs: number): Promise<Lease | null> {
  return inTransaction(db, async (tx) => {
    await tx.sql`
      insert into mailbox_leases (mailbox_id, holder, epoch, expires_at)
      values (${mailboxId}, ${holder}, 0, '-infinity') on conflict do nothing`;
    // `for update` waits for a holder's commit that is under way; afterwards no commit of an older epoch can begin.
    const [row] = await tx.sql<{ epoch: number; isFree: boolean }[]>`
      select epoch, expires_at <= clock_timestamp() or holder = ${holder} as "isFree"
      from mailbox_leases where mailbox_id = ${mailboxId} for update`;
    if (row === undefined || !row.isFree) return null;
    const epoch = row.epoch + 1;
    await tx.sql`
      update mailbox_leases
      set holder = ${holder}, epoch = ${epoch}, expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      where mailbox_id = ${mailboxId}`;
    return { mailboxId, holder, epoch };
  });
}

/** Extends the lease; false when it is no longer ours. A plain update: it does not wait for a batch under way. */
export async function renewLease(db: Queryable, lease: Lease, leaseMs: number): Promise<boolean> {
  const rows = await db.sql`
    update mailbox_leases set expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where mailbox_id = ${lease.mailboxId} and holder = ${lease.holder} and epoch = ${lease.epoch}
      and expires_at > clock_timestamp()`;
  return rows.count === 1;
}

/** Lets the mailbox go, so that another worker need not wait for the lease to run out. */
export async function releaseLease(db: Queryable, lease: Lease): Promise<void> {
  await db.sql`
    update mailbox_leases set expires_at = clock_timestamp()
    where mailbox_id = ${lease.mailboxId} and holder = ${lease.holder} and epoch = ${lease.epoch}`;
}

/** The fence of every transaction that writes for a mailbox: throws `LeaseLost` unless the lease holds until the commit. */
export async function requireLease(tx: Tx, lease: Lease): Promise<void> {
  const rows = await tx.sql`
    select 1 from mailbox_leases
    where mailbox_id = ${lease.mailboxId} and holder = ${lease.holder} and epoch = ${lease.epoch}
      and expires_at > clock_timestamp()
    for key share`;
  if (rows.count === 0) throw new LeaseLost(lease);
}

/** Who reads which mailbox now: leases that have not run out. */
export async function listHolders(db: Queryable): Promise<ReadonlyMap<MailboxId, string>> {
  const rows = await db.sql<{ mailboxId: MailboxId; holder: string }[]>`
    select mailbox_id as "mailboxId", holder from mailbox_leases where expires_at > clock_timestamp()`;
  return new Map(rows.map(({ mailboxId, holder }) => [mailboxId, holder]));
}
