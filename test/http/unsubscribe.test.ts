import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContactId, MailboxId, TicketId } from '../../src/db/ids.ts';
import type { WebServer } from '../../src/http/server.ts';
import { startWeb } from '../../src/http/server.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import type { Log } from '../../src/lib/log.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import { mintUnsubscribeToken } from '../../src/notifications/unsubscribe.ts';
import type { NotificationKind } from '../../src/notifications/views.ts';
import { mintMessageId, mintReplyToken } from '../../src/tickets/thread-token.ts';
import { createMetrics } from '../../src/worker/metrics.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

// FEATURES N-04: the page and the one click behind List-Unsubscribe (RFC 8058).

const keys = deriveKeys(Buffer.alloc(32, 7));
const said: string[] = [];
const hear = (event: string, fields?: object): void => void said.push(`${event} ${JSON.stringify(fields)}`);
const log: Log = { debug: hear, info: hear, warn: hear, error: hear };

let database: FreshDatabase;
let web: WebServer;
let mailboxId: MailboxId;
let watcher: ContactId;
let ticketId: TicketId;
let number: number;
let token: string;
let people = 0;

beforeAll(async () => {
  database = await freshDatabase();
  const { db } = database;
  mailboxId = await seedMailbox(db);
  web = await startWeb({
    db,
    keys,
    log,
    metrics: createMetrics(db),
    trial: null,
    host: '127.0.0.1',
    port: 0,
    isTrustedProxy: () => false,
  });
});
afterAll(async () => {
  await web.close();
  await database.drop();
});
beforeEach(async () => {
  const { db } = database;
  await db.sql`delete from budgets`;
  people += 1;
  const owner = await seedContact(db, 'Ana Peralta', `ana${people}@lantern.example`);
  watcher = await seedContact(db, 'Bo Lind', `bo${people}@lantern.example`);
  ({ ticketId, number } = await seedTicket(db, mailboxId, owner));
  token = await notice({ contactId: watcher, recipient: `bo${people}@lantern.example` });
});

/** The token of a mail that went out. */
async function notice(mail: {
  readonly kind?: NotificationKind;
  readonly contactId: ContactId | null;
  readonly recipient: string;
  readonly isAboutTicket?: boolean;
}): Promise<string> {
  const { kind = 'contact_replied', contactId, recipient, isAboutTicket = true } = mail;
  const eventKey = Buffer.from(`${kind} ${people} ${isAboutTicket}`);
  const { messageId, publicId } = mintMessageId(keys, { kind, eventKey, recipient, replyDomain: 'desk.example' });
  await database.db.sql`
    insert into notifications (public_id, message_id, kind, lane, mailbox_id, ticket_id, event_id, contact_id, recipient,
      recipient_name, because, locale, state, view, "references", sent_at)
    select ${publicId}, ${messageId}, ${kind}, 1, ${mailboxId}, ${isAboutTicket ? ticketId : null}, max(id), ${contactId},
      ${recipient}, 'Bo Lind', 'watcher of the ticket', 'en', 'sent',
      ${database.db.sql.json(MAIL_KINDS[kind].example as never)}, '[]', now() from events`;
  return mintUnsubscribeToken(keys, publicId);
}

const pageOf = (of: string): string => `${web.url}/unsubscribe/${of}`;
const press = (act: string, of = token) =>
  fetch(pageOf(of), { method: 'POST', body: new URLSearchParams({ do: act }) });
const click = (of = token) =>
  fetch(pageOf(of), { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
const mutes = () => database.db.sql<{ contactId: number | null; ticketId: number | null; source: string }[]>`
  select contact_id as "contactId", ticket_id as "ticketId", source from mutes order by id desc limit 2`;
const mutesOf = async (contactId: ContactId) => (await mutes()).filter((one) => one.contactId === contactId);
const notes = () => database.db.sql<{ text: string; author: string; visibility: string }[]>`
  select text, author, visibility from ticket_entries where ticket_id = ${ticketId} order by id`;

describe('the page', () => {
  test('says which ticket it is about, and changes nothing however often a scanner looks', async () => {
    for (let look = 0; look < 30; look += 1) {
      const page = await fetch(pageOf(token), { method: look % 3 === 0 ? 'HEAD' : 'GET' });
      expect(page.status).toBe(200);
      if (look % 3 !== 0) expect(await page.text()).toContain(`Request #${number}`);
    }
    expect(await mutesOf(watcher)).toEqual([]);
    expect(await notes()).toEqual([]);
  });

  test('mutes the ticket, tells its record, and takes it back', async () => {
    const done = await press('mute_ticket');
    expect(done.status).toBe(200);
    const html = await done.text();
    expect(html).toContain('Done: you get no more notices of this request.');
    expect(html).toContain('value="unmute_ticket"');
    expect(await mutesOf(watcher)).toEqual([{ contactId: watcher, ticketId, source: 'page' }]);
    const text = expect.stringContaining('asked to hear no more of this ticket on the page');
    expect(await notes()).toEqual([{ text, author: `contact:${watcher}`, visibility: 'operators' }]);
    expect(await (await press('unmute_ticket')).text()).toContain('value="mute_ticket"');
    expect(await mutesOf(watcher)).toEqual([]);
  });

  test('mutes all tickets but their own, beside the ticket', async () => {
    await press('mute_ticket');
    expect(await (await press('mute_all')).text()).toContain('value="unmute_all"');
    expect(await mutesOf(watcher)).toEqual([
      { contactId: watcher, ticketId: null, source: 'page' },
      { contactId: watcher, ticketId, source: 'page' },
    ]);
    await press('unmute_all');
    expect(await (await fetch(pageOf(token))).text()).toContain('value="unmute_ticket"');
  });

  test('of a mail about several tickets offers what there is to mute', async () => {
    const digest = await notice({
      kind: 'digest',
      contactId: watcher,
      recipient: `bo${people}@lantern.example`,
      isAboutTicket: false,
    });
    const html = await (await fetch(pageOf(digest))).text();
    expect(html).toContain('value="mute_all"');
    expect(html).not.toContain('mute_ticket');
    expect((await click(digest)).status).toBe(200);
    expect(await mutesOf(watcher)).toEqual([{ contactId: watcher, ticketId: null, source: 'one_click' }]);
  });

  test('of a merged ticket is about the one it became part of, and of a merged contact about whoever stands for them', async () => {
    const { db } = database;
    await press('mute_ticket');
    const root = await seedContact(db, 'Bo Lind', `b.lind${people}@lantern.example`);
    const { ticketId: into, number: intoNumber } = await seedTicket(db, mailboxId, root);
    await db.sql`update tickets set merged_into_id = ${into}, status = 'closed', closed_at = now() where id = ${ticketId}`;
    await db.sql`update contacts set merged_into_id = ${root} where id = ${watcher}`;
    const html = await (await fetch(pageOf(token))).text();
    expect(html).toContain(`Request #${intoNumber}`);
    expect(html).toContain('It is your own, so what we answer you still reaches you.');
    expect(html).toContain('value="unmute_ticket"');
    await press('unmute_ticket');
    expect(await mutesOf(watcher)).toEqual([]);
  });

  test('is kept by nobody, framed by nobody, and sets nothing in a browser', async () => {
    for (const page of [await fetch(pageOf(token)), await fetch(pageOf('x')), await press('mute_all')]) {
      const html = await page.text();
      const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      expect(page.headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      );
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('x-robots-tag')).toContain('noindex');
      expect(page.headers.get('set-cookie')).toBeNull();
      expect(html).not.toMatch(/<script|src=|href=|url\(|style="/);
      expect(html).not.toContain(token);
    }
    expect(said.join('\n')).not.toContain(token);
  });

  test('shows what a stranger wrote as text', async () => {
    await database.db.sql`update tickets set subject = '<b onclick=x>"A lamp"</b>' where id = ${ticketId}`;
    expect(await (await fetch(pageOf(token))).text()).toContain('&lt;b onclick');
  });
});

describe('one click', () => {
  test.each([
    ['a form', (): URLSearchParams | FormData => new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })],
    ['a form in parts', (): URLSearchParams | FormData => parts('List-Unsubscribe', 'One-Click')],
  ])('sent as %s mutes the ticket, once, and is answered without a page, a cookie or a redirect', async (_, bodyOf) => {
    for (let sent = 0; sent < 25; sent += 1) {
      const done = await fetch(pageOf(token), { method: 'POST', body: bodyOf(), redirect: 'manual' });
      expect(done.status).toBe(200);
      expect(done.headers.get('content-type')).toContain('text/plain');
      expect(done.headers.get('set-cookie')).toBeNull();
    }
    expect(await mutesOf(watcher)).toEqual([{ contactId: watcher, ticketId, source: 'one_click' }]);
    expect(await notes()).toHaveLength(1);
  });

  test('of several at once is one mute and one line in the record', async () => {
    await Promise.all(Array.from({ length: 8 }, () => click()));
    expect(await mutesOf(watcher)).toHaveLength(1);
    expect(await notes()).toHaveLength(1);
  });

  test('of an address of nobody we know mutes the address; of one that is a contact’s by now, the contact', async () => {
    const stranger = await notice({ contactId: null, recipient: `extra${people}@lantern.example` });
    await click(stranger);
    const [row] = await database.db.sql`select address, contact_id from mutes order by id desc limit 1`;
    expect(row).toMatchObject({ address: `extra${people}@lantern.example`, contact_id: null });
    const known = await notice({ kind: 'ticket_resolved', contactId: null, recipient: `bo${people}@lantern.example` });
    await click(known);
    expect(await mutesOf(watcher)).toHaveLength(1);
  });
});

const parts = (name: string, value: string): FormData => {
  const form = new FormData();
  form.append(name, value);
  return form;
};

/** Links that work for nobody, and no one is told why. */
const DEAD: readonly (readonly [string, () => Promise<string>])[] = [
  ['is no token at all', async () => 'x'],
  ['has a forged MAC', async () => token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a')],
  ['is made under another key', async () => mintUnsubscribeToken(deriveKeys(Buffer.alloc(32, 8)), PUBLIC_ID)],
  ['is of no mail we know', async () => mintUnsubscribeToken(keys, PUBLIC_ID)],
  ['is a reply token', async () => mintReplyToken(keys, await publicIdOf())],
  [
    'is what stands in our Message-ID',
    async () => (await messageIdOf()).replace(/^<v1\.\w+\.|@.*$/g, '').replace('.', ''),
  ],
  [
    'is of a mail to the staff',
    async () => notice({ kind: 'staff_note_added', contactId: null, recipient: 'jonas@desk.example' }),
  ],
  [
    'is of a link to set a password',
    async () => notice({ kind: 'password_link', contactId: watcher, recipient: 'bo@lantern.example' }),
  ],
  [
    'is of somebody who was erased',
    async () => {
      await database.db.sql`update notifications set recipient = '(deleted contact)' where contact_id = ${watcher}`;
      await database.db.sql`update contacts set status = 'deleted' where id = ${watcher}`;
      return token;
    },
  ],
];
const PUBLIC_ID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const newest = () => database.db.sql<{ publicId: string; messageId: string }[]>`
  select public_id as "publicId", message_id as "messageId" from notifications order by id desc limit 1`;
const publicIdOf = async (): Promise<string> => (await newest())[0]?.publicId ?? '';
const messageIdOf = async (): Promise<string> => (await newest())[0]?.messageId ?? '';

describe('a link', () => {
  test.each(DEAD)('that %s is the same page as any that does not work', async (_, linkOf) => {
    const link = await linkOf();
    const pages = [await fetch(pageOf('nobody-made-this')), await fetch(pageOf(link)), await press('mute_all', link)];
    const shown = await Promise.all(pages.map(async (page) => [page.status, await page.text()]));
    expect(new Set(shown.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(shown[0]?.[0]).toBe(404);
    expect((await click(link)).status).toBe(404);
    expect(await mutesOf(watcher)).toEqual([]);
  });

  test('that does not work may be tried twenty times in a quarter of an hour; those that do go on', async () => {
    for (let tries = 0; tries < 20; tries += 1) expect((await fetch(pageOf('x'))).status).toBe(404);
    const last = await fetch(pageOf('x'));
    expect([last.status, last.headers.get('retry-after')]).toEqual([429, '900']);
    expect((await press('mute_all')).status).toBe(429);
    expect((await fetch(pageOf(token))).status).toBe(200);
    expect((await click()).status).toBe(200);
  });
});
