import type { ContactRow } from '../contacts/store.ts';
import { facts, time } from './table.ts';

/** A contact, one fact a line. */
export function contactFacts(contact: ContactRow): string {
  return facts([
    ['number', contact.id],
    ['name', contact.name],
    ['customer', contact.customer],
    ['status', statusWords(contact)],
    ['addresses', contact.addresses.join(', ')],
    ['made by', contact.createdBy],
    ['since', contact.createdAt],
  ]);
}

/** How a contact stands, in a word or two. */
export function statusWords({ status, deactivatedUntil }: Pick<ContactRow, 'status' | 'deactivatedUntil'>): string {
  return deactivatedUntil === null ? status : `deactivated until ${time(deactivatedUntil)}`;
}
