import { check, snakeCase, text, unique } from 'drizzle-orm/pg-core';
import { choice, identity, instant, isOneOf, rowId } from './columns.ts';

/** From the widest to the narrowest: the narrowest setting that exists decides. */
export const LAYERS = ['desk', 'mailbox', 'customer', 'contact'] as const;
export type Layer = (typeof LAYERS)[number];

/** An operator's choices. No row: the toggle's default. */
export const toggleSettings = snakeCase.table(
  'toggle_settings',
  {
    id: identity(),
    toggle: text().notNull(),
    layer: choice<Layer>().notNull(),
    /** 0 for the desk. */
    layerId: rowId().notNull().default(0),
    value: text().notNull(),
    setBy: text().notNull(),
    setAt: instant().notNull().defaultNow(),
  },
  (table) => [
    unique('toggle_settings_place').on(table.layer, table.layerId, table.toggle),
    check('toggle_settings_layer', isOneOf(table.layer, LAYERS)),
  ],
);
