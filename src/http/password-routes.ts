import type { FastifyInstance, FastifyRequest } from 'fastify';
import { insertAudit } from '../access/store.ts';
import { putPassword } from '../accounts/account-store.ts';
import type { LiveLink } from '../accounts/link-store.ts';
import { findLiveLink, revokeLinks, useLink } from '../accounts/link-store.ts';
import { hashPassword } from '../accounts/password-hash.ts';
import { whyNotPassword } from '../accounts/password-rules.ts';
import { hashToken } from '../accounts/token.ts';
import { listRowsOf } from '../contacts/lifecycle-store.ts';
import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import { Secret } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { PASSWORD_PAGE_POLICY, renderPasswordPage } from './password-page.ts';
import type { PasswordPage } from './password-page.ts';
import { MAX_FORM_BYTES } from './forms.ts';
import type { Reader } from './portal-page.ts';
import { addPortalPage, STRANGER } from './portal-page.ts';
import { createVisitorBudget, WAIT_MINUTES } from './visitor-budget.ts';

/**
 * What one visitor may do with links that do not work, and with forms: RELIABILITY G16. Nobody guesses a token; this is
 * for the work it makes to look.
 */
const BUDGET = { scope: 'password_page', limit: 20, windowSeconds: WAIT_MINUTES * 60 } as const;

interface PageDeps {
  readonly db: Db;
  readonly log: Log;
}
type Request = FastifyRequest<{ Params: { token: string } }>;

/**
 * The page behind a link to set a password. Looking at it changes nothing: mail scanners follow links. What lets a form
 * in is the token in its own address, which no other site knows, so that none can send it in a reader's name: no cookie
 * is asked, and a CSRF token would guard nothing.
 *
 * @param server a scope of its own
 */
export function addPasswordRoutes(server: FastifyInstance, { db, log }: PageDeps): void {
  const isWithinBudget = createVisitorBudget(db, BUDGET);
  const page = { policy: PASSWORD_PAGE_POLICY, render: renderPasswordPage, budget: BUDGET };
  const show = addPortalPage<PasswordPage>(server, { db, log }, page);

  server.get('/password/:token', async (request: Request, reply) => {
    const link = await findLiveLink(db, hashToken(request.params.token));
    if (link !== null) {
      const form = { is: 'form', userName: link.userName ?? link.address, problem: null } as const;
      return show(request, reply, form, readerOf(link));
    }
    return show(request, reply, (await isWithinBudget(request.ip)) ? { is: 'gone' } : { is: 'too_many' }, STRANGER);
  });

  server.post('/password/:token', { bodyLimit: MAX_FORM_BYTES }, async (request: Request, reply) => {
    if (!(await isWithinBudget(request.ip))) return show(request, reply, { is: 'too_many' }, STRANGER);
    const tokenHash = hashToken(request.params.token);
    const link = await findLiveLink(db, tokenHash);
    if (link === null) return show(request, reply, { is: 'gone' }, STRANGER);
    const { password, again } = fieldsOf(request.body);
    const userName = link.userName ?? link.address;
    const problem = whyNotPassword(password, link) ?? (password === again ? null : 'differs');
    if (problem !== null) return show(request, reply, { is: 'form', userName, problem }, readerOf(link));
    const passwordHash = await hashPassword(new Secret(password));
    const contactId = await inTransaction(db, async (tx) => {
      const whose = await useLink(tx, tokenHash);
      if (whose === null) return null;
      await putPassword(tx, whose, passwordHash, null);
      await revokeLinks(tx, { contactIds: await listRowsOf(tx, whose) });
      const actor = `contact:${whose}`;
      await insertAudit(tx, {
        actor,
        operation: 'account.set_password',
        input: {},
        outcome: 'done',
        changes: null,
        tokenId: null,
      });
      return whose;
    });
    if (contactId === null) return show(request, reply, { is: 'gone' }, STRANGER);
    log.info('password.set', { contactId });
    return show(request, reply, { is: 'done', userName }, readerOf(link));
  });
}

const readerOf = ({ locale }: LiveLink): Reader => ({ locale, deskName: null });

/** A form that is none has empty fields, which are refused in words. */
function fieldsOf(body: unknown): { readonly password: string; readonly again: string } {
  const form = body instanceof URLSearchParams ? body : new URLSearchParams();
  return { password: form.get('password') ?? '', again: form.get('again') ?? '' };
}
