import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { headerText } from '../mail/compose.ts';

/** What the overview page shows, as it was read in one moment. */
export interface OverviewView {
  /** When the figures were read; ages are counted from here. */
  readonly at: Date;
  /** The desk's display name and the address customers write to. */
  readonly desk: { readonly name: string; readonly address: string };
  /** In the order to show; the caller bounds it. */
  readonly mailboxes: readonly MailboxOverview[];
  /** Mail that waits for a person. */
  readonly waiting: WaitingOverview;
  /** The desk has sent so many acknowledgements in this hour that it sends no more for now. */
  readonly isBreakerOpen: boolean;
  /** Templates of operators, and languages, that cannot be used; the next in line is sent instead. */
  readonly templates: readonly string[];
  /** In the order to show, states without a notification included. */
  readonly outbox: readonly OutboxCount[];
  /** Newest first; the first 20 are shown. null: nobody's mail is shown here. */
  readonly messages: readonly MessageOverview[] | null;
  /** How to send a first mail; null in production. */
  readonly trial: TrialHint | null;
}

export interface MailboxOverview {
  readonly address: string;
  readonly state: MailboxState;
  /** When the server's list was last compared with ours; null before the first time. */
  readonly lastCheckedAt: Date | null;
  /** null until the server was listed once. */
  readonly balance: MailBalance | null;
  /** How many mails a minute it may send; 0: no limit. */
  readonly mailsPerMinute: number;
  /** What has been broken of it for so long that the admins were told. */
  readonly alarms: readonly MailboxAlarm[];
}

/** Its words may quote a server. */
export interface MailboxAlarm {
  readonly problem: string;
  readonly since: Date;
}

/** `mend` is what the operator can do about `reason`; both are one sentence without secrets. */
export type MailboxState =
  | { readonly is: 'watching' }
  | { readonly is: 'connecting' }
  | { readonly is: 'paused' }
  | { readonly is: 'trouble'; readonly reason: string; readonly mend: string };

/** Where the mail of one mailbox went: `onServer` is the sum of all parts and `unaccounted` (FEATURES B-01). */
export interface MailBalance {
  readonly onServer: number;
  /** Such as `tickets and replies`, `held`, `automatic`, in this order. */
  readonly parts: readonly { readonly words: string; readonly count: number }[];
  /** Not zero is an alarm. */
  readonly unaccounted: number;
}

export interface WaitingOverview {
  readonly count: number;
  /** When the oldest of it came; null when none waits. */
  readonly oldestAt: Date | null;
  /** Some of it waits longer than its mailbox says it should. */
  readonly isOverdue: boolean;
}

export interface OutboxCount {
  /** A state of DESIGN 4: queued, sending, submitting, sent, deferred, ... */
  readonly state: string;
  readonly count: number;
}

export interface MessageOverview {
  readonly receivedAt: Date;
  /** The address as far as it could be read; null when nobody could be named. */
  readonly from: string | null;
  readonly subject: string | null;
  /** A verdict or status of DESIGN 4: opened, appended, held, quarantined, received, ... */
  readonly verdict: string;
  /** Why, in words: the rule, or the reason it is held; '' when there is nothing to say. */
  readonly reason: string;
  /** The ticket it belongs to now. */
  readonly ticketNumber: number | null;
}

export interface TrialHint {
  readonly smtpPort: number;
  readonly imapPort: number;
  /** What any address may log in with to the trial's IMAP. */
  readonly password: string;
  /** To be pasted into a terminal; sends a first mail to the desk. */
  readonly command: string;
}

/** The colour of a word: something went well, goes on, waits for a person, is broken, or is of no concern. */
type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'calm';
type Words = Readonly<Record<string, { readonly words: string; readonly tone: Tone }>>;

const MAILBOX_WORDS: { readonly [Is in MailboxState['is']]: { readonly words: string; readonly tone: Tone } } = {
  watching: { words: 'watching', tone: 'good' },
  connecting: { words: 'connecting', tone: 'busy' },
  paused: { words: 'paused', tone: 'calm' },
  trouble: { words: 'trouble', tone: 'bad' },
};

const VERDICT_WORDS: Words = {
  received: { words: 'being read', tone: 'busy' },
  opened: { words: 'ticket opened', tone: 'good' },
  appended: { words: 'added to ticket', tone: 'good' },
  airlocked: { words: 'shown to operators only', tone: 'wait' },
  held: { words: 'held', tone: 'wait' },
  quarantined: { words: 'quarantined', tone: 'bad' },
  bounce_recorded: { words: 'bounce noted', tone: 'calm' },
  report_recorded: { words: 'report noted', tone: 'calm' },
  duplicate: { words: 'had it already', tone: 'calm' },
  own: { words: 'our own mail', tone: 'calm' },
  canary: { words: 'test of the line', tone: 'calm' },
  ignored: { words: 'ignored', tone: 'calm' },
};

/** States that are an operator's matter as soon as there is one. */
const OUTBOX_TONES: Readonly<Record<string, Tone>> = {
  failed: 'bad',
  uncertain: 'bad',
  bounced: 'wait',
  deferred: 'wait',
};
const MAX_MESSAGES = 20;
const MAX_TEMPLATES = 20;

const SOURCE = readFileSync(new URL('../../templates/console/overview.hbs', import.meta.url), 'utf8');
const page = Handlebars.create().compile(SOURCE, { strict: true, knownHelpersOnly: true });
const style = /<style>(.*?)<\/style>/s.exec(SOURCE)?.[1] ?? '';

/** The Content-Security-Policy the page is served with: its own style by its hash, and nothing else. */
export const OVERVIEW_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The overview page as HTML: needs no script, asks for itself again every 5 seconds, shows others' words as text. */
export function renderOverview(view: OverviewView): string {
  return page({
    desk: { name: headerText(view.desk.name), address: headerText(view.desk.address) },
    health: health(view.mailboxes, view.waiting, view.isBreakerOpen),
    mailboxes: view.mailboxes.map((mailbox) => ({
      address: mailbox.address,
      ...MAILBOX_WORDS[mailbox.state.is],
      trouble: trouble(mailbox.state),
      checked: [
        mailbox.lastCheckedAt === null ? 'not checked yet' : `checked ${ago(view.at, mailbox.lastCheckedAt)}`,
        ...(mailbox.mailsPerMinute === 0 ? [] : [`held to ${mailbox.mailsPerMinute} mails a minute`]),
      ].join(', '),
      balance: mailbox.balance,
      alarms: mailbox.alarms.map(({ problem, since }) => ({
        words: headerText(problem, 500),
        since: `an alarm: it began ${ago(view.at, since)}`,
      })),
      accounts: mailbox.balance?.unaccounted === 0 ? 'good' : 'bad',
    })),
    waiting: waiting(view.at, view.waiting),
    templates: view.templates.slice(0, MAX_TEMPLATES).map((name) => headerText(name)),
    outbox: view.outbox.map(({ state, count }) => ({
      words: state,
      count,
      tone: count === 0 ? 'none' : (OUTBOX_TONES[state] ?? 'calm'),
    })),
    showsMessages: view.messages !== null,
    messages: (view.messages ?? []).slice(0, MAX_MESSAGES).map((message) => ({
      at: message.receivedAt.toISOString(),
      time: clock(view.at, message.receivedAt),
      from: headerText(message.from ?? '') || 'nobody',
      subject: headerText(message.subject ?? '') || '(no subject)',
      ...(VERDICT_WORDS[message.verdict] ?? { words: headerText(message.verdict), tone: 'calm' }),
      reason: headerText(message.reason),
      ticketNumber: message.ticketNumber,
    })),
    trial: view.trial,
    time: view.at.toISOString().slice(0, 19).replace('T', ' '),
  });
}

/** The first sentence of the page: is the mail being watched? */
function health(
  mailboxes: readonly MailboxOverview[],
  { isOverdue }: WaitingOverview,
  isBreakerOpen: boolean,
): { readonly words: string; readonly tone: Tone } {
  const all = mailboxes.length;
  const count = (is: MailboxState['is']): number => mailboxes.filter((mailbox) => mailbox.state.is === is).length;
  if (all === 0) return { words: 'No mailbox yet.', tone: 'wait' };
  const troubled = mailboxes.filter(({ state, alarms }) => state.is === 'trouble' || alarms.length > 0).length;
  if (troubled > 0) return { words: `${troubled} of ${mailboxWords(all)} in trouble.`, tone: 'bad' };
  if (mailboxes.some((mailbox) => (mailbox.balance?.unaccounted ?? 0) > 0))
    return { words: 'Mail on the server is not accounted for.', tone: 'bad' };
  if (isOverdue) return { words: 'Mail has waited too long for a person.', tone: 'bad' };
  if (isBreakerOpen)
    return { words: 'The breaker is open: no acknowledgement is sent (acknowledgements_per_desk_hour).', tone: 'bad' };
  if (count('connecting') > 0) return { words: 'Connecting …', tone: 'busy' };
  if (count('paused') > 0) return { words: `${count('paused')} of ${mailboxWords(all)} paused.`, tone: 'wait' };
  return {
    words: all === 1 ? 'The mailbox is being watched.' : `All ${all} mailboxes are being watched.`,
    tone: 'good',
  };
}

/** How much waits for a person, and since when. */
function waiting(now: Date, { count, oldestAt, isOverdue }: WaitingOverview) {
  return {
    count,
    words: count === 1 ? 'message waits for a person' : 'messages wait for a person',
    oldest: oldestAt === null ? null : `the oldest came ${ago(now, oldestAt)}`,
    isOverdue,
    tone: count === 0 ? 'none' : isOverdue ? 'bad' : 'wait',
  };
}

/** A reason may quote the server, which is another's word. */
function trouble(state: MailboxState): { readonly reason: string; readonly mend: string } | null {
  return state.is === 'trouble' ? { reason: headerText(state.reason, 500), mend: headerText(state.mend, 500) } : null;
}

function mailboxWords(count: number): string {
  return count === 1 ? '1 mailbox' : `${count} mailboxes`;
}

function ago(now: Date, then: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000));
  if (seconds < 2) return 'just now';
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** UTC; with the day when it is not today. The year is in the `datetime` attribute. */
function clock(now: Date, then: Date): string {
  const [today] = now.toISOString().split('T');
  const [day, time = ''] = then.toISOString().split('T');
  return day === today ? time.slice(0, 8) : `${DAY.format(then)} ${time.slice(0, 5)}`;
}
