import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { issueLinks } from '../../src/accounts/link-store.ts';
import { mintToken } from '../../src/accounts/token.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId, MailboxId, TicketId } from '../../src/db/ids.ts';
import type { PasswordPage } from '../../src/http/password-page.ts';
import { renderPasswordPage } from '../../src/http/password-page.ts';
import type { RenderedPage } from '../../src/http/portal-template.ts';
import type { WebServer } from '../../src/http/server.ts';
import { startWeb } from '../../src/http/server.ts';
import type { UnsubscribePage } from '../../src/http/unsubscribe-page.ts';
import { renderUnsubscribePage } from '../../src/http/unsubscribe-page.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import type { Log } from '../../src/lib/log.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import { mintUnsubscribeToken } from '../../src/notifications/unsubscribe.ts';
import type { PageLanguage } from '../../src/portal/page-languages.ts';
import { pageLanguages } from '../../src/portal/page-languages.ts';
import { PAGE_SENTENCES } from '../../src/portal/page-sentences.ts';
import { mintMessageId } from '../../src/tickets/thread-token.ts';
import { createMetrics } from '../../src/worker/metrics.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

// Issue 5, N-04, T-05: the pages behind our links speak the language of whoever reads them.

const form = (problem: Extract<PasswordPage, { readonly is: 'form' }>['problem']): PasswordPage => ({
  ...{ is: 'form', userName: 'ana.peralta', problem },
});
const choice = (
  isTheirs: boolean | null,
  muted: { readonly ticket: boolean; readonly all: boolean },
  done: Extract<UnsubscribePage, { readonly is: 'choice' }>['done'] = null,
): UnsubscribePage => ({
  ...{ is: 'choice', muted, done },
  ticket: isTheirs === null ? null : { number: 1042, subject: 'Lampada 7', isTheirs },
});
const LOUD = { ticket: false, all: false };
const QUIET = { ticket: true, all: true };

const password = (view: PasswordPage) => (language: PageLanguage) =>
  renderPasswordPage(view, { deskName: 'Lantern', language });
const unsubscribe = (view: UnsubscribePage) => (language: PageLanguage) =>
  renderUnsubscribePage(view, { deskName: 'Lantern', language });

/** Every state of a link: its page, its status, and a sentence that stands there alone. */
const STATES: readonly (readonly [
  string,
  (language: PageLanguage) => RenderedPage,
  number,
  keyof typeof PAGE_SENTENCES,
])[] = [
  ['a form for a password', password(form(null)), 200, 'password.hint'],
  ['a password that is too short', password(form('too_short')), 422, 'password.too_short'],
  ['a password that is too long', password(form('too_long')), 422, 'password.too_long'],
  ['a password that is the name', password(form('names_owner')), 422, 'password.names_owner'],
  ['a password that all try', password(form('common')), 422, 'password.common'],
  ['two passwords', password(form('differs')), 422, 'password.differs'],
  ['a password that is set', password({ is: 'done', userName: 'ana.peralta' }), 200, 'password.done.over'],
  ['a link for a password that ended', password({ is: 'gone' }), 404, 'password.gone.once'],
  ['too many tries for a password', password({ is: 'too_many' }), 429, 'too_many.wait'],
  ['what is no form', password({ is: 'unclear' }), 400, 'unclear.again'],
  ['a broken desk', password({ is: 'trouble' }), 500, 'trouble.again'],
  ['a choice', unsubscribe(choice(false, LOUD)), 200, 'unsubscribe.ticket.mute'],
  ['a choice about their own request', unsubscribe(choice(true, LOUD)), 200, 'unsubscribe.ticket.told'],
  ['a choice of a mail about several', unsubscribe(choice(null, LOUD)), 200, 'unsubscribe.all.mute'],
  ['what is muted', unsubscribe(choice(true, QUIET)), 200, 'unsubscribe.ticket.muted'],
  ['all that is muted', unsubscribe(choice(null, QUIET)), 200, 'unsubscribe.all.muted'],
  [
    'what is muted with all',
    unsubscribe(choice(false, { ticket: false, all: true })),
    200,
    'unsubscribe.ticket.within',
  ],
  ['a request muted', unsubscribe(choice(false, QUIET, 'mute_ticket')), 200, 'unsubscribe.done.mute_ticket'],
  ['a request heard again', unsubscribe(choice(false, LOUD, 'unmute_ticket')), 200, 'unsubscribe.done.unmute_ticket'],
  ['all muted', unsubscribe(choice(false, QUIET, 'mute_all')), 200, 'unsubscribe.done.mute_all'],
  ['all heard again', unsubscribe(choice(false, LOUD, 'unmute_all')), 200, 'unsubscribe.done.unmute_all'],
  ['a link to hear less that is none', unsubscribe({ is: 'gone' }), 404, 'unsubscribe.gone.answer'],
  ['too many tries to hear less', unsubscribe({ is: 'too_many' }), 429, 'too_many.title'],
];

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll("'", '&#x27;');

describe.each(pageLanguages().all.map((language) => [language.locale, language] as const))(
  'in %s',
  (locale, language) => {
    const others = pageLanguages().all.filter((one) => one !== language);
    const every = ({ words }: PageLanguage): readonly string[] =>
      Object.entries(PAGE_SENTENCES).map(([key, example]) => escaped(words.say(key, example)));

    test.each(STATES)('%s is said, and nothing in another language', (_, render, status, sentence) => {
      const page = render(language);
      expect(page.status).toBe(status);
      expect(page.html).toContain(`<html lang="${locale}" dir="${language.direction}">`);
      expect(page.html).toContain(escaped(language.words.say(sentence, PAGE_SENTENCES[sentence])));
      const own = new Set(every(language));
      for (const text of others.flatMap(every)) if (!own.has(text)) expect(page.html).not.toContain(`>${text}<`);
    });
  },
);

test('a page in a language that is written from right to left is turned', () => {
  const language: PageLanguage = { ...pageLanguages().pick([]), locale: 'ar', direction: 'rtl' };
  for (const [, render] of STATES) {
    const { html } = render(language);
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).not.toMatch(/(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)/);
  }
});

const keys = deriveKeys(Buffer.alloc(32, 7));
const said: string[] = [];
const hear = (event: string): void => void said.push(event);
const log: Log = { debug: hear, info: hear, warn: hear, error: hear };

let database: FreshDatabase;
let web: WebServer;
let mailboxId: MailboxId;
let ticketId: TicketId;
let people = 0;

beforeAll(async () => {
  database = await freshDatabase();
  const { db } = database;
  mailboxId = await seedMailbox(db);
  ({ ticketId } = await seedTicket(db, mailboxId, await seedContact(db, 'Bo Lind', 'bo@lantern.example')));
  web = await startWeb({
    ...{ db, keys, log, metrics: createMetrics(db), trial: null, host: '127.0.0.1', port: 0 },
    isTrustedProxy: () => false,
  });
});
afterAll(async () => {
  await web.close();
  await database.drop();
});
beforeEach(async () => {
  await database.db.sql`delete from budgets`;
  await database.db.sql`delete from toggle_settings`;
});

const deskSpeaks = (locale: string) => database.db.sql`
  insert into toggle_settings (toggle, layer, layer_id, value, set_by)
  values ('language', 'desk', 0, ${locale}, 'system:test')`;

/** A link to set a password of somebody of these languages. */
async function passwordLink(own: string | null, customers: string | null): Promise<string> {
  const { db } = database;
  const mail = `ana${(people += 1)}@lantern.example`;
  const contactId = await seedContact(db, 'Ana Peralta', mail);
  await db.sql`update contacts set locale = ${own} where id = ${contactId}`;
  await db.sql`
    update customers set locale = ${customers} where id = (select customer_id from contacts where id = ${contactId})`;
  const { token, hash } = mintToken();
  await inTransaction(db, (tx) => issueLinks(tx, [{ contactId, address: address(mail), hash }]));
  return `/password/${token.reveal()}`;
}

/** The link to hear less of a mail in this language. */
async function unsubscribeLink(locale: string, contactId: ContactId | null = null): Promise<string> {
  const recipient = `cy${(people += 1)}@lantern.example`;
  const kind = 'contact_replied';
  const eventKey = Buffer.from(recipient);
  const { messageId, publicId } = mintMessageId(keys, { kind, eventKey, recipient, replyDomain: 'desk.example' });
  await database.db.sql`
    insert into notifications (public_id, message_id, kind, lane, mailbox_id, ticket_id, event_id, contact_id, recipient,
      recipient_name, because, locale, state, view, "references", sent_at)
    select ${publicId}, ${messageId}, ${kind}, 1, ${mailboxId}, ${ticketId}, max(id), ${contactId}, ${recipient}, 'Cy',
      'watcher of the ticket', ${locale}, 'sent', ${database.db.sql.json(MAIL_KINDS[kind].example as never)}, '[]', now()
    from events`;
  return `/unsubscribe/${mintUnsubscribeToken(keys, publicId)}`;
}

const ask = (path: string, browser: string | null, init: RequestInit = {}) => {
  const headers = new Headers(init.headers);
  headers.set('accept-language', browser ?? '*');
  return fetch(`${web.url}${path}`, { ...init, headers });
};
const send = (path: string, fields: Record<string, string>, browser: string | null = null) =>
  ask(path, browser, { method: 'POST', body: new URLSearchParams(fields) });
const languageOf = async (answer: Promise<Response>): Promise<string> => {
  const page = await answer;
  const lang = /<html lang="([^"]+)"/.exec(await page.text())?.[1] ?? 'none';
  expect(page.headers.get('content-language')).toBe(lang);
  return lang;
};

describe('a link to set a password is shown', () => {
  test.each<[string, string | null, string | null, string | null, string, string]>([
    ['in their own language, whatever the browser says', 'de', 'en', 'en', 'en', 'de'],
    ['in their own language of a region', 'de-AT', null, 'en', 'en', 'de'],
    ['in English to whoever has chosen it', 'en', 'de', 'de', 'de', 'en'],
    ['in the language of their customer', null, 'de', 'en', 'en', 'de'],
    ['in that of the browser where nobody knows theirs', null, null, 'de-CH,de;q=0.9,en;q=0.5', 'en', 'de'],
    ['in that of the browser where theirs has no words', 'fr', null, 'de', 'en', 'de'],
    ['in English where the browser asks for it first', null, null, 'en-US,de;q=0.9', 'de', 'en'],
    ['in that of the desk where the browser asks for none', null, null, null, 'de', 'de'],
    ['in that of the desk where no other has words', 'fr', null, 'es,it', 'de', 'de'],
    ['in English where no language has words', 'fr', null, 'es', 'pt', 'en'],
    ['in that of the desk where the browser talks nonsense', null, null, '"><script>;q=x', 'de', 'de'],
  ])('%s', async (_, own, customers, browser, desk, shown) => {
    await deskSpeaks(desk);
    const link = await passwordLink(own, customers);
    expect(await languageOf(ask(link, browser))).toBe(shown);
    expect(await languageOf(send(link, { password: 'short', again: 'short' }, browser))).toBe(shown);
    const words = 'seven lamps on a quay';
    expect(await languageOf(send(link, { password: words, again: words }, browser))).toBe(shown);
  });

  test('in the language of whoever stands for a merged contact', async () => {
    const link = await passwordLink('en', null);
    const root = await seedContact(database.db, 'Ana', `root${people}@lantern.example`);
    await database.db.sql`update contacts set locale = 'de' where id = ${root}`;
    await database.db.sql`
      update contacts set merged_into_id = ${root}
      where id = (select contact_id from contact_addresses where address = ${`ana${people}@lantern.example`})`;
    expect(await languageOf(ask(link, 'en'))).toBe('de');
  });
});

describe('a link to hear less is shown', () => {
  test.each<[string, string, string | null, string, string]>([
    ['in the language of its mail', 'de', 'en', 'en', 'de'],
    ['in English where the mail was', 'en', 'de', 'de', 'en'],
    ['in that of the browser where that of its mail has no words', 'fr', 'de', 'en', 'de'],
    ['in that of the desk where that of the browser has none either', 'fr', 'es', 'de', 'de'],
  ])('%s', async (_, mail, browser, desk, shown) => {
    await deskSpeaks(desk);
    const link = await unsubscribeLink(mail);
    expect(await languageOf(ask(link, browser))).toBe(shown);
    expect(await languageOf(send(link, { do: 'mute_ticket' }, browser))).toBe(shown);
    expect(await languageOf(send(link, { do: 'nonsense' }, browser))).toBe(shown);
  });

  test('to a mail program in one line of the language of its mail', async () => {
    const done = await send(await unsubscribeLink('de'), { 'List-Unsubscribe': 'One-Click' }, 'en');
    expect([done.status, await done.text()]).toEqual([200, 'Davon erhalten Sie nichts mehr.\n']);
  });
});

describe.each(['/password/', '/unsubscribe/'])('%s', (page) => {
  test.each<[string, string | null, string, string]>([
    ['the language of the browser', 'de-DE', 'en', 'de'],
    ['that of the desk, where the browser asks for none', null, 'de', 'de'],
    ['that of the mailbox whose name the desk has', null, 'mailbox', 'de'],
    ['English else', 'fr', 'fr', 'en'],
  ])('with a link that does not work, and after too many, speaks %s', async (_, browser, desk, shown) => {
    if (desk !== 'mailbox') await deskSpeaks(desk);
    else
      await database.db.sql`
        insert into toggle_settings (toggle, layer, layer_id, value, set_by)
        values ('language', 'mailbox', ${mailboxId}, 'de', 'system:test')`;
    for (const path of [page, `${page}nobody-made-this`]) {
      const answer = await ask(path, browser);
      expect(answer.status).toBe(404);
      expect(await languageOf(Promise.resolve(answer))).toBe(shown);
    }
    for (let tries = 2; tries < 20; tries += 1) await ask(`${page}x`, browser);
    const last = await ask(`${page}x`, browser);
    expect(last.status).toBe(429);
    expect(await languageOf(Promise.resolve(last))).toBe(shown);
  });

  test.each<[string, RequestInit, number]>([
    ['a flood', { body: new URLSearchParams({ password: 'x'.repeat(40_000) }) }, 413],
    ['what is no form', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
  ])('answers %s in the language of the browser, as strictly as ever', async (_, init, status) => {
    const answer = await ask(`${page}x`, 'de', { method: 'POST', ...init });
    expect(answer.status).toBe(status);
    const html = await answer.text();
    expect(html).toContain('<h1>Das war nicht zu verstehen</h1>');
    const style = createHash('sha256')
      .update(/<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '')
      .digest('base64');
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    );
  });

  test('says so when the desk is broken, and the log does', async () => {
    await database.db.sql`alter table mailboxes rename to mailboxes_away`;
    try {
      const answer = await ask(`${page}x`, 'de');
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain('<h1>Etwas ist schiefgegangen</h1>');
      expect(said).toContain('web.failed');
    } finally {
      await database.db.sql`alter table mailboxes_away rename to mailboxes`;
    }
  });
});
