import type { Queryable } from '../db/client.ts';
import { NOTIFICATION_RULES, switchedOff } from '../notifications/rules.ts';
import type { SettingChange, Settings } from '../settings/resolve.ts';
import { resolveToggle, withChanges } from '../settings/resolve.ts';
import type { OwedMail } from './backtest-store.ts';
import { listOwed } from './backtest-store.ts';

/** More rows than this are not looked at: of a longer time, the newest. */
const MAX_OWED = 50_000;
const MAX_SAMPLES = 10;

type Sample = Pick<OwedMail, 'id' | 'kind' | 'recipient' | 'number'>;

/** What there would be more or less of, with a few of each. */
interface Some {
  readonly count: number;
  readonly samples: readonly Sample[];
}

/** What a change would have done to the mail that was owed. */
export interface OwedDifference {
  /** So much was owed by the rules that ask the toggle. */
  readonly mails: number;
  readonly more: Some;
  readonly fewer: Some;
  /** Owed while the toggle said something else than now: of these nothing is told. */
  readonly changedSince: number;
  readonly isCut: boolean;
}

/**
 * What another value of a toggle that some rule asks would have done to the mail that was owed since. Every row says who
 * was told, and whom the toggle kept back, for it is asked last: the outbox knows both, and nothing else is guessed.
 * null: no rule asks it.
 */
export async function compareOwed(
  db: Queryable,
  settings: Settings,
  since: Date,
  change: SettingChange,
): Promise<OwedDifference | null> {
  const kinds = NOTIFICATION_RULES.filter(({ toggle }) => toggle === change.toggle).map(({ kind }) => kind);
  if (kinds.length === 0) return null;
  const owed = await listOwed(db, kinds, switchedOff(change.toggle), since, MAX_OWED);
  return { ...differenceOf(owed, settings, change), isCut: owed.length === MAX_OWED };
}

/** Of these rows, what the change would have kept back, and what it would have let go. Pure. */
function differenceOf(
  owed: readonly OwedMail[],
  settings: Settings,
  change: SettingChange,
): Omit<OwedDifference, 'isCut'> {
  const changed = withChanges(settings, [change], 'backtest');
  const [more, fewer]: [Sample[], Sample[]] = [[], []];
  let changedSince = 0;
  for (const mail of owed) {
    const now = resolveToggle(settings, change.toggle, mail).value;
    const fresh = resolveToggle(changed, change.toggle, mail).value;
    const then = mail.wasOff ? 'off' : 'on';
    if (now !== then) changedSince += 1;
    else if (fresh !== now) (fresh === 'on' ? more : fewer).push(mail);
  }
  return { mails: owed.length, more: someOf(more), fewer: someOf(fewer), changedSince };
}

const someOf = (mails: readonly Sample[]): Some => ({
  count: mails.length,
  samples: mails.slice(0, MAX_SAMPLES).map(({ id, kind, recipient, number }) => ({ id, kind, recipient, number })),
});
