import type { ContactId, CustomerId, MailboxId } from '../db/ids.ts';
import type { Layer } from '../db/schema/settings.ts';
import type { ToggleId } from './toggles.ts';
import { findToggle } from './toggles.ts';

/** A choice somebody made. */
export interface ToggleSetting {
  readonly toggle: string;
  readonly layer: Layer;
  readonly layerId: number;
  readonly value: string;
  readonly setBy: string;
  readonly setAt: Date;
}

/** Whom a toggle is asked about. */
export interface ToggleScope {
  /** null: the desk as a whole. */
  readonly mailboxId: MailboxId | null;
  readonly customerId: CustomerId | null;
  readonly contactId: ContactId | null;
}

/** The answer, and who gave it: `fallback` is nobody's choice. */
export interface ToggleChoice {
  readonly toggle: ToggleId;
  readonly value: string;
  readonly layer: Layer | 'fallback';
  readonly setBy: string | null;
  readonly setAt: Date | null;
}

/** Every setting that may matter to a batch. */
export type Settings = ReadonlyMap<string, ToggleSetting>;

const key = (toggle: string, layer: Layer, layerId: number) => `${layer}:${layerId}:${toggle}`;

export const settingsOf = (rows: readonly ToggleSetting[]): Settings =>
  new Map(rows.map((row) => [key(row.toggle, row.layer, row.layerId), row]));

/** The same settings, but that these toggles have these values wherever they are asked. */
export function withChoices(
  settings: Settings,
  choices: readonly { readonly toggle: string; readonly value: string }[],
  setBy: string,
): Settings {
  if (choices.length === 0) return settings;
  const chosen = new Set(choices.map(({ toggle }) => toggle));
  const rows = [...settings.values()].filter(({ toggle }) => !chosen.has(toggle));
  const own = choices.map((choice) => ({ ...choice, layer: 'desk' as const, layerId: 0, setBy, setAt: new Date(0) }));
  return settingsOf([...rows, ...own]);
}

/** A choice that is made at a place, or taken back (null). */
export interface SettingChange {
  readonly toggle: ToggleId;
  readonly layer: Layer;
  readonly layerId: number;
  readonly value: string | null;
}

/** The same settings after these changes. */
export function withChanges(settings: Settings, changes: readonly SettingChange[], setBy: string): Settings {
  const changed = new Map(settings);
  for (const { toggle, layer, layerId, value } of changes) {
    const place = key(toggle, layer, layerId);
    if (value === null) changed.delete(place);
    else changed.set(place, { toggle, layer, layerId, value, setBy, setAt: new Date(0) });
  }
  return changed;
}

/** What a toggle says about a scope: contact over customer over mailbox over desk over its own default. */
export function resolveToggle(settings: Settings, id: ToggleId, scope: ToggleScope): ToggleChoice {
  const toggle = findToggle(id);
  if (toggle === null) throw new Error(`no such toggle: ${id}`);
  const places: readonly (readonly [Layer, number | null])[] = [
    ['contact', scope.contactId],
    ['customer', scope.customerId],
    ['mailbox', scope.mailboxId],
    ['desk', 0],
  ];
  for (const [layer, layerId] of places) {
    if (layerId === null || !toggle.layers.includes(layer)) continue;
    const row = settings.get(key(id, layer, layerId));
    if (row !== undefined) return { toggle: id, value: row.value, layer, setBy: row.setBy, setAt: row.setAt };
  }
  return { toggle: id, value: toggle.fallback, layer: 'fallback', setBy: null, setAt: null };
}
