import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { applyMute, applyUnmute, findStanding, findUnsubscribable } from '../notifications/apply-mute.ts';
import { readUnsubscribeToken } from '../notifications/unsubscribe.ts';
import type { MutableMail } from '../notifications/unsubscribe-store.ts';
import { pageLanguages } from '../portal/page-languages.ts';
import { MAX_FORM_BYTES } from './forms.ts';
import { addPortalPage, STRANGER } from './portal-page.ts';
import type { UnsubscribeAct, UnsubscribePage } from './unsubscribe-page.ts';
import { renderUnsubscribePage, UNSUBSCRIBE_ACTS, UNSUBSCRIBE_PAGE_POLICY } from './unsubscribe-page.ts';
import { createVisitorBudget, WAIT_MINUTES } from './visitor-budget.ts';

/**
 * For links that do not work, and for forms: each may write into a ticket's record. What mail programs send by
 * themselves is not counted: a provider sends for all of its users from a few addresses, and a second time it does nothing.
 */
const BUDGET = { scope: 'unsubscribe_page', limit: 20, windowSeconds: WAIT_MINUTES * 60 } as const;

interface PageDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly log: Log;
}
type Request = FastifyRequest<{ Params: { token: string } }>;

/**
 * Where the links of List-Unsubscribe lead (FEATURES N-04). Looking changes nothing: mail scanners follow links. The
 * token in its own address lets a form in, as on the page for passwords; no cookie is asked or set.
 *
 * @param server a scope of its own
 */
export function addUnsubscribeRoutes(server: FastifyInstance, { db, keys, log }: PageDeps): void {
  const isWithinBudget = createVisitorBudget(db, BUDGET);
  const mailOf = ({ params }: Request) => findUnsubscribable(db, readUnsubscribeToken(keys, params.token));

  const page = { policy: UNSUBSCRIBE_PAGE_POLICY, render: renderUnsubscribePage, budget: BUDGET };
  const show = addPortalPage<UnsubscribePage>(server, { db, log }, page);
  const showChoice = async (request: Request, reply: FastifyReply, mail: MutableMail, done: UnsubscribeAct | null) =>
    show(request, reply, { is: 'choice', ticket: mail.ticket, muted: await findStanding(db, mail), done }, mail);

  server.get('/unsubscribe/:token', async (request: Request, reply) => {
    const mail = await mailOf(request);
    if (mail !== null) return showChoice(request, reply, mail, null);
    return show(request, reply, (await isWithinBudget(request.ip)) ? { is: 'gone' } : { is: 'too_many' }, STRANGER);
  });

  server.post('/unsubscribe/:token', { bodyLimit: MAX_FORM_BYTES }, async (request: Request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const mail = await mailOf(request);
    if (mail !== null && form.get('List-Unsubscribe') === 'One-Click') {
      await inTransaction(db, (tx) => applyMute(tx, mail, 'ticket', 'one_click'));
      log.info('mute.one_click', { contactId: mail.contactId, ticketId: mail.ticket?.id ?? null });
      const { words } = pageLanguages().pick([mail.locale]);
      return reply.type('text/plain; charset=utf-8').send(`${words.say('unsubscribe.done.one_click', {})}\n`);
    }
    if (!(await isWithinBudget(request.ip))) return show(request, reply, { is: 'too_many' }, STRANGER);
    if (mail === null) return show(request, reply, { is: 'gone' }, STRANGER);
    const act = actOf(form.get('do'));
    if (act === null) return showChoice(request, reply, mail, null);
    const { of, mutes } = UNSUBSCRIBE_ACTS[act];
    await inTransaction(db, (tx) => (mutes ? applyMute(tx, mail, of, 'page') : applyUnmute(tx, mail, of)));
    log.info('mute.page', { contactId: mail.contactId, ticketId: mail.ticket?.id ?? null, act });
    return showChoice(request, reply, mail, act);
  });
}

const actOf = (name: string | null): UnsubscribeAct | null =>
  name !== null && Object.hasOwn(UNSUBSCRIBE_ACTS, name) ? (name as UnsubscribeAct) : null;
