import type { Db } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { isOverdue } from '../inbound/held.ts';
import { groupHeld } from '../inbound/held-store.ts';
import { balanceParts } from '../inbound/ledger.ts';
import { countParts } from '../inbound/ledger-store.ts';
import { HOLD_REASONS, POLICY, REJECTED_RULE } from '../inbound/policy.ts';
import type { HoldReason } from '../inbound/policy.ts';
import { listMailboxes, listHealth } from '../mailboxes/store.ts';
import { findBudgetLevel } from '../notifications/budget-store.ts';
import { BREAKER } from '../notifications/budgets.ts';
import { perMinuteOf } from '../notifications/route-limit.ts';
import type { Settings } from '../settings/resolve.ts';
import type { UnusableTemplate } from '../notifications/templates.ts';
import { readTemplates } from '../notifications/templates/live.ts';
import { pageLanguages } from '../portal/page-languages.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { listAlarms } from '../worker/alarms.ts';
import type { MailboxOverview, MessageOverview, OverviewView, TrialHint, WaitingOverview } from './overview.ts';

const RULES = new Map([
  ...POLICY.map(({ id, says }) => [id, says] as const),
  [REJECTED_RULE, 'an operator rejected it'],
]);

/**
 * Reads what the overview page shows. Outside of the trial nobody's mail is in it, for the page asks for no login.
 * However many look at it, reading takes a fiftieth of the time: until then all see the last reading.
 */
export function createOverviewReader(db: Db, trial: TrialHint | null): () => Promise<OverviewView> {
  let last: { readonly view: Promise<OverviewView>; goodUntil: number } | null = null;
  return () => {
    const began = performance.now();
    if (last !== null && began < last.goodUntil) return last.view;
    const reading = { view: readOverview(db, trial, new Date()), goodUntil: Infinity };
    last = reading;
    reading.view.then(
      () => (reading.goodUntil = performance.now() + 50 * (performance.now() - began)),
      () => (reading.goodUntil = 0),
    );
    return reading.view;
  };
}

async function readOverview(db: Db, trial: TrialHint | null, at: Date): Promise<OverviewView> {
  const mailboxes = await listMailboxes(db);
  const messages = trial === null ? null : await listNewest(db);
  const settings = settingsOf(await loadSettings(db, [], []));
  const [health, outbox, waiting, isBreakerOpen, alarms, { problems }] = await Promise.all([
    listHealth(db),
    countOutbox(db),
    readWaiting(db, at, settings),
    readBreaker(db, settings),
    listAlarms(db),
    readTemplates(db),
  ]);
  const [first] = mailboxes;
  const rows: MailboxOverview[] = [];
  for (const mailbox of mailboxes.slice(0, 50)) {
    const state = health.find(({ mailboxId }) => mailboxId === mailbox.id);
    const isSilent = state === undefined || !(await isHeld(db, mailbox.id));
    rows.push({
      address: mailbox.address,
      state:
        mailbox.status === 'paused'
          ? { is: 'paused' }
          : isSilent
            ? {
                is: 'trouble',
                reason: 'No worker watches this mailbox.',
                mend: 'Start one: deskbell worker. After a crash another takes over within 35 seconds.',
              }
            : state.state === 'trouble'
              ? { is: 'trouble', reason: state.reason ?? '', mend: state.advice ?? '' }
              : { is: state.state },
      lastCheckedAt: state?.checkedAt ?? null,
      balance: await balanceOf(db, mailbox.id, state?.unaccountedCount ?? null),
      alarms: alarms.filter(({ mailboxId }) => mailboxId === mailbox.id),
      mailsPerMinute: perMinuteOf(settings, mailbox.id),
    });
  }
  return {
    at,
    desk: {
      name: first?.displayName ?? 'Deskbell',
      address: first?.address ?? '(no mailbox yet: deskbell mailbox add)',
    },
    mailboxes: rows,
    waiting,
    isBreakerOpen,
    templates: [
      ...problems.map(templateName),
      ...pageLanguages().problems.map(({ locale }) => `the pages for customers in ${locale}`),
    ],
    outbox,
    messages,
    trial,
  };
}

/** What is wrong with it is for operators: template list. */
const templateName = ({ kind, locale, version }: UnusableTemplate): string =>
  kind === null ? `the language ${locale}` : `${kind} in ${locale}${version === null ? '' : `, version ${version}`}`;

async function readWaiting(db: Db, at: Date, settings: Settings): Promise<WaitingOverview> {
  const groups = await groupHeld(db);
  const times = groups.map(({ oldestAt }) => oldestAt.getTime());
  return {
    count: groups.reduce((sum, { count }) => sum + count, 0),
    oldestAt: times.length === 0 ? null : new Date(Math.min(...times)),
    isOverdue: groups.some(({ mailboxId, oldestAt }) => isOverdue(mailboxId, oldestAt, settings, at)),
  };
}

async function isHeld(db: Db, mailboxId: number): Promise<boolean> {
  const rows = await db.sql`select 1 from mailbox_leases where mailbox_id = ${mailboxId} and expires_at > now()`;
  return rows.count > 0;
}

async function balanceOf(db: Db, mailboxId: number, unaccounted: number | null): Promise<MailboxOverview['balance']> {
  const [folder] = await db.sql<{ id: number }[]>`
    select id from mailbox_folders where mailbox_id = ${mailboxId} order by id desc limit 1`;
  if (folder === undefined || unaccounted === null) return null;
  const parts = await countParts(db, folder.id, null);
  const onServer = Object.values(parts).reduce((sum, count) => sum + count, 0) + unaccounted;
  return { onServer, parts: balanceParts(parts), unaccounted };
}

/** Whether not one more acknowledgement fits. */
async function readBreaker(db: Db, settings: Settings): Promise<boolean> {
  const nowhere = { mailboxId: 0 as MailboxId, customerId: null, contactId: null };
  const limit = Number(resolveToggle(settings, BREAKER.toggle, nowhere).value);
  return limit > 0 && (await findBudgetLevel(db, { ...BREAKER, limit })) > limit - 1;
}

const SHOWN_STATES = [
  'queued',
  'folded',
  'sending',
  'deferred',
  'sent',
  'uncertain',
  'failed',
  'suppressed',
  'bounced',
];

async function countOutbox(db: Db): Promise<OverviewView['outbox']> {
  const rows = await db.sql<{ state: string; count: number }[]>`
    select case state when 'submitting' then 'sending' else state end as state, count(*)::int as count
    from notifications where state <> 'folded' or folded_into is null group by 1`;
  return SHOWN_STATES.map((state) => ({ state, count: rows.find((row) => row.state === state)?.count ?? 0 }));
}

async function listNewest(db: Db): Promise<readonly MessageOverview[]> {
  const rows = await db.sql<(Omit<MessageOverview, 'reason'> & { rule: string | null; held: HoldReason | null })[]>`
    select m.received_at as "receivedAt", coalesce(d.facts -> 'sender' ->> 'address', d.facts -> 'sender' ->> 'raw') as "from",
      d.facts ->> 'subject' as subject, coalesce(m.verdict, m.status) as verdict, m.rule, m.reason as held, t.number as "ticketNumber"
    from inbound_messages m
    left join decisions d on d.inbound_id = m.id
    left join tickets t on t.id = m.ticket_id
    order by m.id desc limit 20`;
  return rows.map(({ rule, held, ...row }) => ({
    ...row,
    reason:
      held !== null ? HOLD_REASONS[held] : rule !== null && rule !== 'new_ticket' ? (RULES.get(rule) ?? rule) : '',
  }));
}
