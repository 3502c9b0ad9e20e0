import type { Queryable } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import type { LimitedBy } from '../notifications/model.ts';
import type { Settings } from '../settings/resolve.ts';
import { settingsOf, withChoices } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import type { TraceStep } from './decide.ts';
import { decideAnswer } from './decide.ts';
import type { KeptBackMail } from './explain-store.ts';
import { findKeptBack } from './explain-store.ts';
import { askerOf } from './facts.ts';
import type { Choice } from './flip.ts';
import { findAnswerFlip } from './flip.ts';
import { ANSWER_POLICY } from './answer-policy.ts';

/** What would have let a mail go that was kept back. */
export interface MailFlip {
  /** Toggles at other values; null: no toggle kept it back. */
  readonly choices: readonly Choice[] | null;
  /** As the toggles are today, the same mail would go. */
  readonly wouldGoNow: boolean;
}

/**
 * For each mail of these that was kept back, the smallest set of toggles that would have let it go (FEATURES B-02):
 * proven by asking the rules again that were asked, or by what the budget that refused it held then.
 */
export async function explainKeptBack(
  db: Queryable,
  ids: readonly NotificationId[],
): Promise<ReadonlyMap<NotificationId, MailFlip>> {
  const mails = await findKeptBack(db, ids);
  if (mails.length === 0) return new Map();
  const askers = mails.flatMap(({ facts }) => (facts === null ? [] : askerOf(facts)));
  const today = settingsOf(
    await loadSettings(
      db,
      [...new Set(askers.flatMap((asker) => ('customerId' in asker ? asker.customerId : [])))],
      [...new Set(askers.flatMap((asker) => ('contactId' in asker ? asker.contactId : [])))],
    ),
  );
  return new Map(mails.map((mail) => [mail.id, flipOf(mail, today)]));
}

/** How to say it, on one line; null when there is nothing to say. */
export function mailFlipWords({ choices, wouldGoNow }: MailFlip): string {
  if (choices === null) return 'no toggle kept it back';
  const words = `it would have gone with ${choices.map(({ toggle, value }) => `${toggle} = ${value}`).join(' and ')}`;
  return wouldGoNow ? `${words}, and would go as the toggles are today` : words;
}

function flipOf({ reason, limitedBy, facts, trace }: KeptBackMail, today: Settings): MailFlip {
  if (limitedBy !== null) return { choices: [enough(limitedBy)], wouldGoNow: false };
  const isAnswerRule = ANSWER_POLICY.some(({ says }) => says === reason);
  if (facts === null || !isAnswerRule) return { choices: null, wouldGoNow: false };
  const then = withChoices(today, askedIn(trace), 'then');
  return { choices: findAnswerFlip(facts, then), wouldGoNow: decideAnswer(facts, today).answer.send };
}

const enough = ({ toggle, enough: value }: LimitedBy): Choice => ({ toggle, value });

/** What the toggles said when they were asked. */
const askedIn = (trace: readonly TraceStep[] | null): readonly Choice[] => (trace ?? []).flatMap(({ asked }) => asked);
