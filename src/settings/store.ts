import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { Layer } from '../db/schema/settings.ts';
import type { ToggleSetting } from './resolve.ts';

/** The settings of the desk and all mailboxes, and those of the customers and contacts named. */
export async function loadSettings(
  db: Queryable,
  customerIds: readonly CustomerId[],
  contactIds: readonly ContactId[],
): Promise<readonly ToggleSetting[]> {
  return db.sql<ToggleSetting[]>`
    select toggle, layer, layer_id as "layerId", value, set_by as "setBy", set_at as "setAt"
    from toggle_settings
    where layer in ('desk', 'mailbox')
      or (layer = 'customer' and layer_id = any(${[...customerIds]}::bigint[]))
      or (layer = 'contact' and layer_id = any(${[...contactIds]}::bigint[]))`;
}

/** A setting with the names that a person knows. */
export interface NamedSetting extends ToggleSetting {
  /** Of the mailbox its address, of a customer or contact the name; null for the desk, and for what is gone. */
  readonly placeName: string | null;
  /** The operator's name, where an operator set it. */
  readonly setByName: string | null;
}

/** Every setting anybody made, widest first; at most 1,000. */
export async function listSettings(db: Queryable): Promise<readonly NamedSetting[]> {
  return db.sql<NamedSetting[]>`
    select s.toggle, s.layer, s.layer_id as "layerId", s.value, s.set_by as "setBy", s.set_at as "setAt",
      case s.layer
        when 'mailbox' then (select m.address from mailboxes m where m.id = s.layer_id)
        when 'customer' then (select u.name from customers u where u.id = s.layer_id)
        when 'contact' then (
          select coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), 'contact ' || c.id)
            || coalesce(' (part of contact ' || c.merged_into_id || ', whose choice counts)', '')
          from contacts c where c.id = s.layer_id)
      end as "placeName",
      (select o.name from operators o where 'operator:' || o.id = s.set_by) as "setByName"
    from toggle_settings s
    order by array_position(array['desk', 'mailbox', 'customer', 'contact'], s.layer), s.layer_id, s.toggle
    limit 1000`;
}

interface SettingPlace {
  readonly toggle: string;
  readonly layer: Layer;
  readonly layerId: number;
}

/**
 * What somebody chose at this place; null when nobody did. Until the transaction ends nobody else chooses anything, so that
 * of two at once the audit of the second has what the first chose.
 */
export async function lockSetting(tx: Tx, { toggle, layer, layerId }: SettingPlace): Promise<string | null> {
  await tx.sql`lock table toggle_settings in share row exclusive mode`;
  const [row] = await tx.sql<{ value: string }[]>`
    select value from toggle_settings where toggle = ${toggle} and layer = ${layer} and layer_id = ${layerId}`;
  return row?.value ?? null;
}

/** The toggle has this value at this place from now on. */
export async function putSetting(db: Queryable, place: SettingPlace, value: string, setBy: string): Promise<void> {
  await db.sql`
    insert into toggle_settings (toggle, layer, layer_id, value, set_by)
    values (${place.toggle}, ${place.layer}, ${place.layerId}, ${value}, ${setBy})
    on conflict (layer, layer_id, toggle)
    do update set value = excluded.value, set_by = excluded.set_by, set_at = now()`;
}

/** Nobody has chosen at this place any more; false when nobody had. */
export async function clearSetting(db: Queryable, place: SettingPlace): Promise<boolean> {
  const rows = await db.sql`
    delete from toggle_settings
    where toggle = ${place.toggle} and layer = ${place.layer} and layer_id = ${place.layerId}`;
  return rows.count > 0;
}
