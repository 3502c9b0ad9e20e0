import type { AddressState, ContactDetail } from '../contacts/contact-store.ts';
import type { ContactRow, MergedRow } from '../contacts/store.ts';
import { block, facts, line, time } from './table.ts';

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

/**
 * All that is filled of a contact, one fact a line.
 *
 * @param mutes the tickets of which they want to hear no more; null among them: all but their own
 */
export function contactSheet(contact: ContactDetail, mutes: readonly (number | null)[] = []): string {
  const { firstName, lastName, customLabels, custom, comment } = contact;
  const sheet = facts([
    ['number', contact.id],
    ['name', [contact.title, firstName, lastName].filter((part) => part !== '').join(' ')],
    ['customer', contact.customer + (contact.isMainContact ? ', whose main contact they are' : '')],
    ['main site user', contact.isMainSiteUser ? 'yes: sees all tickets of the customer' : null],
    ['status', statusWords(contact)],
    ...contact.addressStates.map((state) => ['address', addressWords(state, contact)] as const),
    ...contact.merged.map((one) => ['stands for', mergedWords(one)] as const),
    ['user name', contact.userName ?? (contact.addressStates.some(isPrimary) ? 'their primary address' : null)],
    ['phone', contact.phone],
    ['mobile', contact.mobile],
    ['fax', contact.fax],
    ['department', contact.department],
    ['job title', contact.jobTitle],
    ['street', contact.street],
    ['zip', contact.zip],
    ['city', contact.city],
    ['country', contact.country],
    ['locale', contact.locale],
    ['devices', contact.relatedDevices.join(', ')],
    ['picture', contact.pictureType],
    ['muted', mutes.map((ticket) => (ticket === null ? 'all tickets but their own' : `ticket ${ticket}`)).join(', ')],
    ...customFacts(customLabels, custom),
    ['made by', contact.createdBy],
    ['since', contact.createdAt],
    ['changed', contact.version === 1 ? null : contact.updatedAt],
    ['version', contact.version],
  ]);
  return comment === '' ? sheet : `${sheet}\ncomment\n${block(comment)}`;
}

/** Custom fields by their labels, as `facts` takes them. */
export const customFacts = (
  labels: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string | number | boolean>>,
): readonly (readonly [string, string])[] =>
  Object.entries(labels).map(([key, label]) => {
    const value = values[key];
    return [label, typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)] as const;
  });

const isPrimary = (state: AddressState): boolean => state.isPrimary;

/** `ana@lantern.example (primary, verified 2030-01-31 12:00Z by mail)`. */
function addressWords(state: AddressState, { id }: ContactDetail): string {
  const { address, verifiedAt, verifiedBy, suppressedFor, ownerId } = state;
  const words = [
    state.isPrimary ? 'primary' : null,
    verifiedAt === null ? 'not verified' : `verified ${time(verifiedAt)} by ${verifiedBy ?? ''}`,
    suppressedFor === null ? null : `not mailed: ${suppressedFor}`,
    ownerId === id ? null : `of contact ${ownerId}`,
  ];
  return `${address} (${words.filter((word) => word !== null).join(', ')})`;
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
