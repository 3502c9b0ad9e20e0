import { z } from 'zod';
import { findContact, findCustomerByName } from '../contacts/store.ts';
import type { Queryable } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { Layer } from '../db/schema/settings.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { findMailbox } from '../mailboxes/store.ts';
import type { Toggle, ToggleId } from '../settings/toggles.ts';
import { findToggle, TOGGLES } from '../settings/toggles.ts';
import { addressField, nameField, numberField, quoted } from './fields.ts';
import { nearest } from './nearest.ts';
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

/** The toggle and the place that were named, if the one may be set for the other. */
export async function findTogglePlace(
  db: Queryable,
  input: z.infer<z.ZodObject<typeof togglePlaceFields>>,
): Promise<Result<TogglePlace, Refusal>> {
  const toggle = findToggle(input.toggle);
  if (toggle === null) return err(noToggle(input.toggle));
  const found = await findLayer(db, input);
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
    const row = await findContact(db, typeof contact === 'number' ? (contact as ContactId) : contact);
    return row === null
      ? err(noPlace('contact', String(contact)))
      : ok({ layer: 'contact', layerId: row.id, name: row.name === '' ? String(contact) : row.name });
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
