import type { GroupRow } from '../contacts/group-store.ts';
import { findGroups, listGroups } from '../contacts/group-store.ts';
import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { quoted } from './fields.ts';
import { nearest } from '../lib/nearest.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/**
 * The group of that number or name. A name may be one group's for each customer and one's for all: then the number
 * tells them apart.
 */
export async function readGroup(db: Queryable, asked: number | string): Promise<Result<GroupRow, Refusal>> {
  const found = await findGroups(db, asked);
  return oneOf(db, asked, found);
}

/** The same for a ticket of this customer: one of another customer is refused. */
export async function readGroupForTicket(
  db: Queryable,
  asked: number | string,
  customerId: CustomerId | null,
): Promise<Result<GroupRow, Refusal>> {
  const found = await findGroups(db, asked);
  const fitting = found.filter((group) => group.customerId === null || group.customerId === customerId);
  const [other] = found;
  if (fitting.length > 0 || other === undefined) return oneOf(db, asked, fitting);
  const message = `The group ${groupWords(other)} is for that customer's tickets alone.`;
  return err(refusal('group_of_other_customer', message, 'See which fit: deskbell group list'));
}

async function oneOf(
  db: Queryable,
  asked: number | string,
  found: readonly GroupRow[],
): Promise<Result<GroupRow, Refusal>> {
  const [first] = found;
  if (first === undefined) return err(await noGroup(db, asked));
  if (found.length === 1) return ok(first);
  const which = found.map((group) => `${group.id} (${group.customer ?? 'all customers'})`).join(', ');
  const message = `${quoted(asked)} is the name of ${found.length} groups: ${which}.`;
  return err(refusal('group_ambiguous', message, 'Name it by its number.'));
}

/** "Night shift of Lantern Works". */
export const groupWords = ({ name, customer }: Pick<GroupRow, 'name' | 'customer'>): string =>
  customer === null ? name : `${name} of ${customer}`;

async function noGroup(db: Queryable, asked: number | string): Promise<Refusal> {
  const names = typeof asked === 'number' ? [] : (await listGroups(db, null)).map(({ name }) => name);
  const meant = typeof asked === 'number' ? null : nearest(asked, names);
  const written = typeof asked === 'number' ? String(asked) : quoted(asked);
  return refusal(
    'group_not_found',
    `There is no group ${written}${meant === null ? '' : `; ${quoted(meant)} is one`}.`,
    'See all with: deskbell group list; add one with: deskbell group add',
  );
}
