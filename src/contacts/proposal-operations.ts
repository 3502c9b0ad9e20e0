import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { limitField, nameField } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact, noCustomer } from '../access/references.ts';
import { refusal } from '../access/refusal.ts';
import { err, ok } from '../lib/result.ts';
import { insertDismissal } from './merge-store.ts';
import { findProposals } from './proposals.ts';
import { findContact, findCustomerByName } from './store.ts';

/** Pairs of contacts who may be one person, with what speaks for it; of all customers or of one. */
export const showProposals = readOperation({
  name: 'contact.proposals',
  permission: 'contact.read',
  input: z.strictObject({ customer: nameField.optional(), limit: limitField }),
  run: async ({ db, atOneMoment }, { customer, limit }) => {
    const id = customer === undefined ? null : await findCustomerByName(db, customer);
    if (customer !== undefined && id === null) return err(noCustomer(customer));
    // Over all people at once: of a large desk it takes longer than a statement otherwise may.
    return ok(await atOneMoment((still) => findProposals(still, id, limit)));
  },
});

/** Two contacts are two people: they are not proposed again. */
export const dismissProposal = changeOperation({
  name: 'contact.dismiss',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, other: contactField }),
  run: async ({ tx, actor }, { contact, other }) => {
    const [one, two] = [await findContact(tx, asContactKey(contact)), await findContact(tx, asContactKey(other))];
    if (one === null) return err(noContact(contact));
    if (two === null) return err(noContact(other));
    if (one.id === two.id) {
      const message = `${contact} and ${other} are one person here.`;
      return err(
        refusal('same_contact', message, 'Name two people; to part two who are merged: deskbell contact unmerge'),
      );
    }
    if (!(await insertDismissal(tx, { contactId: one.id, otherId: two.id }, actorLabel(actor)))) {
      const message = `Contacts ${one.id} and ${two.id} are known to be two people already.`;
      return err(refusal('dismissed', message, 'There is nothing to do.'));
    }
    return changed({ contact: one.id, other: two.id });
  },
});
