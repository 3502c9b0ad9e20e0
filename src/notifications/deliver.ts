import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { isDatabaseTrouble, sqlState } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { backoffMs } from '../lib/abort.ts';
import { createBatcher } from '../lib/batcher.ts';
import type { Checkpoint } from '../lib/checkpoint.ts';
import type { Clock } from '../lib/clock.ts';
import type { Keys, Secret } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { createPace } from '../lib/pace.ts';
import type { EmailAddress } from '../mail/address.ts';
import { messageIdHash } from '../mail/message-id.ts';
import { findDisabledOperators, NO_OPERATOR } from './cancel-store.ts';
import type { Filled, Finished } from './credentials.ts';
import { broughtBy, fillCredentials, finishMails } from './credentials.ts';
import { hideSecret } from './credential-view.ts';
import type { Written } from './leak.ts';
import { holdQuotedNotes } from './leak.ts';
import type { AttemptOutcome, Claim, ClaimedNotification } from './outbox-store.ts';
import { markSubmitting, releaseClaims, storeMime } from './outbox-store.ts';
import { clearRoutePause, pauseRoute } from './pause-store.ts';
import { consequenceOf, handBack, notWritten } from './retry.ts';
import type { Share } from './route-limit.ts';
import { claimWithinLimits } from './route-limit-store.ts';
import type { Templates } from './templates.ts';
import type { OutgoingMail, SendOutcome, SmtpRoute } from './transport-model.ts';
import { MAIL_KINDS, STAFF_KINDS } from './mail-kinds.ts';
import { writeOrExplain } from './write.ts';

/** The way out for one mailbox. */
export interface Route {
  readonly mailboxId: MailboxId;
  readonly address: EmailAddress;
  readonly displayName: string;
  /** Where answers to the mail of this Message-ID go; null: to `address`. */
  readonly replyTo: (messageId: string) => EmailAddress | null;
  /** The headers of the mail of this Message-ID that say how to get no more of it. */
  readonly unsubscribe: (messageId: string) => readonly (readonly [name: string, value: string])[];
  /** The Message-ID that the server gives a mail of which it says this when it has taken it; null: it keeps ours. */
  readonly aliasOf: (reply: string) => string | null;
  readonly smtp: SmtpRoute;
}

export interface DeliverDeps {
  readonly db: Db;
  readonly templates: Templates;
  readonly clock: Clock;
  readonly log: Log;
  readonly checkpoint: Checkpoint;
  /** This process, until it ends. */
  readonly instance: string;
  readonly uncertainWaitMs: number;
  readonly keys: Keys;
  /** Where the desk's pages are; null: nowhere that its customers reach. */
  readonly publicUrl: string | null;
  readonly onOutcome?: (outcome: AttemptOutcome, claimed: ClaimedNotification) => void;
}

/** The claim went to somebody else before the content began: nothing was sent, and nothing is to be written. */
class ClaimLost extends Error {}

/** Sends what was claimed. Statements of many messages under way are gathered into one. */
export interface Deliverer {
  /**
   * Claims as many messages for each route as it has room for and its limit allows, and starts to send them. Each
   * promise ends with its message.
   */
  deliverDue(
    routes: ReadonlyMap<MailboxId, Share & { readonly route: Route }>,
    signal: AbortSignal,
  ): Promise<readonly { readonly mailboxId: MailboxId; readonly done: Promise<void> }[]>;
}

interface Rendered extends Written {
  readonly route: Route;
  /** In the bytes, which are not stored then; null: nothing. */
  readonly secret: Secret | null;
}

const MAX_GATHERED = 100;
/** While many are sent at once, a statement for several of them costs a third of one for each. A server waits for the first. */
const SUBMIT_SPACING_MS = 12;
const FINISH_SPACING_MS = 40;
/** At 2 s each about ten minutes: what remains of the claim. */
const MAX_COMMIT_ATTEMPTS = 300;
/** After trouble of our own before the content, such as a database that was away. */
const SOON_MS = 5_000;

export function createDeliverer(deps: DeliverDeps): Deliverer {
  /** How many messages each route was handed and has not answered for. */
  const handed = new Map<SmtpRoute, number>();
  const submit = createBatcher(
    (claims: readonly Claim[]) => markSubmitting(deps.db, claims),
    MAX_GATHERED,
    SUBMIT_SPACING_MS,
    () => [...handed.keys()].reduce((sum, smtp) => sum + smtp.underWay(), 0),
  );
  const finish = createBatcher(
    (outcomes: readonly Finished[]) => finishMails(deps.db, outcomes),
    MAX_GATHERED,
    FINISH_SPACING_MS,
  );
  const troubled = new Set<MailboxId>();
  const brokenOff = new Set<string>();

  const deliverOne = async (
    { claimed, route, bytes, secret }: Rendered,
    claimToken: string,
    signal: AbortSignal,
  ): Promise<void> => {
    const claim: Claim = { id: claimed.id, claimToken };
    if (typeof bytes === 'string') {
      await finishOne({ ...claim, ...notWritten(bytes) }, claimed, secret);
      return;
    }
    let outcome: SendOutcome;
    try {
      // RFC 3834 3.3: automatic mail has the null reverse-path, so that no bounce can start a loop. A person's reply
      // comes from the desk's address, where its bounce is read.
      const isPerson = MAIL_KINDS[claimed.kind].origin === 'person';
      const envelope = { envelopeFrom: isPerson ? route.address : ('' as const), envelopeTo: claimed.recipient };
      const said = await handTo(route.smtp, { ...envelope, bytes }, claim, signal);
      outcome = secret === null ? said : withoutQuotes(said, secret);
    } catch (error) {
      // No content was sent: whatever the row says by now, it may go out again soon.
      if (error instanceof ClaimLost) deps.log.warn('notification.claim_lost', { notificationId: claimed.id });
      else await finishOne({ ...claim, ...handBack(String(error), SOON_MS) }, claimed, secret);
      return;
    }
    deps.checkpoint('accepted');
    if (outcome.is === 'refused' && (signal.aborted || outcome.isStopping)) {
      await finishOne({ ...claim, ...handBack(outcome.text, 0) }, claimed, secret);
      return;
    }
    // A route in trouble is paused before its mail is due again; nothing comes between an acceptance and its commit.
    if (outcome.is === 'refused' && outcome.isRouteTrouble) await noteTrouble(route, outcome.text);
    const consequence = consequenceOf(outcome, claimed, deps.clock.now(), deps.uncertainWaitMs);
    const alias = outcome.is === 'accepted' ? route.aliasOf(outcome.reply) : null;
    const aliasHash = alias === null ? undefined : messageIdHash(alias).toString('hex');
    await finishOne({ ...claim, ...consequence, aliasHash }, claimed, secret);
    if (outcome.is === 'accepted' && troubled.delete(route.mailboxId)) await clearRoutePause(deps.db, route.mailboxId);
  };

  const handTo = async (smtp: SmtpRoute, mail: OutgoingMail, claim: Claim, signal: AbortSignal) => {
    handed.set(smtp, (handed.get(smtp) ?? 0) + 1);
    try {
      return await smtp.send(mail, () => beforeContent(claim), signal);
    } finally {
      const left = (handed.get(smtp) ?? 1) - 1;
      if (left === 0) handed.delete(smtp);
      else handed.set(smtp, left);
    }
  };

  const beforeContent = async (claim: Claim): Promise<void> => {
    deps.checkpoint('submitting.before');
    if (!(await submit(claim))) throw new ClaimLost();
    deps.checkpoint('submitting.after');
  };

  const noteTrouble = async (route: Route, said: string): Promise<void> => {
    troubled.add(route.mailboxId);
    deps.log.warn('route.trouble', { mailboxId: route.mailboxId, said });
    await untilAnswered(() => pauseRoute(deps.db, route.mailboxId, said));
  };

  const finishOne = async (
    outcome: AttemptOutcome,
    claimed: ClaimedNotification,
    secret: Secret | null,
  ): Promise<void> => {
    const finished = { ...outcome, brought: broughtBy(claimed, secret) };
    if (!(await untilAnswered(() => finish(finished)))) {
      deps.log.warn('notification.claim_lost', { notificationId: claimed.id, outcome: outcome.state });
      return;
    }
    deps.onOutcome?.(outcome, claimed);
    if (outcome.state !== 'sent') {
      deps.log.warn('notification.not_sent', { notificationId: claimed.id, state: outcome.state, said: outcome.reply });
    }
  };

  return {
    async deliverDue(routes, signal) {
      // Nobody else would look at what a round that failed had claimed until those claims run out.
      for (const token of brokenOff) {
        await releaseClaims(deps.db, token);
        brokenOff.delete(token);
      }
      const claimToken = randomUUID();
      brokenOff.add(claimToken);
      const claimed = await claimWithinLimits(deps.db, deps.instance, claimToken, routes);
      deps.checkpoint('claimed');
      const filled = await fillCredentials(deps, claimed, claimToken);
      // Somebody may have been disabled since it was owed, or it was sent again by hand.
      const forStaff = claimed.filter(({ kind }) => STAFF_KINDS.has(kind));
      const gone = await findDisabledOperators(
        deps.db,
        forStaff.map(({ recipient }) => recipient),
      );
      const pace = createPace();
      const fresh: Rendered[] = [];
      for (const one of claimed) {
        const route = routes.get(one.mailboxId)?.route;
        if (route === undefined) throw new Error(`claimed for a mailbox without a route: ${one.mailboxId}`);
        const why = STAFF_KINDS.has(one.kind) && gone.has(one.recipient) ? NO_OPERATOR : null;
        const fill: Filled | undefined = why === null ? filled.get(one.id) : { is: 'refused', why };
        fresh.push({ claimed: one, route, ...written(deps.templates, one, route, fill) });
        await pace();
      }
      const rendered = await holdQuotedNotes(deps.db, deps.templates, deps.log, fresh);
      await storeMime(
        deps.db,
        rendered.flatMap(({ claimed: { id, bytes: stored }, bytes, secret }) =>
          stored === null && secret === null && typeof bytes !== 'string' ? [{ id, bytes }] : [],
        ),
      );
      brokenOff.delete(claimToken);
      return rendered.map((one) => ({
        mailboxId: one.claimed.mailboxId,
        done: deliverOne(one, claimToken, signal),
      }));
    },
  };
}

function written(
  templates: Templates,
  claimed: ClaimedNotification,
  route: Route,
  filled: Filled | undefined,
): Pick<Rendered, 'bytes' | 'words' | 'secret'> {
  if (filled?.is === 'refused') return { bytes: filled.why, words: null, secret: null };
  if (filled === undefined && claimed.bytes !== null) return { bytes: claimed.bytes, words: null, secret: null };
  const secret = filled?.is === 'secret' ? filled.secret : null;
  const mail = writeOrExplain(templates, claimed, route, filled?.view ?? null);
  if (typeof mail !== 'string') return { bytes: mail.bytes, words: mail, secret };
  return { bytes: secret === null ? mail : hideSecret(mail, secret), words: null, secret };
}

/** A server may quote what it refuses. */
const withoutQuotes = (outcome: SendOutcome, secret: Secret): SendOutcome =>
  outcome.is === 'accepted'
    ? { ...outcome, reply: hideSecret(outcome.reply, secret) }
    : { ...outcome, text: hideSecret(outcome.text, secret) };

/**
 * An outcome that is known must not become `uncertain` because the database was away for a moment: the commit is tried
 * again for as long as the claim lasts. It is idempotent: the claim matches once.
 */
async function untilAnswered<T>(commit: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await commit();
    } catch (error) {
      if (!isWorthAnother(error) || attempt >= MAX_COMMIT_ATTEMPTS) throw error;
      await wait(backoffMs(attempt, 50, 2_000));
    }
  }
}

/** A statement that took too long (57014) is tried again too: the database is slow, and the outcome is known. */
const isWorthAnother = (error: unknown): boolean => isDatabaseTrouble(error) || sqlState(error) === '57014';
