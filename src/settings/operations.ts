import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { addressField, nameField, numberField, quoted } from '../access/fields.ts';
import { lockNamedPerson } from '../access/lock-person.ts';
import { nearest } from '../lib/nearest.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { findCustomerByName } from '../contacts/store.ts';
import type { Tx } from '../db/client.ts';
import type { Layer } from '../db/schema/settings.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { findMailbox } from '../mailboxes/store.ts';
import { clearSetting, listSettings, lockSetting, putSetting } from './store.ts';
import type { Toggle } from './toggles.ts';
import { findToggle, TOGGLES, whyNotValue } from './toggles.ts';

/** Every toggle: what it says for the desk, who chose it, and who chose otherwise for a part of it. */
export const showToggles = readOperation({
  name: 'toggle.list',
  permission: 'toggle.read',
  input: z.strictObject({}),
  run: async ({ db }) => {
    const settings = await listSettings(db);
    return ok(
      TOGGLES.map((toggle: Toggle) => {
        const mine = settings.filter((setting) => setting.toggle === toggle.id);
        const desk = mine.find(({ layer }) => layer === 'desk') ?? null;
        return {
          id: toggle.id,
          says: toggle.says,
          values: valuesOf(toggle),
          layers: toggle.layers,
          value: desk?.value ?? toggle.fallback,
          isDefault: desk === null,
          setBy: desk?.setByName ?? desk?.setBy ?? null,
          setAt: desk?.setAt ?? null,
          elsewhere: mine
            .filter(({ layer }) => layer !== 'desk')
            .map(({ layer, layerId, placeName, value, setBy, setByName, setAt }) => ({
              layer,
              name: placeName ?? `${layer} ${layerId}`,
              value,
              setBy: setByName ?? setBy,
              setAt,
            })),
        };
      }),
    );
  },
});

const placeFields = {
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
const isOnePlace = ({ mailbox, customer, contact }: GivenPlace) =>
  [mailbox, customer, contact].filter((one) => one !== undefined).length <= 1;
const ONE_PLACE = { path: ['mailbox'], message: 'and customer and contact exclude each other: name one place' };

/** A toggle has this value from now on: for the desk, or for the place named. */
export const setToggle = changeOperation({
  name: 'toggle.set',
  permission: 'toggle.manage',
  input: z.strictObject({ ...placeFields, value: z.string().max(200) }).refine(isOnePlace, ONE_PLACE),
  run: async ({ tx, actor }, { value, ...input }) => {
    const place = await findPlace(tx, input);
    if (!place.ok) return place;
    const { toggle, layer, layerId, name } = place.value;
    const why = whyNotValue(toggle, value);
    if (why !== null) return err(refusal('not_a_value', `${why}.`, `What it does: ${toggle.says}`));
    const before = await lockSetting(tx, { toggle: toggle.id, layer, layerId });
    await putSetting(tx, { toggle: toggle.id, layer, layerId }, value, actorLabel(actor));
    const output = { toggle: toggle.id, value, layer, name, says: toggle.says };
    return changed(output, [], { from: { value: before }, to: { value } });
  },
});

/** Nobody has chosen any more: the next wider choice holds. */
export const clearToggle = changeOperation({
  name: 'toggle.clear',
  permission: 'toggle.manage',
  input: z.strictObject(placeFields).refine(isOnePlace, ONE_PLACE),
  run: async ({ tx }, input) => {
    const place = await findPlace(tx, input);
    if (!place.ok) return place;
    const { toggle, layer, layerId, name } = place.value;
    const before = await lockSetting(tx, { toggle: toggle.id, layer, layerId });
    if (!(await clearSetting(tx, { toggle: toggle.id, layer, layerId }))) {
      const message = `Nobody has set ${toggle.id} for ${name}.`;
      return err(refusal('not_set', message, 'See what is set with: deskbell toggle list'));
    }
    const output = { toggle: toggle.id, layer, name, fallback: toggle.fallback };
    return changed(output, [], { from: { value: before }, to: { value: null } });
  },
});

interface Place {
  readonly toggle: Toggle;
  readonly layer: Layer;
  readonly layerId: number;
  readonly name: string;
}

async function findPlace(tx: Tx, input: z.infer<z.ZodObject<typeof placeFields>>): Promise<Result<Place, Refusal>> {
  const toggle = findToggle(input.toggle);
  if (toggle === null) return err(noToggle(input.toggle));
  const found = await findLayer(tx, input);
  if (!found.ok) return found;
  if (!toggle.layers.includes(found.value.layer)) {
    const message = `${toggle.id} cannot be set for a ${found.value.layer}.`;
    return err(refusal('not_a_layer', message, `It is set for the ${toggle.layers.join(', or a ')}.`));
  }
  return ok({ toggle, ...found.value });
}

async function findLayer(
  tx: Tx,
  { mailbox, customer, contact }: z.infer<z.ZodObject<typeof placeFields>>,
): Promise<Result<Omit<Place, 'toggle'>, Refusal>> {
  if (mailbox !== undefined) {
    const id = (await findMailbox(tx, mailbox))?.id ?? null;
    return id === null ? err(noPlace('mailbox', mailbox)) : ok({ layer: 'mailbox', layerId: id, name: mailbox });
  }
  if (customer !== undefined) {
    const id = await findCustomerByName(tx, customer);
    return id === null ? err(noPlace('customer', customer)) : ok({ layer: 'customer', layerId: id, name: customer });
  }
  if (contact !== undefined) {
    const found = await lockNamedPerson(tx, { contact });
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

const valuesOf = ({ values }: Toggle): string =>
  values.kind === 'choice' ? values.values.join(' | ') : `${values.min} to ${values.max} ${values.unit}`;
