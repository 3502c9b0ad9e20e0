import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { applyMute, applyUnmute, findStanding, findUnsubscribable } from '../notifications/apply-mute.ts';
import { readUnsubscribeToken } from '../notifications/unsubscribe.ts';
import type { MutableMail } from '../notifications/unsubscribe-store.ts';
import { MAX_FORM_BYTES } from './forms.ts';
import { findDeskName } from './page-store.ts';
import type { UnsubscribeAct, UnsubscribePage } from './unsubscribe-page.ts';
import { renderUnsubscribePage, UNSUBSCRIBE_ACTS, UNSUBSCRIBE_PAGE_POLICY } from './unsubscribe-page.ts';
import { createVisitorBudget } from './visitor-budget.ts';

/**
 * For links that do not work, and for forms: each may write into a ticket's record. What mail programs send by
 * themselves is not counted: a provider sends for all of its users from a few addresses, and a second time it does nothing.
 */
const BUDGET = { scope: 'unsubscribe_page', limit: 20, windowSeconds: 900 } as const;

interface PageDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly log: Log;
}
type Request = FastifyRequest<{ Params: { token: string } }>;

/**
 * Where the links of List-Unsubscribe lead (FEATURES N-04). Looking changes nothing: mail scanners follow links. The
 * token in its own address lets a form in, as on the page for passwords; no cookie is asked or set.
 */
export function addUnsubscribeRoutes(server: FastifyInstance, { db, keys, log }: PageDeps): void {
  const isWithinBudget = createVisitorBudget(db, BUDGET);
  const mailOf = ({ params }: Request) => findUnsubscribable(db, readUnsubscribeToken(keys, params.token));

  const show = async (reply: FastifyReply, view: UnsubscribePage, deskName?: string): Promise<FastifyReply> => {
    const { status, html } = renderUnsubscribePage(view, deskName ?? (await findDeskName(db)));
    if (view.is === 'too_many') reply.header('retry-after', String(BUDGET.windowSeconds));
    return reply
      .code(status)
      .header('content-security-policy', UNSUBSCRIBE_PAGE_POLICY)
      .header('x-robots-tag', 'noindex, nofollow')
      .type('text/html; charset=utf-8')
      .send(html);
  };
  const showChoice = async (reply: FastifyReply, mail: MutableMail, done: UnsubscribeAct | null) => {
    const { ticket, deskName } = mail;
    return show(reply, { is: 'choice', ticket, muted: await findStanding(db, mail), done }, deskName);
  };

  server.get('/unsubscribe/:token', async (request: Request, reply) => {
    const mail = await mailOf(request);
    if (mail !== null) return showChoice(reply, mail, null);
    return show(reply, (await isWithinBudget(request.ip)) ? { is: 'gone' } : { is: 'too_many' });
  });

  server.post('/unsubscribe/:token', { bodyLimit: MAX_FORM_BYTES }, async (request: Request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const mail = await mailOf(request);
    if (mail !== null && form.get('List-Unsubscribe') === 'One-Click') {
      await inTransaction(db, (tx) => applyMute(tx, mail, 'ticket', 'one_click'));
      log.info('mute.one_click', { contactId: mail.contactId, ticketId: mail.ticket?.id ?? null });
      return reply.type('text/plain').send('You get no more of this.\n');
    }
    if (!(await isWithinBudget(request.ip))) return show(reply, { is: 'too_many' });
    if (mail === null) return show(reply, { is: 'gone' });
    const act = actOf(form.get('do'));
    if (act === null) return showChoice(reply, mail, null);
    const { of, mutes } = UNSUBSCRIBE_ACTS[act];
    await inTransaction(db, (tx) => (mutes ? applyMute(tx, mail, of, 'page') : applyUnmute(tx, mail, of)));
    log.info('mute.page', { contactId: mail.contactId, ticketId: mail.ticket?.id ?? null, act });
    return showChoice(reply, mail, act);
  });
}

const actOf = (name: string | null): UnsubscribeAct | null =>
  name !== null && Object.hasOwn(UNSUBSCRIBE_ACTS, name) ? (name as UnsubscribeAct) : null;
