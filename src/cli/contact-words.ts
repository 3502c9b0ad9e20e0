import type { ContactRow, MergedRow } from '../contacts/store.ts';
import { facts, line, time } from './table.ts';

/** A contact, one fact a line. */
export function contactFacts(contact: ContactRow): string {
  return facts([
    ['number', contact.id],
    ['name', contact.name],
    ['customer', contact.customer],
    ['status', statusWords(contact)],
    ['addresses', contact.addresses.join(', ')],
    ...contact.merged.map((one) => ['stands for', mergedWords(one)] as const),
    ['made by', contact.createdBy],
    ['since', contact.createdAt],
  ]);
}

/** "17, Ana P., of Quarry: ana.p@home.example": whose addresses are hers too. */
function mergedWords({ id, name, customer, addresses }: MergedRow): string {
  return `contact ${[id, ...(name === '' ? [] : [name]), `of ${customer}`].join(', ')}: ${addresses.join(', ') || 'no address'}`;
}

/** How a contact stands, in a word or two. */
export function statusWords({ status, deactivatedUntil }: Pick<ContactRow, 'status' | 'deactivatedUntil'>): string {
  return deactivatedUntil === null ? status : `deactivated until ${time(deactivatedUntil)}`;
}

/** A person in a sentence: "contact 12, Ana Peralta". */
export const whoIs = ({ id, name }: { readonly id: number; readonly name: string }): string =>
  `contact ${id}${name === '' ? '' : `, ${line(name)}`}`;

/** That somebody has an address now from which mail was held. */
export const tombstoneWords = (lifted: readonly string[]): readonly string[] =>
  lifted.map((address) => `${address} was the address of a deleted contact: mail from there is not held any more.`);
