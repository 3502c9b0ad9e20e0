import { z } from 'zod';
import { findPerson, findPersonId } from '../contacts/lifecycle-store.ts';
import { findCustomerByName } from '../contacts/store.ts';
import type { Queryable } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { Layer } from '../db/schema/settings.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { findMailbox } from '../mailboxes/store.ts';
import type { Toggle, ToggleId } from '../settings/toggles.ts';
import { findToggle, TOGGLES } from '../settings/toggles.ts';
import { addressField, nameField, numberField, quoted } from './fields.ts';
import { contactDeleted } from './lock-person.ts';
import { nearest } from '../lib/nearest.ts';
import { asContactKey, noContact } from './references.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/** Fields of whatever takes a toggle and a place. */
export const togglePlaceFields = {
  toggle: z.string().max(200),
  mailbox: addressField.optional(),
  customer: nameField.optional(),
  contact: z.union([addressField, numberField], { error: "is a contact's number or address" }).optional(),
};
interface GivenPlace {
  readonly mailbox?: unknown;
  readonly customer?: unknown;
  readonly contact?: unknown;
}
/** Whether at most one place is named; `ONE_TOGGLE_PLACE` says what is wrong else. */
export const isOneTogglePlace = ({ mailbox, customer, contact }: GivenPlace) =>
  [mailbox, customer, contact].filter((one) => one !== undefined).length <= 1;
export const ONE_TOGGLE_PLACE = {
  path: ['mailbox'],
  message: 'and customer and contact exclude each other: name one place',
};

/** A place where a toggle may be set. */
export interface TogglePlace {
  readonly toggle: Toggle & { readonly id: ToggleId };
  readonly layer: Layer;
  readonly layerId: number;
  readonly name: string;
}

type FindPerson = (
  contact: EmailAddress | number,
) => Promise<Result<{ readonly id: ContactId; readonly name: string }, Refusal>>;

/** A person as they are, for whoever only looks; whoever changes something locks them first. */
export const lookUpPerson =
  (db: Queryable): FindPerson =>
  async (contact) => {
    const id = await findPersonId(db, asContactKey(contact));
    const person = id === null ? null : await findPerson(db, id);
    if (person === null) return err(noContact(contact));
    return person.status === 'deleted' ? err(contactDeleted(person.id)) : ok(person);
  };

/** The toggle and the place that were named, if the one may be set for the other. */
export async function findTogglePlace(
  db: Queryable,
  input: z.infer<z.ZodObject<typeof togglePlaceFields>>,
  findPerson: FindPerson,
): Promise<Result<TogglePlace, Refusal>> {
  const toggle = findToggle(input.toggle);
  if (toggle === null) return err(noToggle(input.toggle));
  const found = await findLayer(db, input, findPerson);
  if (!found.ok) return found;
  if (!toggle.layers.includes(found.value.layer)) {
    const message = `${toggle.id} cannot be set for a ${found.value.layer}.`;
    return err(refusal('not_a_layer', message, `It is set for the ${toggle.layers.join(', or a ')}.`));
  }
  return ok({ toggle, ...found.value });
}

async function findLayer(
  db: Queryable,
  { mailbox, customer, contact }: z.infer<z.ZodObject<typeof togglePlaceFields>>,
  findPerson: FindPerson,
): Promise<Result<Omit<TogglePlace, 'toggle'>, Refusal>> {
  if (mailbox !== undefined) {
    const id = (await findMailbox(db, mailbox))?.id ?? null;
    return id === null ? err(noPlace('mailbox', mailbox)) : ok({ layer: 'mailbox', layerId: id, name: mailbox });
  }
  if (customer !== undefined) {
    const id = await findCustomerByName(db, customer);
    return id === null ? err(noPlace('customer', customer)) : ok({ layer: 'customer', layerId: id, name: customer });
  }
  if (contact !== undefined) {
    const found = await findPerson(contact);
    if (!found.ok) return found;
    const { id, name } = found.value;
    return ok({ layer: 'contact', layerId: id, name: name === '' ? String(contact) : name });
  }
  return ok({ layer: 'desk', layerId: 0, name: 'the desk' });
}

function noToggle(written: string): Refusal {
  const near = nearest(
    written,
    TOGGLES.map(({ id }) => id),
  );
  const mend = near === null ? 'See all with: deskbell toggle list' : `Did you mean ${near}?`;
  return refusal('toggle_not_found', `There is no toggle ${quoted(written)}.`, mend);
}

const noPlace = (layer: Layer, name: string): Refusal =>
  refusal(`${layer}_not_found`, `There is no ${layer} ${quoted(name)}.`, `See all with: deskbell ${layer} list`);
