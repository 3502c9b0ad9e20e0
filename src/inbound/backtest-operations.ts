import { z } from 'zod';
import { quoted } from '../access/fields.ts';
import { readOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import {
  findTogglePlace,
  isOneTogglePlace,
  lookUpPerson,
  ONE_TOGGLE_PLACE,
  togglePlaceFields,
} from '../access/toggle-place.ts';
import { err, ok } from '../lib/result.ts';
import { settingsOf } from '../settings/resolve.ts';
import { listSettings } from '../settings/store.ts';
import type { ToggleId } from '../settings/toggles.ts';
import { NOTIFY_TOGGLES } from '../settings/notify-toggles.ts';
import { whyNotValue } from '../settings/toggle-values.ts';
import { compareOwed } from './backtest-owed.ts';
import { createDifference } from './replay-difference.ts';
import type { ReplayProgress } from './replay.ts';
import { NOTHING_REPLAYED, replay } from './replay.ts';

const MAX_DAYS = 365;
const HOUR_MS = 3_600_000;
const HOURS = { h: 1, d: 24 } as const;

/** How far back: `30d`, `12h`; in milliseconds. */
const windowField = z.string().transform((raw, context) => {
  const [, count = '', unit = ''] = /^\s*(\d{1,5})\s*([dh])\s*$/.exec(raw) ?? [];
  const hours = Number(count) * HOURS[unit === 'h' ? 'h' : 'd'];
  if (unit !== '' && hours >= 1 && hours <= MAX_DAYS * 24) return hours * HOUR_MS;
  const message = `is a time such as 30d or 12h, of at most ${MAX_DAYS} days, not ${quoted(raw)}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/**
 * What these decide is not about mail as it comes, or not foretold by a replay. Of those that rules ask, the rows of what
 * was owed say what a change would have done.
 */
const UNSEEN: ReadonlySet<ToggleId> = new Set<ToggleId>([
  'notify_ticket_closed',
  'notify_ticket_opened_by_operator',
  'held_alarm_hours',
  'keep_raw_mail_days',
  'keep_attachments_days',
  'keep_decisions_days',
  'keep_deliveries_days',
  'keep_audit_days',
  // Who is told of what others write or of a status is not foretold (replay-owed.ts).
  ...NOTIFY_TOGGLES.map(({ id }) => id),
]);

/**
 * What a toggle at another value would have done to the mail of the last days: its decisions are made again, with the
 * settings as they are and with the change (FEATURES B-03, T-07); of who is told of what, the mail that was owed is looked at
 * again. Nothing is written.
 */
export const backtestToggle = readOperation({
  name: 'toggle.backtest',
  permission: 'message.read',
  input: z
    .strictObject({
      ...togglePlaceFields,
      /** null: what was set there is taken back. */
      value: z.string().max(200).nullable(),
      backtest: windowField,
      /** Told how far it has come; not a word of any actor's. */
      onProgress: z.custom<(progress: ReplayProgress) => void>().default(() => () => {}),
    })
    .refine(isOneTogglePlace, ONE_TOGGLE_PLACE),
  run: async ({ db, keys, clock, atOneMoment }, { value, backtest: windowMs, onProgress, ...input }) => {
    const found = await findTogglePlace(db, input, lookUpPerson(db));
    if (!found.ok) return found;
    const { toggle, layer, layerId, name } = found.value;
    const why = value === null ? null : whyNotValue(toggle, value);
    if (why !== null) return err(refusal('not_a_value', `${why}.`, `What it does: ${toggle.says}`));
    const settings = await listSettings(db);
    const set = settings.find((one) => one.toggle === toggle.id && one.layer === layer && one.layerId === layerId);
    if (value === null && set === undefined) {
      const message = `Nobody has set ${toggle.id} for ${name}.`;
      return err(refusal('not_set', message, 'See what is set with: deskbell toggle list'));
    }
    const since = new Date(clock.now().getTime() - windowMs);
    const change = { toggle: toggle.id, layer, layerId, value };
    const place = { toggle: toggle.id, value, before: set?.value ?? null, layer, name, since };
    const isReplayed = !UNSEEN.has(toggle.id);
    const owed = isReplayed ? null : await compareOwed(db, settingsOf(settings), since, change);
    const difference = createDifference();
    const quality = isReplayed
      ? await atOneMoment((still) => replay(still, keys, since, [change], { onMail: difference.add, onProgress }))
      : NOTHING_REPLAYED;
    return ok({ ...place, isReplayed, owed, quality, ...difference.get() });
  },
});
