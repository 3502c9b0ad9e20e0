import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { optionalNameField } from '../access/fields.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { weigh } from './evidence.ts';
import type { OwnRow, StandingMerge } from './merge-store.ts';
import { countMerged, findOwnRow, findStandingMerge, lockOwnRow, putMerge, undoMerge } from './merge-store.ts';
import { loadProfiles } from './profiles.ts';
import { findContact } from './store.ts';

/** More than these are no one person's contacts, but a mistake. */
const MAX_MERGED = 100;

/**
 * Makes two contacts one person (FEATURES P-14): the other stands for both. Nothing is moved: whatever is recorded, before
 * and after, stays with the contact whose address it was, so that un-merging restores exactly.
 */
export const mergeContacts = changeOperation({
  name: 'contact.merge',
  permission: 'contact.manage',
  input: z.strictObject({
    contact: contactField,
    into: contactField,
    because: optionalNameField,
    acrossCustomers: z.boolean().default(false),
  }),
  run: async ({ tx, actor }, { contact, into, because, acrossCustomers }) => {
    const sides = await lockSides(tx, contact, into);
    if (!sides.ok) return sides;
    const { from, to } = sides.value;
    if (from.customerId !== to.customerId && !acrossCustomers) {
      const message = `${named(from)} is of ${from.customer}, ${named(to, 'contact')} of ${to.customer}.`;
      return err(refusal('other_customer', message, 'If they are one person all the same, say so: --across-customers'));
    }
    const brings = (await countMerged(tx, from.id)) + 1;
    if ((await countMerged(tx, to.id)) + brings > MAX_MERGED) {
      const message = `${named(to)} would stand for more than ${MAX_MERGED} others.`;
      return err(refusal('too_many_merged', message, 'Un-merge those who are somebody else: deskbell contact unmerge'));
    }
    const [a, b] = await loadProfiles(tx, [to.id, from.id]);
    const found = a === undefined || b === undefined ? [] : weigh(a, b).evidence;
    const evidence = because === '' ? found : [because, ...found];
    await putMerge(tx, { contactId: from.id, intoId: to.id, evidence, mergedBy: actorLabel(actor) });
    const output = { contact: from.id, name: from.name, evidence, person: await findContact(tx, to.id) };
    const event = {
      kind: 'contact_merged' as const,
      ticketId: null,
      entryId: null,
      contactId: from.id,
      inboundId: null,
    };
    const changes = { from: { contact: from.id, partOf: null }, to: { contact: from.id, partOf: to.id, evidence } };
    return changed(output, [event], changes);
  },
});

/** Makes somebody who was merged a person of their own again, with all who had been merged into them. */
export const unmergeContact = changeOperation({
  name: 'contact.unmerge',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField }),
  run: async ({ tx, actor }, { contact }) => {
    const seen = await findOwnRow(tx, asContactKey(contact));
    if (seen === null) return err(noContact(contact));
    await lockOwnRow(tx, seen.personId);
    const row = await findOwnRow(tx, seen.id);
    if (row === null || row.personId !== seen.personId) return err(changedMeanwhile(seen));
    const merge = await findStandingMerge(tx, row.id);
    if (merge === null) return err(await notMerged(tx, row));
    const standsFor = await undoMerge(tx, row.id, actorLabel(actor));
    const output = { was: merge.intoId, standsFor, person: await findContact(tx, row.id) };
    const event = {
      kind: 'contact_unmerged' as const,
      ticketId: null,
      entryId: null,
      contactId: row.id,
      inboundId: null,
    };
    const changes = {
      from: { contact: row.id, partOf: merge.intoId },
      to: { contact: row.id, partOf: null, standsFor },
    };
    return changed(output, [event], changes);
  },
});

interface Sides {
  readonly from: OwnRow;
  /** Who stands for the one that was named. */
  readonly to: OwnRow;
}

/** Who is to be merged into whom, under lock; or why they cannot be. */
async function lockSides(
  tx: Tx,
  contact: z.infer<typeof contactField>,
  into: z.infer<typeof contactField>,
): Promise<Result<Sides, Refusal>> {
  const seen = await findOwnRow(tx, asContactKey(contact));
  if (seen === null) return err(noContact(contact));
  const other = await findOwnRow(tx, asContactKey(into));
  if (other === null) return err(noContact(into));
  if (seen.personId !== seen.id) return err(alreadyMerged(seen, await findStandingMerge(tx, seen.id)));
  const locked = new Map<ContactId, OwnRow>();
  for (const id of new Set([seen.id, other.personId].toSorted((a, b) => a - b))) {
    const row = await lockOwnRow(tx, id);
    if (row === null) return err(changedMeanwhile(seen));
    if (row.personId !== id) return err(alreadyMerged(row, await findStandingMerge(tx, id)));
    locked.set(id, row);
  }
  const [from, to] = [locked.get(seen.id) ?? seen, locked.get(other.personId) ?? other];
  if (from.id === to.id) {
    const message =
      seen.id === other.id
        ? `${named(from)} cannot be merged into themselves.`
        : `${named(other)} is part of ${named(from, 'contact')} already: they are one person.`;
    return err(refusal('same_contact', message, 'Name two people.'));
  }
  for (const one of [from, to]) {
    if (one.status !== 'deleted') continue;
    return err(refusal('contact_deleted', `Contact ${one.id} has been deleted.`, 'Name somebody who is not deleted.'));
  }
  return ok({ from, to });
}

/** "contact 2 (Ana Lima)"; as a sentence begins with it: "Contact 2 (Ana Lima)". */
const named = ({ id, name }: OwnRow, first: 'contact' | 'Contact' = 'Contact'): string =>
  name === '' ? `${first} ${id}` : `${first} ${id} (${name})`;

const changedMeanwhile = (row: OwnRow): Refusal =>
  refusal(
    'changed_meanwhile',
    `Somebody else merged or un-merged contact ${row.id} at this moment.`,
    `Look again: deskbell contact show ${row.id}`,
  );

function alreadyMerged(row: OwnRow, merge: StandingMerge | null): Refusal {
  const when = merge === null ? '' : `, merged by ${merge.mergedBy} on ${merge.mergedAt.toISOString().slice(0, 16)}Z`;
  const message = `${named(row)} is part of contact ${row.personId} already${when}.`;
  return refusal('already_merged', message, `To take that back first: deskbell contact unmerge ${row.id}`);
}

async function notMerged(tx: Tx, row: OwnRow): Promise<Refusal> {
  const parts = (await findContact(tx, row.id))?.merged ?? [];
  const message = `${named(row)} is not part of another contact.`;
  const mend =
    parts.length === 0
      ? 'There is nothing to take back.'
      : `These are part of them: ${parts.map(({ id, name }) => `${id}${name === '' ? '' : ` (${name})`}`).join(', ')}; name one of those.`;
  return refusal('not_merged', message, mend);
}
