import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';

const LOOKED_THROUGH = 1000;

/** Who last changed a customer, by name or as a part of the system; null when it is not among the newest audit rows. */
export async function findCustomerEditor(db: Queryable, id: CustomerId, since: Date): Promise<string | null> {
  const [row] = await db.sql<{ editor: string }[]>`
    select coalesce(o.name, a.actor) as editor
    from (select * from audit_rows order by id desc limit ${LOOKED_THROUGH}) a
    left join operators o on a.actor = 'operator:' || o.id
    where a.outcome = 'done' and a.at >= ${since} and a.changes -> 'to' ->> 'customer' = ${String(id)}
    order by a.id desc limit 1`;
  return row?.editor ?? null;
}
