import type { CustomerDetail } from '../contacts/customer-store.ts';
import type { Tx } from '../db/client.ts';
import type { Changes } from '../db/schema/access.ts';
import { findCustomerEditor } from './edit-store.ts';
import { quoted } from './fields.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/** Refuses an edit of a customer that has changed since it was seen, and says who changed it; null: it may go on. */
export async function refuseStale(
  tx: Tx,
  { id, name, version, updatedAt }: CustomerDetail,
  seen: number | undefined,
): Promise<Refusal | null> {
  if (seen === undefined || seen === version) return null;
  const editor = await findCustomerEditor(tx, id, updatedAt);
  const by = editor === null ? '' : ` by ${editor}`;
  const at = updatedAt.toISOString().slice(0, 16).replace('T', ' ');
  return refusal(
    'changed_meanwhile',
    `The customer ${quoted(name)} was changed${by} on ${at}Z, after you looked.`,
    `Look again with: deskbell customer show "${name}"; it is version ${version} now.`,
  );
}

/**
 * What an edit changed, for the audit: the columns that differ.
 *
 * @param about names the thing, on both sides
 */
export function changesOf(
  about: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Changes & { readonly changed: readonly string[] } {
  const changed = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const pick = (from: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(changed.map((key) => [key, from[key] ?? null]));
  return { changed, from: { ...about, ...pick(before) }, to: { ...about, ...pick(after) } };
}
