import { z } from 'zod';
import type { ContactId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { addressField, nameField, numberField, quoted } from './fields.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/** A contact as an actor names them: by number, or by any of their addresses. */
export const contactField = z.union([addressField, numberField], {
  error: ({ input }) => (input === undefined ? 'is missing' : `is a contact's number or address, not ${quoted(input)}`),
});

/** The same as the store takes it. */
export const asContactKey = (contact: EmailAddress | number): EmailAddress | ContactId =>
  typeof contact === 'number' ? (contact as ContactId) : contact;

/** Something that has a number and a name, named by either: a group, a team. */
export const rowField = z.union([numberField, nameField], {
  error: ({ input }) => (input === undefined ? 'is missing' : `is a number or a name, not ${quoted(input)}`),
});

/** The name it gets: one that is no number, so that the two are never confused. */
export const newNameField = nameField.refine(
  (name) => !/^#?\d+$/.test(name),
  'cannot be a number: with a number one names a row',
);

/** @param near the name that was most likely meant */
export const noCustomer = (name: string, near: string | null = null): Refusal =>
  refusal(
    'customer_not_found',
    `There is no customer ${quoted(name)}${near === null ? '.' : `: did you mean ${quoted(near)}?`}`,
    'See all with: deskbell customer list; add one with: deskbell customer add',
  );

export const noContact = (contact: EmailAddress | number): Refusal =>
  refusal('contact_not_found', `There is no contact ${contact}.`, 'See all with: deskbell contact list');

export const noTicket = (number: number): Refusal =>
  refusal('ticket_not_found', `There is no ticket ${number}.`, 'See the newest with: deskbell ticket list');

/** @param near the address that was most likely meant */
export const noMailbox = (address: string, near: string | null): Refusal =>
  refusal(
    'mailbox_not_found',
    `The desk has no mailbox ${address}${near === null ? '.' : `: did you mean ${near}?`}`,
    'See all with: deskbell mailbox list',
  );

/** Of the outbox. */
export const noMail = (id: number): Refusal =>
  refusal('mail_not_found', `There is no mail ${id} in the outbox.`, 'See the newest with: deskbell outbox list');
