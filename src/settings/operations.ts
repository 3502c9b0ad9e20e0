import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { noPublicUrl, refusal } from '../access/refusal.ts';
import { findTogglePlace, isOneTogglePlace, ONE_TOGGLE_PLACE, togglePlaceFields } from '../access/toggle-place.ts';
import { err, ok } from '../lib/result.ts';
import { clearSetting, listSettings, lockSetting, putSetting } from './store.ts';
import type { Toggle } from './toggles.ts';
import { readToggleValue, toggleValuesWords } from './toggle-values.ts';
import { TOGGLES } from './toggles.ts';

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
          values: toggleValuesWords(toggle),
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

/** A toggle has this value from now on: for the desk, or for the place named. */
export const setToggle = changeOperation({
  name: 'toggle.set',
  permission: 'toggle.manage',
  input: z
    .strictObject({ ...togglePlaceFields, value: z.string().max(200) })
    .refine(isOneTogglePlace, ONE_TOGGLE_PLACE),
  run: async ({ tx, actor, publicUrl }, { value: written, ...input }) => {
    const place = await findTogglePlace(tx, input, (contact) => lockNamedPerson(tx, { contact }));
    if (!place.ok) return place;
    const { toggle, layer, layerId, name } = place.value;
    const read = readToggleValue(toggle, written);
    if (!read.ok) return err(refusal('not_a_value', `${read.error}.`, `What it does: ${toggle.says}`));
    const { value } = read;
    if (publicUrl === null && toggle.valuesWithLinks?.includes(value) === true)
      return err(noPublicUrl(`${toggle.id} = ${value}`));
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
  input: z.strictObject(togglePlaceFields).refine(isOneTogglePlace, ONE_TOGGLE_PLACE),
  run: async ({ tx }, input) => {
    const place = await findTogglePlace(tx, input, (contact) => lockNamedPerson(tx, { contact }));
    if (!place.ok) return place;
    const { toggle, layer, layerId, name } = place.value;
    const before = await lockSetting(tx, { toggle: toggle.id, layer, layerId });
    if (before === null || !(await clearSetting(tx, { toggle: toggle.id, layer, layerId }))) {
      const message = `Nobody has set ${toggle.id} for ${name}.`;
      return err(refusal('not_set', message, 'See what is set with: deskbell toggle list'));
    }
    const output = { toggle: toggle.id, layer, name, fallback: toggle.fallback };
    return changed(output, [], { from: { value: before }, to: { value: null } });
  },
});
