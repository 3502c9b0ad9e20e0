import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Db } from '../db/client.ts';
import type { Log } from '../lib/log.ts';
import { readAcceptLanguage } from '../portal/accept-language.ts';
import { pageLanguages } from '../portal/page-languages.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { findFirstMailbox } from './page-store.ts';
import type { Notice, PageFrame, RenderedPage } from './portal-template.ts';
import type { VisitorBudget } from './visitor-budget.ts';

/** Who looks, as far as the link says it: nothing is known of whoever has one that does not work. */
export interface Reader {
  /** null: the browser is asked, then the desk's toggle. */
  readonly locale: string | null;
  /** Under which name the desk wrote to them; null: the desk's own. */
  readonly deskName: string | null;
}
export const STRANGER: Reader = { locale: null, deskName: null };

interface PortalPage<View> {
  readonly policy: string;
  readonly render: (view: View | Notice, frame: PageFrame) => RenderedPage;
  readonly budget: VisitorBudget;
}
type Show<View> = (request: FastifyRequest, reply: FastifyReply, view: View, reader: Reader) => Promise<FastifyReply>;

/**
 * How a page for customers is sent, in their language. What goes wrong on its routes is told on such a page too.
 *
 * @param scope of its routes alone
 */
export function addPortalPage<View extends { readonly is: string }>(
  scope: FastifyInstance,
  { db, log }: { readonly db: Db; readonly log: Log },
  { policy, render, budget }: PortalPage<View>,
): Show<View | Notice> {
  const send = (reply: FastifyReply, { status, html }: RenderedPage, { language }: PageFrame): FastifyReply =>
    reply
      .code(status)
      .header('content-language', language.locale)
      .header('content-security-policy', policy)
      .header('x-robots-tag', 'noindex, nofollow')
      .type('text/html; charset=utf-8')
      .send(html);

  scope.setErrorHandler(async (error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error('web.failed', { path: request.routeOptions.url, err: error });
    // The database may be what is broken: it is not asked whose page this is.
    const frame = { deskName: '', language: pageLanguages().pick(wishesOf(request)) };
    const { html } = render({ is: status < 500 ? 'unclear' : 'trouble' }, frame);
    return send(reply, { status, html }, frame);
  });

  return async (request, reply, view, reader) => {
    if (view.is === 'too_many') reply.header('retry-after', String(budget.windowSeconds));
    const frame = await frameOf(db, request, reader);
    return send(reply, render(view, frame), frame);
  };
}

async function frameOf(db: Db, request: FastifyRequest, { locale, deskName }: Reader): Promise<PageFrame> {
  const mailbox = await findFirstMailbox(db);
  const settings = settingsOf(await loadSettings(db, [], []));
  const scope = { mailboxId: mailbox?.id ?? null, customerId: null, contactId: null };
  const { value: ofDesk } = resolveToggle(settings, 'language', scope);
  const wishes = [...(locale === null ? [] : [locale]), ...wishesOf(request), ofDesk];
  return { deskName: deskName ?? mailbox?.name ?? '', language: pageLanguages().pick(wishes) };
}

const wishesOf = ({ headers }: FastifyRequest): readonly string[] => readAcceptLanguage(headers['accept-language']);
